"""What differs between two snapshots, in pictures."""

from __future__ import annotations

import pytest

from annexish.diff.compare import compare, within_paths
from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.node import Node
from annexish.model.path import RepoPath, components
from tests.pictures import Nodes, Picture, Thing, entry, root


def changes(before: Picture | None, after: Picture | None) -> list[Change]:
    """What differs between two pictures."""
    nodes = Nodes()
    trees = [None if picture is None else nodes.snapshot(picture) for picture in (before, after)]
    return list(compare(nodes.load, *trees))


def line(change: Change) -> str:
    """A change in words: `moved a -> b (2 inside)`."""
    old, new = (b"" if path is None else path for path in (change.path_before, change.path))
    way = f"{old.decode()} -> {new.decode()}" if change.word.startswith("moved") else new.decode()
    return f"{change.word} {way}" + (f" ({change.inside} inside)" if change.inside else "")


def lines(before: Picture | None, after: Picture | None) -> list[str]:
    """The changes in words."""
    return [line(change) for change in changes(before, after)]


TABLE: dict[str, tuple[Picture, Picture, list[str]]] = {
    "nothing": ({"a": "1", "d": {"b": "2"}}, {"a": "1", "d": {"b": "2"}}, []),
    "added": ({"a": "1"}, {"a": "1", "b": "2"}, ["added b"]),
    "deleted": ({"a": "1", "b": "2"}, {"a": "1"}, ["deleted b"]),
    "modified": ({"a": "1"}, {"a": "22"}, ["modified a"]),
    "metadata": ({"a": "1"}, {"a": Thing("1", mode=0o600)}, ["metadata a"]),
    "the time of a file": ({"a": "1"}, {"a": Thing("1", mtime_ns=9)}, ["metadata a"]),
    "the time of a directory is no change": ({"d": {}}, {"d": Thing({}, mtime_ns=9)}, []),
    "the mode of a directory": ({"d": {"a": "1"}}, {"d": Thing({"a": "1"}, mode=0o700)}, ["metadata d"]),
    "another object under the same name": ({"a #x": "1"}, {"a #y": "1"}, ["deleted a", "added a"]),
    "an object that got a second id": ({"a #x": "1"}, {"a #x #y": "1"}, []),
    "two objects that turned out to be one": (
        {"a #x": "1", "b #y": "1"}, {"a #x #y": "1"}, ["deleted b"],
    ),
    "one of them, moved": (
        {"a #x": "1", "b #y": "1"}, {"d": {"c #x #y": "1"}},
        # of two that may be meant one moved; which one is decided by the order of the ids
        ["deleted b", "added d", "moved a -> d/c"] if entry("c #x #y").ids == entry("a #x").ids + entry("b #y").ids
        else ["deleted a", "added d", "moved b -> d/c"],
    ),
    "renamed": ({"p": {"a": "1"}}, {"p": {"b #a": "1"}}, ["moved p/a -> p/b"]),
    "renamed and edited": ({"a": "1"}, {"b #a": "22"}, ["moved+modified a -> b"]),
    "swapped files": ({"a": "1", "b": "22"}, {"a #b": "22", "b #a": "1"}, ["moved b -> a", "moved a -> b"]),
    "moved to another directory": (
        {"p": {"a": "1"}, "q": {}}, {"p": {}, "q": {"a": "1"}}, ["moved p/a -> q/a"],
    ),
    "a directory moves with its content": (
        {"p": {"d": {"a": "1", "e": {"b": "2"}}}, "q": {}}, {"p": {}, "q": {"d": {"a": "1", "e": {"b": "2"}}}},
        ["moved p/d -> q/d (3 inside)"],
    ),
    "a directory moves and something in it changes": (
        {"d": {"a": "1", "b": "2"}}, {"n #d": {"a": "11", "c": "3"}},
        ["deleted d/b", "moved d -> n (2 inside)", "modified n/a", "added n/c"],
    ),
    "renamed in a renamed directory": (
        {"d": {"e": {"a": "1"}}}, {"n #d": {"m #e": {"a": "1"}}},
        ["moved d -> n (2 inside)", "moved d/e -> n/m (1 inside)"],
    ),
    "swapped directories": (
        {"p": {"a": "1"}, "q": {"b": "2"}}, {"q #p": {"a": "1"}, "p #q": {"b": "2"}},
        ["moved q -> p (1 inside)", "moved p -> q (1 inside)"],
    ),
    "a directory and its parent change places": (
        {"p": {"q": {"a": "1"}}}, {"q": {"p": {"a": "1"}}}, ["moved p/q -> q (2 inside)", "moved p -> q/p (1 inside)",
                                                             "moved p/q/a -> q/p/a"],
    ),
    "moved out of a moved directory": (
        {"d": {"a": "1", "b": "2"}}, {"n #d": {"b": "2"}, "z": {"a": "1"}},
        ["moved d -> n (1 inside)", "added z", "moved d/a -> z/a"],
    ),
    "moved out of a deleted directory": (
        {"d": {"a": "1", "b": "2"}}, {"a": "1"}, ["moved d/a -> a", "deleted d", "deleted d/b"],
    ),
    "moved into a new directory": (
        {"a": "1"}, {"n": {"a": "1", "b": "2"}}, ["added n", "moved a -> n/a", "added n/b"],
    ),
    "moved in from a directory that moved": (
        {"d": {"e": {"a": "1"}}}, {"m": {"n #d": {}}, "o": {"e": {"a": "1"}}},
        ["added m", "moved d -> m/n", "added o", "moved d/e -> o/e (1 inside)"],
    ),
    "a new file in a directory that moved into a new one": (
        {"album": {"a": "1"}}, {"year": {"album": {"a": "1", "b": "2"}, "z": "3"}},
        ["added year", "moved album -> year/album (2 inside)", "added year/album/b", "added year/z"],
    ),
    "deleted from a directory that moved out of a deleted one": (
        {"year": {"album": {"a": "1", "b": "2"}, "z": "3"}}, {"album": {"a": "1"}},
        ["moved year/album -> album (1 inside)", "deleted year", "deleted year/album/b", "deleted year/z"],
    ),
    "the directory moved away and its content did not": (
        {"d #1": {"a": "1"}}, {"e #1": {}, "d #2": {"a": "1"}},
        ["added d", "moved d/a -> d/a", "moved d -> e"],
    ),
    "the directory above is another object": (
        {"d #1": {"a": "1", "b": "2", "e": {"c": "3"}}}, {"d #2": {"a": "1", "b": "22", "e": {"c": "33"}}},
        ["deleted d", "added d", "moved d/a -> d/a", "modified d/b", "moved d/e -> d/e (1 inside)", "modified d/e/c"],
    ),
    "a file becomes a directory": (
        {"x #1": "1"}, {"x #2": {"a": "1"}}, ["deleted x", "added x", "added x/a"],
    ),
    "a directory becomes a file": (
        {"x #1": {"a": "1"}}, {"x #2": "1"}, ["deleted x", "added x", "deleted x/a"],
    ),
    "a directory of the same id becomes a file": (
        {"x": {"a": "1"}}, {"x": "1"}, ["deleted x", "added x", "deleted x/a"],
    ),
    "a directory of the same id becomes a file elsewhere": (
        {"x": {"a": "1"}}, {"y": {"z #x": "1"}}, ["deleted x", "deleted x/a", "added y", "added y/z"],
    ),
    "a file becomes a link": (
        {"x": "1"}, {"x": Thing("1", Kind.SYMLINK)}, ["modified x"],
    ),
    "tree order is that of components": (
        {}, {"a": {"x": "1"}, "a.b": "2", "a ": "3"}, ["added a", "added a/x", "added a ", "added a.b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("picture", TABLE, ids=str)
def test_two_pictures_and_what_differs(picture: str) -> None:
    """Each change of an object is said once, by the word that fits, in tree order."""
    before, after, expected = TABLE[picture]
    assert lines(before, after) == expected


def test_without_a_snapshot_before_everything_is_added() -> None:
    """None is an empty snapshot; the root itself is no change."""
    assert lines(None, {"d": {"a": "1"}}) == ["added d", "added d/a"]
    assert lines({"d": {"a": "1"}}, None) == ["deleted d", "deleted d/a"]
    assert lines(None, None) == []


def test_the_root_has_metadata_of_its_own() -> None:
    """A root whose mode changed is a change of the path that is empty."""
    nodes = Nodes()
    before, after = nodes.snapshot({"a": "1"}, root(0o755)), nodes.snapshot({"a": "1"}, root(0o700))
    assert [(one.word, one.path) for one in compare(nodes.load, before, after)] == [("metadata", b"")]


def test_a_change_has_both_entries_and_both_paths() -> None:
    """What was and what is are whole entries, of which a reader may show anything."""
    (moved,) = changes({"a": "1"}, {"b #a": Thing("1", mode=0o600)})
    assert moved.before == entry("a", "1")
    assert moved.after == entry("b #a", Thing("1", mode=0o600))
    assert (moved.path_before, moved.path) == (b"a", b"b")


def test_only_what_differs_is_loaded() -> None:
    """The cost is that of the difference: directories beside it are not looked into."""
    before: dict[str, Picture] = {f"d{number}": {f"f{number}": "1"} for number in range(100)}
    nodes = Nodes()
    trees = nodes.snapshot(before), nodes.snapshot({**before, "d7": {"f7": "2"}})
    nodes.loaded.clear()
    assert [line(change) for change in compare(nodes.load, *trees)] == ["modified d7/f7"]
    assert len(set(nodes.loaded)) == 4


def test_a_moved_directory_is_not_looked_into_when_nobody_asks() -> None:
    """Counting what a moved directory carries along costs its size, and can be left out."""
    before = {"d": {"e": {"a": "1"}}}
    nodes = Nodes()
    trees = nodes.snapshot(before), nodes.snapshot({"n #d": before["d"]})
    nodes.loaded.clear()
    assert [line(one) for one in compare(nodes.load, *trees, count_inside=False)] == ["moved d -> n"]
    assert set(nodes.loaded) == set(trees)


def test_an_end_of_a_move_within_a_path_is_enough() -> None:
    """Changes of some paths are those with an old or a new place within one of them."""
    found = changes({"p": {"a": "1"}, "q": {"b": "2"}}, {"q": {"a": "1", "b": "22"}, "p": {}, "pp": "3"})
    assert [line(one) for one in within_paths(found, [RepoPath(b"p")])] == ["moved p/a -> q/a"]
    assert [line(one) for one in within_paths(found, [RepoPath(b"q")])] == ["moved p/a -> q/a", "modified q/b"]
    assert list(within_paths(found, [])) == []
    assert list(within_paths(found, [RepoPath(b"")])) == found


def large(count: int) -> dict[str, str]:
    """A directory that may have more entries than one node."""
    return {f"{number:05}": "1" for number in range(count)}


def without(picture: dict[str, str], name: str) -> dict[str, str]:
    """A picture without one name."""
    return {label: content for label, content in picture.items() if label != name}


def test_a_change_in_a_split_directory_is_found_in_its_shard() -> None:
    """Of a directory of 5,000 names one shard of sixteen is compared."""
    nodes = Nodes()
    trees = nodes.snapshot({"d": large(5000)}), nodes.snapshot({"d": {**large(5000), "00007": "2"}})
    nodes.loaded.clear()
    assert [line(one) for one in compare(nodes.load, *trees)] == ["modified d/00007"]
    assert len(set(nodes.loaded)) == 6


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (large(4096), large(4097), ["added d/04096"]),
        (large(4097), large(4096), ["deleted d/04096"]),
        (large(4097), {**without(large(4097), "00007"), "x #00007": "1"}, ["moved d/00007 -> d/x"]),
        (large(4096), {**without(large(4097), "00007"), "x #00007": "2"},
         ["added d/04096", "moved+modified d/00007 -> d/x"]),
        ({}, {"x": "1"}, ["added d/x"]),
    ],
    ids=["becomes split", "becomes whole", "renamed into another shard", "renamed and split", "small"],
)  # fmt: skip
def test_a_directory_is_compared_however_it_is_split(
    before: dict[str, str], after: dict[str, str], expected: list[str]
) -> None:
    """Splitting is storage and no change."""
    assert lines({"d": before}, {"d": after}) == expected


def test_a_shard_that_appears_is_compared_with_nothing() -> None:
    """The first name of a nibble makes a shard that was not there."""
    shard = {b"rare": 15}
    nodes = Nodes(lambda name, level: shard.get(name, 3) if level == 0 else int(name[-1:], 16))
    entries = [entry(f"{number:05}", "1") for number in range(4097)]
    trees = [nodes.directory(entries, own=root()), nodes.directory([*entries, entry("rare", "2")], own=root())]
    assert [line(one) for one in compare(nodes.load, *trees)] == ["added rare"]
    assert [line(one) for one in compare(nodes.load, *reversed(trees))] == ["deleted rare"]


def test_the_content_of_a_split_directory_comes_in_order_of_names() -> None:
    """Shards are ordered by hash; what is added or deleted is ordered by name."""
    found = changes({}, {"d": large(4100)})
    assert [one.path for one in found] == sorted((one.path for one in found), key=components)
    assert len(found) == 4101


def nested(levels: int, leaf: str) -> Picture:
    """A picture of directories in directories."""
    picture: Picture = {"leaf": leaf}
    for level in range(levels, 0, -1):
        picture = {f"d{level}": picture}
    return picture


def test_two_thousand_levels_are_compared() -> None:
    """Nothing recurses on what a user has."""
    path = "/".join([f"d{level}" for level in range(1, 2001)] + ["leaf"])
    assert lines(nested(2000, "1"), nested(2000, "2")) == [f"modified {path}"]
    assert len(lines(None, nested(2000, "1"))) == 2001
    assert lines(nested(2000, "1"), {"new": nested(2000, "1")}) == ["added new", "moved d1 -> new/d1 (2000 inside)"]


@pytest.mark.parametrize("case", TABLE)
def test_nodes_that_share_their_entries(case: str) -> None:
    """Whether two nodes have one object for equal entries makes no difference."""
    before, after, expected = TABLE[case]
    nodes = Nodes()
    shared: dict[object, tuple[Entry, ...]] = {}

    def load(tree: TreeId) -> Node:
        node = nodes.load(tree)
        return node._replace(entries=shared.setdefault(node.entries, node.entries))

    assert [line(each) for each in compare(load, nodes.snapshot(before), nodes.snapshot(after))] == expected


def test_directories_on_the_way_are_told() -> None:
    """Each in which something differs, with its paths and entries before and after."""
    nodes = Nodes()
    before = nodes.snapshot({"p": {"d": {"a": "1"}, "e": {"b": "2"}}, "q": {}})
    after = nodes.snapshot({"p": {"e": {"b": "2"}}, "q": {"d": {"a": "22"}}})
    met: dict[bytes, tuple[bytes, bytes]] = {}

    def meet(path_before: RepoPath, was: Entry, path: RepoPath, now: Entry) -> None:
        assert was.ids == now.ids
        met[path_before] = (path, now.name)

    assert list(compare(nodes.load, before, after, meet=meet))
    assert met == {b"p": (b"p", b"p"), b"q": (b"q", b"q"), b"p/d": (b"q/d", b"d")}
