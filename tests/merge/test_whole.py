"""What no small picture shows: the root, texts put together, second versions that are there already."""

from __future__ import annotations

import pytest

from annexish.codec.shards import nibbles, shard_of
from annexish.diff.graft import Sharding, graft
from annexish.flows.merge.merging import Head
from annexish.merge.carried import merge_sets
from annexish.merge.decide import Content
from annexish.merge.names import names_from, other_version
from annexish.merge.objects import Object, Side, gather
from annexish.merge.tags import merge_tags
from annexish.model.change import Change
from annexish.model.entry import Entry
from annexish.model.ids import ROOT, ObjectId, TreeId
from annexish.model.path import RepoPath
from annexish.model.state import Position, State
from tests.lines import lines_of
from tests.merge.pictures import Result, both_trees, contents_in, flat, result_of
from tests.merge.whole import merge_trees
from tests.pictures import Nodes, Picture, Thing, digest, entry, root

LABELS = (b"A", b"B")


def test_the_root_has_metadata_too() -> None:
    """Of which both sides may set the same field."""
    nodes = Nodes()
    base, first, later = (nodes.snapshot({"a": "1"}, root(mode)) for mode in (0o755, 0o700, 0o711))
    made, tree, _ = both_trees(nodes, base, first, later)

    assert [(each.about, each.path, each.fields) for each in made.conflicts] == [("metadata", b"", (b"mode",))]
    own = nodes.load(tree).own
    assert own is not None
    assert own.mode == 0o711


def test_texts_that_can_be_put_together_are_no_conflict() -> None:
    """The content is that of both; the time is the later one."""
    asked: list[tuple[Entry, Entry, Entry]] = []

    def reconcile(base: Entry, first: Entry, later: Entry) -> Content | None:
        asked.append((base, first, later))
        return Content(1, digest("4")) if base.name == b"a" else None

    nodes = Nodes()
    pictures: list[Picture] = [
        {"a": Thing(content, mtime_ns=time), "b": Thing(content)} for content, time in (("1", 0), ("2", 9), ("3", 5))
    ]
    base, first, later = map(nodes.snapshot, pictures)
    made = merge_trees(nodes.load, base, Head(first, b"A"), Head(later, b"B"), reconcile)
    tree = graft(nodes.load, nodes.save, Sharding(shard_of, nibbles), first, made.for_first, made.elsewhere)

    there = flat(nodes, tree)
    assert (there["a"].digest, there["a"].mtime_ns) == (digest("4"), 9)
    assert [each.path for each in made.conflicts] == [b"b"]
    assert [each.path for each in made.notes] == [b"a"]
    assert len(asked) == 2


def again(copy: str) -> Result:
    """What a conflict gives whose second version one side has already, with some content, as an object of that id."""
    nodes = Nodes()
    base, later = nodes.snapshot({"a": "1"}), nodes.snapshot({"a": "3"})
    states = [State(Position(ROOT, b"a"), entry("a", content)) for content in ("1", "2", "3")]
    id = other_version(Object(states[0].entry.id, states[0], states[1], states[2]), states[1].entry)
    there = entry("kept", copy)._replace(ids=(id,))
    first = nodes.directory([entry("a", "2"), there], own=root())
    return result_of(
        nodes, both_trees(nodes, base, first, later), contents_in({"a": "1", "b": "2", "c": "3", "d": "5"})
    )


def test_a_second_version_that_is_there_is_not_made_again() -> None:
    """A side that met this conflict before has it."""
    assert again("2") == Result({"a": "3", "kept": "2"}, ["content a"])


def test_a_second_version_that_was_edited_is_another_thing() -> None:
    """The version that is wanted is there too."""
    assert again("5") == Result({"a": "3", "a.from-A": "2", "kept": "5"}, ["content a"])


def test_a_later_conflict_about_the_same_contents_has_other_versions() -> None:
    """Each version that was ever put beside stays an object of its own."""
    one, other = (entry("a", Thing("2", mtime_ns=time)) for time in (1, 2))
    ids = {
        other_version(Object(ObjectId(bytes(16)), None, State(None, each), None), entry("a", "2"))
        for each in (one, other)
    }

    assert len(ids) == 2


def test_open_conflicts_are_a_set() -> None:
    """Resolved on one side is resolved; new on one side is new."""
    assert merge_sets({b"1", b"2", b"3"}, {b"1", b"2", b"4"}, {b"1", b"3", b"5"}) == {b"1", b"4", b"5"}


def test_tags_are_merged_one_by_one() -> None:
    """What one side set stays, what one side removed goes; of two values the later one's is in force."""
    base = {"same": 1, "set": 1, "gone": 1, "twice": 1, "kept": 1}
    first = {"same": 1, "set": 2, "twice": 2, "kept": 2, "here": 1}
    later = {"same": 1, "set": 1, "gone": 1, "twice": 3, "there": 1}

    assert merge_tags(base, first, later) == {"same": 1, "set": 2, "twice": 3, "kept": 2, "here": 1, "there": 1}


def test_nothing_is_one_tree() -> None:
    """Merging what is the same is what it is."""
    nodes = Nodes()
    tree: TreeId = nodes.snapshot({"a": "1"})

    assert both_trees(nodes, tree, tree, tree, labels=LABELS)[1:] == (tree, tree)


@pytest.mark.parametrize("name", ["日" * 84, "a" + "日" * 80 + ".jpeg", "a" * 30])
def test_no_character_of_a_name_is_cut(name: str) -> None:
    """Neither of the name nor of what says from where."""
    nodes = Nodes()
    trees = [nodes.snapshot({f"{name} #{word}": word}) for word in "12"]
    made, tree, _ = both_trees(
        nodes, nodes.snapshot({}), trees[0], trees[1], labels=(("é" * 40).encode(), ("x" + "é" * 40).encode())
    )

    assert len(made.conflicts) == 1
    for path, one in flat(nodes, tree).items():
        assert len(path.encode()) < 256
        assert one.name.decode().partition(".from-")[2].lstrip("x").partition(".")[0] in ("é" * 32, "é" * 31)


def test_a_name_that_is_no_text_is_cut_as_bytes() -> None:
    """It has no characters."""
    name = next(names_from(b"\xff" * 250, b"laptop", ObjectId(bytes(16))))

    assert name == b"\xff" * 243 + b".from-laptop"


def test_many_files_that_became_several_take_no_more_work_each() -> None:
    """What is new is looked up by id."""

    def lines(count: int) -> int:
        changes = []
        for number in range(count):
            was = entry(f"{number} #{number}a #{number}b")
            old = was._replace(ids=was.ids[1:])
            new = was._replace(name=b"new %d" % number, ids=was.ids[:1])
            changes += [Change(was, old, RepoPath(was.name), RepoPath(was.name))]
            changes += [Change(None, new, None, RepoPath(new.name))]
        gathered, run = lines_of(
            lambda: gather(lambda _: None, Side(changes, lambda _: None, b"A"), Side((), lambda _: None, b"B"))
        )
        assert sum(one.base is not None and one.first is not one.base for one in gathered.objects) == count
        return run

    assert lines(400) < 11 * lines(40)
