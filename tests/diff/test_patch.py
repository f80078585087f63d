"""A directory after a delta is the directory that is built from nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annexish.codec.shards import shard_of
from annexish.diff.patch import Delta, Patched, Put, patch
from annexish.diff.resolve import walk
from annexish.model.entry import Entry
from annexish.model.ids import BlobId, ObjectId, TreeId
from annexish.model.node import FULL
from annexish.model.path import TOP
from tests.pictures import Nodes, ShardOf, entry, root

Names = dict[bytes, Entry]


def decimal(name: bytes, level: int) -> int:
    """A split that a reader can follow: the first digit of the name, then the second."""
    return name[level] - 48


def files(*labels: str, content: str = "1") -> Names:
    """Entries by name."""
    return {one.name: one for one in (entry(label, content) for label in labels)}


def numbered(count: int, prefix: str = "") -> Names:
    """As many files, named by five digits."""
    return files(*[f"{prefix}{number:05}" for number in range(count)])


def delta_of(before: Names, after: Names) -> Delta:
    """What changed between two directories."""
    changed: dict[bytes, Put | None] = dict.fromkeys(before.keys() - after.keys())
    changed.update({name: Put(one) for name, one in after.items() if before.get(name) != one})
    return changed


def patched(nodes: Nodes, shard: ShardOf, before: Names | None, after: Names) -> Patched:
    """Patch one directory into another, and compare with the other built from nothing."""
    tree = None if before is None else nodes.directory(before.values())
    done = patch(nodes.load, nodes.save, shard, tree, delta_of(before or {}, after))
    assert done.tree == nodes.directory(after.values()), "the bytes are those of a directory built from nothing"
    assert done.split == (len(after) > FULL)
    return done


SMALL: dict[str, tuple[Names, Names]] = {
    "nothing": (files("a"), files("a")),
    "added": (files("a"), files("a", "b")),
    "gone": (files("a", "b"), files("b")),
    "the last is gone": (files("a"), {}),
    "other content": (files("a"), files("a", content="2")),
    "renamed": (files("a"), files("b #a")),
    "swapped": (files("a", "b"), files("a #b", "b #a")),
}


@pytest.mark.parametrize("case", SMALL)
def test_a_small_directory(case: str) -> None:
    """Patched or built: the same node."""
    patched(Nodes(), shard_of, *SMALL[case])


def test_an_empty_directory_is_patched_from_nothing() -> None:
    """None stands for a directory that is not there yet."""
    patched(Nodes(), shard_of, None, files("a"))
    patched(Nodes(), shard_of, None, {})


LARGE: dict[str, tuple[Names | None, Names]] = {
    "built": (None, numbered(FULL + 1)),
    "just whole": (numbered(FULL - 1), numbered(FULL)),
    "becomes split": (numbered(FULL), numbered(FULL + 1)),
    "becomes whole": (numbered(FULL + 1), numbered(FULL)),
    "stays split": (numbered(FULL + 9), numbered(FULL + 8)),
    "one edited": (numbered(FULL + 9), {**numbered(FULL + 9), **files("00007", content="2")}),
    "all gone": (numbered(FULL + 9), {}),
    "all other": (numbered(FULL + 9), numbered(FULL + 9, "x")),
}


@pytest.mark.parametrize("case", LARGE)
def test_a_directory_at_the_split(case: str) -> None:
    """More than 4,096 entries are split, fewer are put together again."""
    patched(Nodes(), shard_of, *LARGE[case])


DEEP: dict[str, tuple[Names, Names]] = {
    "into two levels": (numbered(FULL, "00"), numbered(FULL + 1, "00")),
    "out of two levels": (numbered(FULL + 1, "00"), numbered(FULL, "00")),
    "the inner becomes whole": (
        {**numbered(FULL + 1, "0"), **numbered(9, "1")}, {**numbered(FULL, "0"), **numbered(9, "1")},
    ),
    "the inner becomes split": (
        {**numbered(FULL, "0"), **numbered(9, "1")}, {**numbered(FULL + 1, "0"), **numbered(9, "1")},
    ),
    "a shard goes": ({**numbered(FULL + 1, "0"), **numbered(1, "1")}, numbered(FULL + 1, "0")),
    "a shard comes": (numbered(FULL + 1, "0"), {**numbered(FULL + 1, "0"), **numbered(1, "1")}),
    "an inner shard goes": (
        {**numbered(FULL + 1, "00"), **files("0300000")}, numbered(FULL + 1, "00"),
    ),
    "all at once": (
        {**numbered(FULL + 1, "0"), **numbered(FULL + 1, "1")}, {**numbered(3, "0"), **numbered(FULL + 2, "2")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEEP)
def test_shards_in_shards(case: str) -> None:
    """A shard is split and put together as the directory is."""
    patched(Nodes(decimal), decimal, *DEEP[case])


@st.composite
def edits(draw: st.DrawFn) -> tuple[Names, Names]:
    """Two directories near the split: a few names go, come or get another content."""
    first = numbered(draw(st.integers(FULL - 3, FULL + 3)), draw(st.sampled_from(("", "0", "1"))))
    after = dict(first)
    for name in draw(st.lists(st.sampled_from(sorted(first)), max_size=6)):
        after.pop(name, None)
    for number in draw(st.lists(st.integers(0, 9000), max_size=6)):
        after.update(files(f"{number:05}", content=draw(st.sampled_from(("1", "2")))))
    return first, after


@given(edits(), st.sampled_from((shard_of, decimal)))
@settings(max_examples=25)
def test_any_edit_near_the_split_is_canonical(edit: tuple[Names, Names], shard: ShardOf) -> None:
    """However a directory became what it is, its bytes are the same; and back again."""
    before, after = edit
    nodes = Nodes(shard)
    patched(nodes, shard, before, after)
    patched(nodes, shard, after, before)


def test_what_was_made_anew_is_said() -> None:
    """The leaves tell the caller which parts of a split directory are others now."""
    before = {**numbered(FULL + 1, "0"), **numbered(9, "1")}
    done = patched(Nodes(decimal), decimal, before, {**before, **files("100003", content="2")})
    assert [leaf.path for leaf in done.leaves] == ["1"]
    assert done.leaves[0].names == sorted(numbered(9, "1"))
    assert not done.whole


def test_a_leaf_that_is_gone_is_said() -> None:
    """A shard without names is named, so that nobody remembers it."""
    before = {**numbered(FULL + 1, "0"), **files("1")}
    done = patched(Nodes(decimal), decimal, before, numbered(FULL + 1, "0"))
    assert [(leaf.path, leaf.names) for leaf in done.leaves] == [("1", [])]


@pytest.mark.parametrize(("before", "after"), [(FULL, FULL + 1), (FULL + 1, FULL)])
def test_a_directory_that_is_split_or_put_together_is_whole(before: int, after: int) -> None:
    """No older leaf is left, and those of a directory that is one node again are none."""
    done = patched(Nodes(), shard_of, numbered(before), numbered(after))
    assert done.whole
    assert sorted(name for leaf in done.leaves for name in leaf.names) == (
        sorted(numbered(after)) if after > FULL else []
    )


def test_leaves_cover_what_became_split() -> None:
    """The leaves made by a nested split are the innermost ones."""
    done = patched(Nodes(decimal), decimal, None, numbered(FULL + 1, "0"))
    assert all(len(leaf.path) == 3 for leaf in done.leaves)
    assert sum(len(leaf.names) for leaf in done.leaves) == FULL + 1


def test_only_touched_shards_are_loaded() -> None:
    """An edit in a large directory costs one shard."""
    nodes = Nodes()
    tree = nodes.directory(numbered(5000).values())
    nodes.loaded.clear()
    patch(nodes.load, nodes.save, shard_of, tree, {b"00007": Put(entry("00007", "2"))})
    assert len(nodes.loaded) == 2


def content(nodes: Nodes, tree: TreeId) -> list[bytes]:
    """The paths in a snapshot."""
    return [path for path, _ in walk(nodes.load, tree, TOP, recursive=True)]


def test_directories_bring_their_nodes() -> None:
    """A child directory is an entry and a subtree; it is renamed, replaced and removed with it."""
    nodes = Nodes()
    inside = nodes.directory([entry("a")])
    tree = nodes.snapshot({"d": {"a": ""}})
    steps: list[tuple[Mapping[bytes, Put | None], list[bytes]]] = [
        ({b"d": None, b"e": Put(entry("e #d", {}), inside)}, [b"e", b"e/a"]),
        ({b"f": Put(entry("f", {}), nodes.directory([]))}, [b"e", b"e/a", b"f"]),
        ({b"e": Put(entry("e #f", {}), inside), b"f": Put(entry("f #d", {}), inside)}, [b"e", b"e/a", b"f", b"f/a"]),
        ({b"e": Put(entry("e #f", "1"))}, [b"e", b"f", b"f/a"]),
        ({b"f": None}, [b"e"]),
    ]
    for delta, expected in steps:
        tree = patch(nodes.load, nodes.save, shard_of, tree, delta).tree
        assert content(nodes, tree) == expected
        node = nodes.load(tree)
        assert set(node.subtrees) == {one.id for one in node.entries if one.kind == 1}


def test_a_change_below_leaves_the_entries_as_they_are() -> None:
    """When only the node of a child is another, the blob with the entries is used again."""
    nodes = Nodes()
    tree = nodes.snapshot({"d": {"a": "1"}})
    below = Put(entry("d", {}), nodes.directory([entry("a", "2")]))
    done = patch(nodes.load, nodes.save, shard_of, tree, {b"d": below})
    assert done.tree == nodes.snapshot({"d": {"a": "2"}})
    assert nodes.load(done.tree).blob == nodes.load(tree).blob


@pytest.mark.parametrize("count", [3, FULL + 3])
def test_the_root_has_an_entry_of_its_own(count: int) -> None:
    """It is kept by a patch, and replaced by one that brings another."""
    nodes = Nodes()
    names = numbered(count)
    tree = nodes.directory(names.values(), own=root())
    same = patch(nodes.load, nodes.save, shard_of, tree, {}, root())
    other = patch(nodes.load, nodes.save, shard_of, tree, {}, root(0o700))
    assert same.tree == tree
    assert other.tree == nodes.directory(names.values(), own=root(0o700))


def test_the_descriptive_blob_stays_until_another_comes() -> None:
    """It belongs to the directory, however that is split."""
    nodes = Nodes()
    one, two = BlobId(b"1" * 20), BlobId(b"2" * 20)
    tree = patch(nodes.load, nodes.save, shard_of, None, delta_of({}, numbered(FULL)), descriptive=one).tree
    split = patch(nodes.load, nodes.save, shard_of, tree, delta_of({}, files("x"))).tree
    whole = patch(nodes.load, nodes.save, shard_of, split, {b"x": None}, descriptive=two).tree
    assert [nodes.load(each).descriptive for each in (tree, split, whole)] == [one, one, two]


def test_an_object_that_got_a_smaller_id_names_its_node_anew() -> None:
    """The subtree of a directory is named by the smallest id."""
    nodes = Nodes()
    tree = nodes.snapshot({"d": {"a": ""}})
    old = entry("d", {})
    new = old._replace(ids=(ObjectId(bytes(16)), *old.ids))
    done = patch(nodes.load, nodes.save, shard_of, tree, {b"d": Put(new, nodes.directory([entry("a")]))})
    assert set(nodes.load(done.tree).subtrees) == {new.id}
