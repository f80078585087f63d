"""What holds for every merge."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import permutations
from random import Random

from annexish.model.change import content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ROOT, Digest, ObjectId, TreeId
from annexish.model.path import RepoPath, split
from tests.conftest import DEEP
from tests.merge.pictures import both_trees, flat
from tests.pictures import Nodes, Picture, Thing

Drawn = dict[str, "str | Drawn | Thing"]
Group = tuple[int, ...]
NAMES = ("a", "a.b", "b", "B")
KNOWN: list[Group] = [(number,) for number in range(10)]
OURS: list[Group] = [*KNOWN, *((number,) for number in range(20, 26))]
THEIRS: list[Group] = [*KNOWN, *((number,) for number in range(30, 36))]
THIRD: list[Group] = [*KNOWN, *((number,) for number in range(40, 44))]
# what a third repository brought to both, and what had become one object on the way
SHARED: list[Group] = [*KNOWN[:8], (8, 50), (51, 55), (20,), (53,), (56, 58)]
SHARED_APART: list[Group] = [*KNOWN, (51,), (55,), (53,), (30,), (58, 56), (50,)]

SEEDS = int(os.environ.get("SEEDS", "50000" if DEEP else "500"))
"""How many merges each property is tried on."""


def drawn(random: Random, groups: list[Group]) -> Picture:
    """A picture of some objects, each anywhere, directories if the number is odd; a group is one object."""
    top: Drawn = {}
    directories = [top]
    for group in random.sample(groups, random.randrange(len(groups) + 1)):
        where = random.choice(directories)
        free = [name for name in NAMES if not any(label.split(" #")[0] == name for label in where)]
        if not free:
            continue
        label = random.choice(free) + "".join(f" #{number}" for number in group)
        mode, time = random.choice((0o755, 0o700)), random.randrange(3)
        if group[0] % 2:
            inside: Drawn = {}
            where[label] = Thing(inside, mode=mode, mtime_ns=time)
            directories.append(inside)
        else:
            where[label] = Thing(random.choice(("1", "2", "3")), mode=mode, mtime_ns=time)
    return top


Pictures = tuple[Picture, ...]


def triple(random: Random) -> Pictures:
    """A base and two sides, which may have met a third before."""
    sides = (OURS, THEIRS) if random.random() < 0.7 else (SHARED, SHARED_APART)
    return tuple(drawn(random, groups) for groups in (KNOWN, *sides))


def pair(random: Random) -> Pictures:
    """A base and a side."""
    return drawn(random, KNOWN), drawn(random, OURS)


def four(random: Random) -> Pictures:
    """A base and three sides."""
    return tuple(drawn(random, groups) for groups in (KNOWN, OURS, THEIRS, THIRD))


def for_many(draw: Callable[[Random], Pictures]) -> Callable[[Callable[[Pictures], None]], Callable[[], None]]:
    """Try a property on many drawings; what fails names its seed."""

    def decorate(test: Callable[[Pictures], None]) -> Callable[[], None]:
        @wraps(test)
        def run() -> None:
            for seed in range(SEEDS):
                pictures = draw(Random(seed))
                try:
                    test(pictures)
                except Exception as error:
                    error.add_note(f"seed {seed}: {pictures}")
                    raise

        del run.__wrapped__
        return run

    return decorate


def contents(entries: Iterable[Entry]) -> Counter[Digest]:
    """How often each content is there."""
    return Counter(entry.digest for entry in entries if entry.digest is not None)


def check_whole(entries: dict[str, Entry]) -> None:
    """A snapshot is a tree: every object and every id is there once, in a directory."""
    ids = Counter(id for entry in entries.values() for id in entry.ids)
    assert all(number == 1 for number in ids.values())
    for path, entry in entries.items():
        parent, name = split(RepoPath(path.encode()))
        assert entry.name == name
        assert not parent or entries[parent.decode()].kind is Kind.DIRECTORY


@for_many(triple)
def test_both_sides_come_to_the_same_whole_snapshot(each: Pictures) -> None:
    """What the first side lacks and what the later side lacks make one tree, in which each object is once."""
    nodes = Nodes()
    _, one, other = both_trees(nodes, *map(nodes.snapshot, each))

    assert flat(nodes, one) == flat(nodes, other)
    assert one == other
    check_whole(flat(nodes, one))


@for_many(triple)
def test_no_content_of_either_side_is_lost(each: Pictures) -> None:
    """What is in neither was there before, and one side took it away."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    _, tree, _ = both_trees(nodes, base, first, later)
    was, here, there, now = (set(contents(flat(nodes, each).values())) for each in (base, first, later, tree))

    assert (here | there) - was <= now


