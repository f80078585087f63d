"""Directories that moved: one line for each, however much is inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.trees import Tree, check_snapshot, draw, fsck, words

ALBUM = {"cover": "picture", "cd1": {"1": "first", "2": "second"}, "cd2": {"1": "third"}}


def test_a_renamed_directory_is_one_line(tmp_path: Path) -> None:
    """Nothing inside is listed, and everything inside keeps its identity."""
    tree = Tree(tmp_path, {"album": ALBUM, "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("album", "music/album 1")

    status = tree.repository.status()
    assert words(status) == [("added", "music"), ("moved", "album", "music/album 1")]
    assert [change.inside for change in status.difference.changes] == [0, 6]
    assert tree.commit() == [("added", "music"), ("moved", "album", "music/album 1")]
    assert tree.ids()["music/album 1/cd2/1"] == before["album/cd2/1"]
    check_snapshot(tree)


def test_moved_and_edited_inside(tmp_path: Path) -> None:
    """What changed in a moved directory is said besides the move."""
    tree = Tree(tmp_path, {"album": ALBUM, "other": "1"})
    tree.commit()
    tree.move("album", "record")
    tree.append("record/cd1/2", " longer")
    tree.write("record/cd2/2", "fourth")
    tree.remove("record/cover")
    tree.move("record/cd1/1", "record/cd1/one")

    expected = [
        ("deleted", "album/cover"),
        ("moved", "album", "record"),
        ("modified", "record/cd1/2"),
        ("moved", "album/cd1/1", "record/cd1/one"),
        ("added", "record/cd2/2"),
    ]
    assert tree.status() == expected
    assert tree.commit() == expected
    check_snapshot(tree)


def test_two_directories_change_places(tmp_path: Path) -> None:
    """A swap is two lines."""
    tree = Tree(tmp_path, {"a": {"1": "one", "x": {"y": "z"}}, "b": {"2": "two"}})
    tree.commit()
    before = tree.ids()
    tree.move("a", "t")
    tree.move("b", "a")
    tree.move("t", "b")

    assert tree.status() == [("moved", "b", "a"), ("moved", "a", "b")]
    assert tree.commit() == [("moved", "b", "a"), ("moved", "a", "b")]
    assert tree.ids()["b/x/y"] == before["a/x/y"]
    check_snapshot(tree)


def test_moved_into_a_new_directory(tmp_path: Path) -> None:
    """The new directory is added, the old one moved."""
    tree = Tree(tmp_path, {"a": {"1": "one"}, "other": "1"})
    tree.commit()
    tree.move("a", "new/deep/a")

    assert tree.commit() == [("added", "new"), ("added", "new/deep"), ("moved", "a", "new/deep/a")]
    check_snapshot(tree)


def test_moved_into_a_new_directory_of_its_own_name(tmp_path: Path) -> None:
    """Files keep their identity, though a new directory stands where theirs was."""
    tree = Tree(tmp_path, {"a": {"1": "one", "2": "two"}, "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("a", "t")
    tree.move("t", "a/a")

    tree.commit()
    assert tree.ids()["a/a/1"] == before["a/1"]
    assert tree.ids()["a/a/2"] == before["a/2"]
    check_snapshot(tree)


def test_moved_out_of_a_moved_directory(tmp_path: Path) -> None:
    """Both are moves of their own."""
    tree = Tree(tmp_path, {"a": {"b": {"c": {"1": "one"}}, "2": "two"}, "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("a/b", "b")
    tree.move("a", "z")

    assert tree.commit() == [("moved", "a/b", "b"), ("moved", "a", "z")]
    assert tree.ids()["b/c/1"] == before["a/b/c/1"]
    check_snapshot(tree)


def test_parent_and_child_change_places(tmp_path: Path) -> None:
    """A directory may end up inside its own child."""
    tree = Tree(tmp_path, {"a": {"b": {"c": {"1": "one"}}, "2": "two"}, "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("a/b", "b")
    tree.move("a", "b/a")

    assert tree.commit() == [("moved", "a/b", "b"), ("moved", "a", "b/a")]
    assert tree.ids()["b/c/1"] == before["a/b/c/1"]
    check_snapshot(tree)
    fsck(tree)


def test_children_moved_one_by_one(tmp_path: Path) -> None:
    """A directory whose children were all moved to a new one is that new one."""
    tree = Tree(tmp_path, {"a": {"1": "one", "2": "two", "d": {"3": "three"}}, "other": "1"})
    tree.commit()
    before = tree.ids()
    os.mkdir(tree.path("b"))
    for name in ("1", "2", "d"):
        tree.move(f"a/{name}", f"b/{name}")
    os.rmdir(tree.path("a"))

    assert tree.status() == [("moved", "a", "b")]
    assert tree.commit() == [("moved", "a", "b")]
    assert tree.ids()["b"] == before["a"]
    check_snapshot(tree)


def test_child_directories_moved_one_by_one(tmp_path: Path) -> None:
    """The same holds for a directory in which there are only directories."""
    tree = Tree(tmp_path, {"a": {"d": {"3": "three"}, "e": {"4": "four"}}, "other": "1"})
    tree.commit()
    os.mkdir(tree.path("b"))
    tree.move("a/d", "b/d")
    tree.move("a/e", "b/e")
    os.rmdir(tree.path("a"))

    assert tree.status() == [("moved", "a", "b")]
    assert tree.commit() == [("moved", "a", "b")]
    check_snapshot(tree)


def test_copied_and_deleted(tmp_path: Path) -> None:
    """A tree that was copied and deleted moved, as if it had been renamed."""
    tree = Tree(tmp_path, {"album": ALBUM, "others": {f"{n}": f"other {n}" for n in range(20)}})
    tree.commit()
    before = tree.ids()
    tree.copy("album", "record")
    tree.remove("album")

    assert tree.status() == [("moved", "album", "record")]
    assert tree.commit() == [("moved", "album", "record")]
    assert tree.ids()["record/cd1/2"] == before["album/cd1/2"]
    check_snapshot(tree)


def test_copied_and_deleted_through_levels_without_files(tmp_path: Path) -> None:
    """Directories that hold only directories follow where these went."""
    tree = Tree(tmp_path, {"a": {"b": {"c": {"1": "one", "2": "two"}}}, "others": {f"{n}": f"{n}!" for n in range(20)}})
    tree.commit()
    tree.copy("a", "z")
    tree.remove("a")

    assert tree.commit() == [("moved", "a", "z")]
    check_snapshot(tree)


def test_a_directory_that_is_replaced_by_a_copy_of_itself(tmp_path: Path) -> None:
    """Paths keep their objects: nothing changed that anybody can see, but directories in place of others."""
    tree = Tree(tmp_path, {"a": {"1": "one", "d": {"2": "two"}}, "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.copy("a", "b")
    tree.remove("a")
    tree.move("b", "a")
    tree.commit()

    assert tree.ids() == before
    check_snapshot(tree)


def test_merged_into_one_that_was_there(tmp_path: Path) -> None:
    """A directory that was emptied into another one is gone; its files moved."""
    tree = Tree(tmp_path, {"a": {"1": "one"}, "b": {"2": "two"}})
    tree.commit()
    tree.move("a/1", "b/1")
    os.rmdir(tree.path("a"))

    assert tree.commit() == [("deleted", "a"), ("moved", "a/1", "b/1")]
    check_snapshot(tree)


def test_moved_again_and_again(tmp_path: Path) -> None:
    """Each move is told from the last commit, and what is inside can change at any time."""
    tree = Tree(tmp_path, {"a": ALBUM, "other": "1"})
    tree.commit()
    before = tree.ids()
    at = "a"
    for number, to in enumerate(["b", "p/b", "p/q/b", "r", "p/r", "c"]):
        tree.move(at, to)
        if number % 3 == 0:
            tree.append(f"{to}/cd1/2", "!")
        assert ("moved", at, to) in tree.commit()
        check_snapshot(tree)
        at = to
    assert tree.ids()["c/cd2/1"] == before["a/cd2/1"]


def test_swapped_across_directories(tmp_path: Path) -> None:
    """A swap is found whatever the order in which the directories are visited."""
    tree = Tree(tmp_path, {"p": {"a": {"1": "one"}}, "q": {"a": {"2": "two"}}})
    tree.commit()
    before = tree.ids()
    tree.move("p/a", "t")
    tree.move("q/a", "p/a")
    tree.move("t", "q/a")

    assert tree.commit() == [("moved", "q/a", "p/a"), ("moved", "p/a", "q/a")]
    assert tree.ids()["q/a/1"] == before["p/a/1"]
    check_snapshot(tree)


@pytest.mark.parametrize(("first", "second"), [("p", "q"), ("q", "p"), ("p", "p")])
@pytest.mark.parametrize("name", ["0", "z"])
def test_a_new_directory_where_a_moved_one_was(tmp_path: Path, first: str, second: str, name: str) -> None:
    """The directory follows its inode, and what stands in its place is new, whatever the names are."""
    tree = Tree(tmp_path, {"p": {"keep": "1"}, "q": {"keep": "2"}})
    draw(tree.path(first), {"a": {"1": "one", "d": {"2": "two"}}})
    tree.commit()
    before = tree.ids()
    tree.move(f"{first}/a", f"{second}/{name}")
    tree.write(f"{first}/a/new", "new")

    assert sorted(tree.commit()) == [
        ("added", f"{first}/a"), ("added", f"{first}/a/new"), ("moved", f"{first}/a", f"{second}/{name}")
    ]  # fmt: skip
    assert tree.ids()[f"{second}/{name}"] == before[f"{first}/a"]
    check_snapshot(tree)
