"""Groups of hard links: names of one inode in the tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import MakeFilesystem
from tests.mounts import mounted
from tests.trees import Tree, check_snapshot


def _link(tree: Tree, old: str, new: str) -> None:
    os.makedirs(os.path.dirname(tree.path(new)), exist_ok=True)
    os.link(tree.path(old), tree.path(new))


def test_names_of_one_inode_are_a_group(tmp_path: Path) -> None:
    """They share a mark, and each is an object of its own."""
    tree = Tree(tmp_path, {"a": "one", "other": "one"})
    _link(tree, "a", "d/b")
    tree.commit()

    assert tree["a"].links is not None
    assert tree["a"].links == tree["d/b"].links
    assert tree["other"].links is None
    assert tree["a"].id != tree["d/b"].id
    check_snapshot(tree)


def test_a_link_outside_the_tree_is_no_group(tmp_path: Path) -> None:
    """What is not recorded makes nothing of a file."""
    tree = Tree(tmp_path, {"a": "one"})
    os.link(tree.path("a"), tmp_path / "outside")
    tree.commit()

    assert tree["a"].links is None
    check_snapshot(tree)


def test_a_link_is_added_later(tmp_path: Path) -> None:
    """The old file gets the mark, the new name is added."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    _link(tree, "a", "b")

    assert tree.status() == [("metadata", "a"), ("added", "b")]
    assert tree.commit() == [("metadata", "a"), ("added", "b")]
    assert tree["a"].links == tree["b"].links is not None
    check_snapshot(tree)


def test_a_group_grows_and_shrinks(tmp_path: Path) -> None:
    """A group keeps its mark while two are left; the last one loses it."""
    tree = Tree(tmp_path, {"a": "one", "other": ""})
    _link(tree, "a", "b")
    tree.commit()
    mark = tree["a"].links
    _link(tree, "a", "d/c")
    tree.commit()
    assert {tree[name].links for name in ("a", "b", "d/c")} == {mark}
    tree.remove("b")
    assert tree.commit() == [("deleted", "b")]
    assert {tree[name].links for name in ("a", "d/c")} == {mark}
    tree.remove("d/c")
    assert tree.commit() == [("metadata", "a"), ("deleted", "d/c")]
    assert tree["a"].links is None
    check_snapshot(tree)


def test_a_member_moves(tmp_path: Path) -> None:
    """A move keeps object and group."""
    tree = Tree(tmp_path, {"a": "one", "other": ""})
    _link(tree, "a", "b")
    tree.commit()
    before, mark = tree.ids(), tree["a"].links
    tree.move("b", "d/c")

    assert tree.commit() == [("added", "d"), ("moved", "b", "d/c")]
    assert tree.ids()["d/c"] == before["b"]
    assert tree["a"].links == tree["d/c"].links == mark
    check_snapshot(tree)


def test_all_members_move(tmp_path: Path) -> None:
    """Names tell which is which."""
    tree = Tree(tmp_path, {"d": {"a": "one"}, "other": ""})
    _link(tree, "d/a", "d/b")
    _link(tree, "d/a", "d/c")
    tree.commit()
    before = tree.ids()
    os.mkdir(tree.path("e"))
    for name in "cab":
        tree.move(f"d/{name}", f"e/{name}")
    tree.commit()

    assert {name: tree.ids()[f"e/{name}"] for name in "abc"} == {name: before[f"d/{name}"] for name in "abc"}
    check_snapshot(tree)


def test_a_group_is_modified_as_one(tmp_path: Path) -> None:
    """Writing through one name changes all."""
    tree = Tree(tmp_path, {"a": "one"})
    _link(tree, "a", "b")
    tree.commit()
    tree.write("a", "more")

    assert tree.commit() == [("modified", "a"), ("modified", "b")]
    check_snapshot(tree)


def test_a_group_is_broken_by_a_new_file(tmp_path: Path) -> None:
    """A name that is saved through a new inode leaves the group."""
    tree = Tree(tmp_path, {"a": "one"})
    _link(tree, "a", "b")
    tree.commit()
    tree.write("t", "two")
    tree.move("t", "a")

    assert tree.commit() == [("modified", "a"), ("metadata", "b")]
    assert tree["a"].links is tree["b"].links is None
    check_snapshot(tree)


def test_many_names_of_one_inode_move(tmp_path: Path) -> None:
    """Thousands of names are told apart in time that grows with their number."""
    tree = Tree(tmp_path, {"d": {"0": "one"}, "other": ""})
    for number in range(1, 3000):
        _link(tree, "d/0", f"d/{number}")
    tree.commit()
    before = tree.ids()
    tree.move("d", "t")
    os.mkdir(tree.path("d"))
    for name in os.listdir(tree.path("t")):
        tree.move(f"t/{name}", f"d/x{name}")
    os.rmdir(tree.path("t"))
    tree.commit()

    assert set(tree.ids().values()) >= {before[f"d/{number}"] for number in range(3000)}
    check_snapshot(tree)


@pytest.mark.parametrize("first", ["written", "deleted"])
def test_the_last_name_was_written_to(tmp_path: Path, first: str) -> None:
    """It loses the mark in the commit that records both, though the keep has as many names of it as before."""
    tree = Tree(tmp_path, {"a": "content"})
    os.link(tree.path("a"), tree.path("b"))
    tree.commit()
    if first == "deleted":
        tree.remove("b")
    tree.append("a", " and more")
    if first == "written":
        tree.remove("b")
    tree.commit()
    assert tree["a"].links is None
    check_snapshot(tree)


@pytest.mark.root
def test_equal_numbers_on_two_file_systems_are_no_group(tmp_path: Path, filesystem: MakeFilesystem) -> None:
    """An inode number means something on its own file system only."""
    tree = Tree(filesystem("tmpfs"), {"one": {}, "two": {}})
    with mounted(tree.path("one")), mounted(tree.path("two")):
        for top in ("one", "two"):
            tree.write(f"{top}/a", top)
            _link(tree, f"{top}/a", f"{top}/b")
        assert os.stat(tree.path("one/a")).st_ino == os.stat(tree.path("two/a")).st_ino
        tree.commit()

        assert tree["one/a"].links == tree["one/b"].links is not None
        assert tree["two/a"].links == tree["two/b"].links is not None
        assert tree["one/a"].links != tree["two/a"].links