@for_many(triple)
def test_what_both_have_stays(each: Pictures) -> None:
    """An object that is on both sides is in the result; one that is in neither is not."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    _, tree, _ = both_trees(nodes, base, first, later)
    _, here, there, now = (
        {id for entry in flat(nodes, each).values() for id in entry.ids} for each in (base, first, later, tree)
    )

    assert here & there <= now


@for_many(pair)
def test_a_side_that_did_nothing_takes_what_the_other_did(each: Pictures) -> None:
    """So merging twice changes nothing: the base of the second time is what was merged."""
    nodes = Nodes()
    base, side = map(nodes.snapshot, each)

    for sides in ((base, side), (side, base)):
        made, one, other = both_trees(nodes, base, *sides)
        assert one == other == side
        assert not made.conflicts


@for_many(triple)
def test_what_was_merged_is_merged(each: Pictures) -> None:
    """A merge and one of its sides: the base is that side."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    _, tree, _ = both_trees(nodes, base, first, later)

    for side in (first, later):
        made, one, other = both_trees(nodes, side, tree, side)
        assert one == other == tree
        assert not made.conflicts


@for_many(four)
def test_three_merged_in_any_order_are_the_same_objects(each: Pictures) -> None:
    """Where nothing is to be decided, each file is there with the same content whatever comes first."""
    nodes = Nodes()
    base, *sides = map(nodes.snapshot, each)
    found = []
    for one, two, three in permutations(sides):
        conflicts, tree = merged_in_order(nodes, base, (one, two, three))
        if conflicts:
            return
        found.append(files(flat(nodes, tree).values()))

    assert all(other == found[0] for other in found[1:])


def merged_in_order(nodes: Nodes, base: TreeId, sides: Iterable[TreeId]) -> tuple[int, TreeId]:
    """Merge one side after the other."""
    tree, conflicts = base, 0
    for side in sides:
        made, tree, _ = both_trees(nodes, base, tree, side)
        conflicts += len(made.conflicts)
    return conflicts, tree


def files(entries: Iterable[Entry]) -> dict[ObjectId, Digest]:
    """Every file by each of its ids."""
    return {id: entry.digest for entry in entries if entry.digest for id in entry.ids if id != ROOT}


def linked(random: Random, groups: list[Group]) -> Picture:
    """A picture of a few files, of which some are names of one inode."""
    contents, modes = ("1", "1", "1", "2"), (0o755, 0o755, 0o755, 0o700)
    inodes = {mark: Thing(random.choice(contents), mode=random.choice(modes), links=mark) for mark in ("g", "h")}
    top: Drawn = {}
    for group in groups:
        if random.random() < 0.8:
            apart = Thing(random.choice(contents), mode=random.choice(modes))
            name = f"n{group[0] + random.choice((0, 0, 0, 50))}"
            top[name + "".join(f" #{number}" for number in group)] = random.choice(
                [inodes["g"], *inodes.values(), apart]
            )
    return top


def linked_triple(random: Random) -> Pictures:
    """A base and two sides of files with hard links."""
    known: list[Group] = [(0,), (2,), (4,), (6,)]
    return tuple(linked(random, groups) for groups in (known, [*known, (20,)], [*known, (30,)]))


