"""From a path to what is there, and from an object to where it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, path_of, search, walk
from annexish.model.path import TOP, RepoPath
from tests.pictures import Nodes, Picture, entry, object_id

ALBUM: Picture = {"a": {"x": "1"}, "a.b": "2", "photos": {"beach.jpg": "sunset", "trip": {"hill.jpg": "dawn"}}}
LARGE: Picture = {"many": {f"{number:05}": "1" for number in range(5000)} | {"last": {"deep": "2"}}}


def found(picture: Picture, path: str) -> str | None:
    """The name of what is at a path, and whether it has a node."""
    nodes = Nodes()
    at = find_entry(nodes.load, nodes.snapshot(picture), RepoPath(path.encode()), nibbles)
    return None if at is None else at[0].name.decode() + ("/" if at[1] else "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/"),
        ("photos", "photos/"),
        ("photos/trip/hill.jpg", "hill.jpg"),
        ("photos/none", None),
        ("photos/beach.jpg/x", None),
        ("zzz", None),
        ("a/x", "x"),
    ],
)
def test_a_path_leads_to_an_entry(path: str, expected: str | None) -> None:
    """The empty path is the root; nothing is below a file."""
    assert found(ALBUM, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("many/00000", "00000"), ("many/04999", "04999"), ("many/last/deep", "deep"), ("many/5000", None)],
)
def test_a_path_leads_through_shards(path: str, expected: str | None) -> None:
    """The hash of the name says in which shard it is."""
    assert found(LARGE, path) == expected


def test_one_shard_is_loaded_for_one_name() -> None:
    """Looking a name up in a large directory costs a way down, not the directory."""
    nodes = Nodes()
    tree = nodes.snapshot(LARGE)
    nodes.loaded.clear()
    find_entry(nodes.load, tree, RepoPath(b"many/00000"), nibbles)
    assert len(nodes.loaded) <= 4


def test_a_name_in_a_shard_that_is_not_there_is_not_found() -> None:
    """A directory may have no name with a nibble."""
    nodes = Nodes(lambda name, level: name[level] - 48)
    tree = nodes.snapshot({f"{number:05}": "1" for number in range(4097)})

    def digits(name: bytes) -> Iterator[int]:
        return iter([byte - 48 for byte in name])

    assert find_entry(nodes.load, tree, RepoPath(b"00001"), digits) is not None
    assert find_entry(nodes.load, tree, RepoPath(b"90001"), digits) is None


def test_a_node_that_is_no_root_has_no_entry_of_its_own() -> None:
    """Then nothing can be found from there."""
    nodes = Nodes()
    assert find_entry(nodes.load, nodes.directory([entry("a")]), RepoPath(b"a"), nibbles) is None


def test_a_walk_is_in_tree_order() -> None:
    """A directory, what is in it, then what follows its name."""
    nodes = Nodes()
    paths = [path.decode() for path, _ in walk(nodes.load, nodes.snapshot(ALBUM), TOP, recursive=True)]
    assert paths == [
        "a", "a/x", "a.b", "photos", "photos/beach.jpg", "photos/trip", "photos/trip/hill.jpg",
    ]  # fmt: skip


def test_a_walk_that_is_not_recursive_names_one_directory() -> None:
    """Paths begin with the path that is given."""
    nodes = Nodes()
    listed = walk(nodes.load, nodes.snapshot(ALBUM), RepoPath(b"top"), recursive=False)
    assert [path for path, _ in listed] == [b"top/a", b"top/a.b", b"top/photos"]


def test_a_walk_through_shards_is_in_order_of_names() -> None:
    """Shards are ordered by hash; a person sees names."""
    nodes = Nodes()
    names = [path for path, _ in walk(nodes.load, nodes.snapshot(LARGE), TOP, recursive=True)]
    assert names == sorted(names)
    assert len(names) == 5003


@pytest.mark.parametrize("near", [None, b"photos/trip/hill.jpg", b"photos", b"gone/away"])
def test_an_object_is_found_wherever_it_is(near: bytes | None) -> None:
    """Looking near is quicker and changes nothing."""
    nodes = Nodes()
    tree = nodes.snapshot(ALBUM)
    place = None if near is None else RepoPath(near)
    assert path_of(nodes.load, tree, object_id("hill.jpg"), place, nibbles) == b"photos/trip/hill.jpg"
    assert path_of(nodes.load, tree, object_id("nobody"), place, nibbles) is None


def test_an_object_is_where_it_was_looked_for_first() -> None:
    """What is near is found without searching."""
    nodes = Nodes()
    tree = nodes.snapshot(ALBUM)
    nodes.loaded.clear()
    path_of(nodes.load, tree, object_id("a.b"), RepoPath(b"a.b"), nibbles)
    assert set(nodes.loaded) == {tree}


def test_an_object_is_found_by_any_of_its_ids() -> None:
    """An object that two people added has two ids."""
    nodes = Nodes()
    tree = nodes.snapshot({"d": {"a #1 #2": "x"}})
    assert [path_of(nodes.load, tree, object_id(word), None, nibbles) for word in "12"] == [b"d/a", b"d/a"]


def test_two_thousand_levels_are_walked() -> None:
    """Nothing recurses on what a user has."""
    picture: Picture = {"leaf": "1"}
    for level in range(2000, 0, -1):
        picture = {f"d{level}": picture}
    nodes = Nodes()
    tree = nodes.snapshot(picture)
    *_, (path, _) = walk(nodes.load, tree, TOP, recursive=True)
    assert path.count(b"/") == 2000
    assert find_entry(nodes.load, tree, path, nibbles) == (entry("leaf", "1"), None)
    assert path_of(nodes.load, tree, object_id("leaf"), None, nibbles) == path


def test_a_search_ends_when_all_is_found() -> None:
    """Once, for all that is sought; what is nowhere costs a look at everything."""
    nodes = Nodes()
    tree = nodes.snapshot({"d": {"e": {"f": "1"}}, "z #1 #2": "x"})
    nodes.loaded.clear()

    found = search(nodes.load, tree, {object_id("1"), object_id("2")})
    assert [(path, one.name) for path, one in found] == [(b"z", b"z")]
    assert nodes.loaded == [tree]
    assert [path for path, _ in search(nodes.load, tree, {object_id("f"), object_id("nobody")})] == [b"d/e/f"]
