"""Snapshots that no annexish writes, but somebody might send: a sensible result, or a clear error."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest

from annexish.errors import Corrupt
from tests.conftest import DEEP
from tests.merge.pictures import both_trees, flat, merged
from tests.merge.scenarios import outcome, picture
from tests.pictures import Nodes, Picture, Thing

Drawn = dict[str, "str | Drawn | Thing"]


def test_an_id_that_two_objects_have_is_refused() -> None:
    """No merge of such a snapshot would be right."""
    with pytest.raises(Corrupt, match="twice in one snapshot"):
        merged(picture("a"), picture("b#a c#a"), picture("a"))


def test_a_directory_in_two_places_is_refused() -> None:
    """Also where it moved."""
    with pytest.raises(Corrupt, match="twice in one snapshot"):
        merged(picture("d/a"), picture("d/a"), picture("z#d/a x/e#d/b"))


def test_a_file_with_the_id_of_a_directory_is_another_object() -> None:
    """The directory is gone, the file is new."""
    assert merged(picture("d/a"), picture("f#d=1"), picture("d/{a,b}")) == outcome("d/b f=1 | | d")


def test_a_tree_of_many_levels_costs_no_stack() -> None:
    """However deep, nothing recurses."""
    deep: Drawn = {"x": "1"}
    for number in range(1_500):
        deep = {f"{number}": deep}
    entries = merged({}, deep, {"1499 #other": {"y": "2"}})

    assert len(entries.there) == 1_502


def hostile(random: Random) -> Picture:
    """A picture in which objects may be several times."""
    top: Drawn = {}
    directories = [top]
    for _ in range(random.randrange(9)):
        where = random.choice(directories)
        name = random.choice(("a", "a.b", "b", "B"))
        if any(label.split(" #")[0] == name for label in where):
            continue
        label = name + "".join(f" #{number}" for number in random.sample(range(6), random.choice((1, 1, 1, 2))))
        if random.random() < 0.5:
            inside: Drawn = {}
            where[label] = inside
            directories.append(inside)
        else:
            where[label] = Thing(random.choice(("1", "2", "3")), links=random.choice((None, "g")))
    return top


def test_nothing_hostile_crashes() -> None:
    """Each merge ends, with a snapshot or an error that says what is wrong."""
    for seed in range(20_000 if DEEP else 300):
        random = Random(seed)
        nodes = Nodes()
        trees = [nodes.snapshot(hostile(random)) for _ in range(3)]
        with suppress(Corrupt):
            flat(nodes, both_trees(nodes, trees[0], trees[1], trees[2]).one)