@for_many(linked_triple)
def test_names_of_one_inode_have_one_content_and_metadata(each: Pictures) -> None:
    """Whatever the sides linked, unlinked and edited; and no content is lost."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    _, one, other = both_trees(nodes, base, first, later)
    entries = flat(nodes, one).values()

    assert one == other
    assert len({(entry.links, content_of(entry), metadata_of(entry)) for entry in entries if entry.links}) == len(
        {entry.links for entry in entries if entry.links}
    )
    was, here, there, now = (set(contents(flat(nodes, each).values())) for each in (base, first, later, one))
    assert (here | there) - was <= now


@for_many(linked_triple)
def test_a_side_that_did_nothing_takes_the_links_of_the_other(each: Pictures) -> None:
    """Groups of one side are as they were."""
    nodes = Nodes()
    base, side, _ = map(nodes.snapshot, each)

    for sides in ((base, side), (side, base)):
        _, one, other = both_trees(nodes, base, *sides)
        assert one == other == side


@for_many(triple)
def test_labels_are_only_names(each: Pictures) -> None:
    """Sides with other labels make the same objects with the same fields; only new names are others."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    found = []
    for labels in ((b"A", b"B"), (b"laptop", b"usb.disk")):
        made, tree, _ = both_trees(nodes, base, first, later, labels=labels)
        entries = flat(nodes, tree)
        found.append(({entry.ids: entry._replace(name=b"") for entry in entries.values()}, len(made.conflicts)))
        here = [path for path in entries if ".from-" not in path]
        assert found[0][0].keys() == found[-1][0].keys()
        assert len(here) <= len(entries)

    assert found[0] == found[1]


@for_many(triple)
def test_a_conflict_names_what_is_there(each: Pictures) -> None:
    """`resolve` finds each version by its path and by its object."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    made, tree, _ = both_trees(nodes, base, first, later)
    entries = flat(nodes, tree)

    for conflict in made.conflicts:
        assert len({version.holder for version in conflict.versions}) > 1 or conflict.about in {"place", "metadata"}
        for version in conflict.versions:
            assert version.holder in entries[version.path.decode()].ids


def metadata_only(random: Random) -> Pictures:
    """A base and two sides that did nothing but change metadata."""
    base = drawn(random, KNOWN)
    return base, dressed(random, base), dressed(random, base)


def dressed(random: Random, picture: Picture) -> Picture:
    """A picture with other modes and times."""
    found: Drawn = {}
    for label, what in picture.items():
        assert isinstance(what, Thing), "all is drawn so"
        inside = what.content if isinstance(what.content, str) else dressed(random, what.content)
        mode = random.choice((what.mode, 0o700, 0o711))
        found[label] = what._replace(content=inside, mode=mode, mtime_ns=random.choice((what.mtime_ns, 7, 8)))
    return found


@for_many(metadata_only)
def test_metadata_changes_nothing_else(each: Pictures) -> None:
    """Each object stays where it is; a field that one side set is set, one that both set differently is said."""
    nodes = Nodes()
    base, first, later = map(nodes.snapshot, each)
    made, tree, _ = both_trees(nodes, base, first, later)
    was, here, there, now = (flat(nodes, each) for each in (base, first, later, tree))

    assert [(path, entry.ids, entry.digest) for path, entry in now.items()] == [
        (path, entry.ids, entry.digest) for path, entry in was.items()
    ]
    twice = [path for path in now if here[path].mode not in {was[path].mode, there[path].mode} != {was[path].mode}]
    assert [each.path.decode() for each in made.conflicts] == [
        path for path in twice if there[path].mode != was[path].mode
    ]
    for path, entry in now.items():
        assert entry.mode == (here[path].mode if there[path].mode == was[path].mode else there[path].mode)
