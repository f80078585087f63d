"""Files that moved: which new path is which old object, on real trees."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.trees import Link, Tree, check_snapshot


def test_a_renamed_file_is_one_move(tmp_path: Path) -> None:
    """A rename keeps the object and is no deletion."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    before = tree.ids()
    tree.move("a", "c")

    assert tree.status() == [("moved", "a", "c")]
    assert tree.commit() == [("moved", "a", "c")]
    assert tree.ids() == {"b": before["b"], "c": before["a"]}
    check_snapshot(tree)


def test_a_file_moves_to_another_directory(tmp_path: Path) -> None:
    """Old and new directories need not be the same."""
    tree = Tree(tmp_path, {"x": {"a": "one"}, "y": {"b": "two"}})
    tree.commit()
    tree.move("x/a", "y/z/a")

    assert tree.status() == [("added", "y/z"), ("moved", "x/a", "y/z/a")]
    assert tree.commit() == [("added", "y/z"), ("moved", "x/a", "y/z/a")]
    check_snapshot(tree)


def test_what_moved_is_not_read(tmp_path: Path) -> None:
    """A move costs no reading, if the file is older than the last commit."""
    tree = Tree(tmp_path, {"a": "one" * 1000})
    tree.commit_calmly()
    tree.move("a", "b")

    assert tree.committed().read["bytes"] == 0


def test_moved_and_appended(tmp_path: Path) -> None:
    """A file that was renamed and grew is the same object."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    before = tree.ids()
    tree.move("a", "c")
    tree.append("c", " more")

    assert tree.status() == [("moved+modified", "a", "c")]
    assert tree.commit() == [("moved+modified", "a", "c")]
    assert tree.ids()["c"] == before["a"]
    check_snapshot(tree)


def test_moved_and_overwritten_in_place(tmp_path: Path) -> None:
    """A file that was renamed and has other bytes of the same size is the same object."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    tree.move("a", "c")
    tree.write("c", "ONE")

    assert tree.commit() == [("moved+modified", "a", "c")]
    check_snapshot(tree)


def test_overwritten_unseen_and_moved(tmp_path: Path) -> None:
    """Other bytes of the same size and time, written right after the commit, are found in a moved file too."""
    tree = Tree(tmp_path, {"other": "1"})
    tree.commit()
    for number in range(30):
        start = time.monotonic()
        tree.write(f"a{number}", "one")
        tree.commit()
        young = time.monotonic() - start < 0.02
        times = os.stat(tree.path(f"a{number}"))
        tree.write(f"a{number}", "ONE")
        os.utime(tree.path(f"a{number}"), ns=(times.st_atime_ns, times.st_mtime_ns))
        tree.move(f"a{number}", f"b{number}")
        said = tree.commit()
        if young:
            assert said == [("moved+modified", f"a{number}", f"b{number}")]


def test_two_files_change_places(tmp_path: Path) -> None:
    """A swap is two moves: each object follows its inode."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two"}})
    tree.commit()
    before = tree.ids()
    tree.move("a", "t")
    tree.move("d/b", "a")
    tree.move("t", "d/b")

    assert tree.commit() == [("moved", "d/b", "a"), ("moved", "a", "d/b")]
    assert tree.ids() == {"a": before["d/b"], "d": before["d"], "d/b": before["a"]}
    check_snapshot(tree)


def test_three_files_change_places(tmp_path: Path) -> None:
    """A cycle is as many moves as it has files."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "c": "three"})
    tree.commit()
    tree.move("a", "t")
    tree.move("b", "a")
    tree.move("c", "b")
    tree.move("t", "c")

    assert tree.commit() == [("moved", "b", "a"), ("moved", "c", "b"), ("moved", "a", "c")]
    check_snapshot(tree)


def test_a_file_moves_over_another(tmp_path: Path) -> None:
    """What moved keeps its identity; what was overwritten is gone."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    before = tree.ids()
    tree.move("a", "b")

    assert sorted(tree.commit()) == [("deleted", "b"), ("moved", "a", "b")]
    assert tree.ids() == {"b": before["a"]}
    check_snapshot(tree)


def test_a_shift_into_a_free_name_is_moves(tmp_path: Path) -> None:
    """The chain starts at a path that is gone: all of it moved."""
    tree = Tree(tmp_path, {"1": "one", "2": "two"})
    tree.commit()
    tree.move("2", "3")
    tree.move("1", "2")

    assert tree.commit() == [("moved", "1", "2"), ("moved", "2", "3")]
    check_snapshot(tree)


def test_a_rotated_log_stays_at_its_paths(tmp_path: Path) -> None:
    """The chain starts with a new inode: each path keeps its object, the oldest content gets a new one."""
    tree = Tree(tmp_path, {"log": "newest", "log.1": "older", "log.2": "oldest..."})
    tree.commit()
    before = tree.ids()
    tree.move("log.2", "log.3")
    tree.move("log.1", "log.2")
    tree.move("log", "log.1")
    tree.write("log", "just begun")

    assert tree.commit() == [("modified", "log"), ("modified", "log.1"), ("modified", "log.2"), ("added", "log.3")]
    assert {path: tree.ids()[path] for path in before} == before
    check_snapshot(tree)


def test_an_editor_saves_through_a_new_file(tmp_path: Path) -> None:
    """A new inode at an old path is the old object."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    before = tree.ids()
    tree.write(".a.swp", "edited")
    tree.move(".a.swp", "a")

    assert tree.commit() == [("modified", "a")]
    assert tree.ids() == before
    check_snapshot(tree)


def test_an_editor_makes_a_backup(tmp_path: Path) -> None:
    """The old inode under a new name is the copy, the new inode at the old path the object."""
    tree = Tree(tmp_path, {"f": "one"})
    tree.commit()
    before = tree.ids()
    tree.move("f", "f~")
    tree.write("f", "edited")

    assert tree.commit() == [("modified", "f"), ("added", "f~")]
    assert tree.ids()["f"] == before["f"]
    check_snapshot(tree)


def test_copies_are_objects_of_their_own(tmp_path: Path) -> None:
    """A copy is an addition, whatever it contains."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    tree.copy("a", "b")

    assert tree.commit() == [("added", "b")]
    assert len(set(tree.ids().values())) == 2
    check_snapshot(tree)


def test_a_copy_whose_original_is_deleted_is_a_move(tmp_path: Path) -> None:
    """Equal content is enough, if only one object is gone."""
    tree = Tree(tmp_path, {"a": "one", "other": "1"})
    tree.commit()
    tree.write("b", "one")
    tree.remove("a")

    assert tree.status() == [("moved", "a", "b")]
    assert tree.commit() == [("moved", "a", "b")]
    check_snapshot(tree)


def test_a_link_whose_original_is_deleted_is_a_move(tmp_path: Path) -> None:
    """The content of a symbolic link is its target."""
    tree = Tree(tmp_path, {"a": Link("target"), "other": "1"})
    tree.commit()
    os.symlink("target", tree.path("b"))
    tree.remove("a")

    assert tree.commit() == [("moved", "a", "b")]
    check_snapshot(tree)


def test_empty_files_are_not_paired_by_content(tmp_path: Path) -> None:
    """Nothing tells one empty file from another."""
    tree = Tree(tmp_path, {"a": "", "other": "1"})
    tree.commit()
    tree.write("keeps the inode number in use", "")
    tree.remove("a")

    assert sorted(tree.commit()) == [("added", "keeps the inode number in use"), ("deleted", "a")]
    check_snapshot(tree)


def test_an_empty_file_that_was_renamed_is_a_move(tmp_path: Path) -> None:
    """Its inode tells."""
    tree = Tree(tmp_path, {"a": "", "b": ""})
    tree.commit()
    tree.move("a", "c")

    assert tree.commit() == [("moved", "a", "c")]
    check_snapshot(tree)


@pytest.mark.parametrize("empty", [False, True], ids=["with content", "empty"])
def test_reused_inode_numbers_are_no_moves(tmp_path: Path, *, empty: bool) -> None:
    """A hundred files deleted and a hundred others created in their inodes did not move."""
    tree = Tree(tmp_path, {"old": {f"{n}": "" if empty else f"old {n}" for n in range(100)}, "stays": "1" * 10})
    for n in range(200):
        tree.write(f"many/{n}", f"so that deleting a hundred is allowed {n}")
    tree.commit()
    tree.remove(*(f"old/{n}" for n in range(100)))
    for n in range(100):
        tree.write(f"new/{n}", "" if empty else f"new {n}")

    told = {word[0] for word in tree.commit()}
    assert told == {"added", "deleted"}
    check_snapshot(tree)


@pytest.mark.parametrize("copies", [2, 3])
def test_several_of_one_content_are_told_by_name(tmp_path: Path, copies: int) -> None:
    """Of equal files the ones with the same name and the nearest directory are paired."""
    names = "abc"[:copies]
    tree = Tree(tmp_path, {"old": dict.fromkeys(names, "same"), "other": "1"})
    tree.commit()
    before = tree.ids()
    tree.copy("old", "new")
    tree.remove("old")
    tree.commit()

    assert {f"new/{name}": before[f"old/{name}"] for name in names}.items() <= tree.ids().items()
    check_snapshot(tree)


def test_a_move_over_a_directory_that_is_gone(tmp_path: Path) -> None:
    """A file may take the path of a directory, and the directory that of the file."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two"}})
    tree.commit()
    tree.move("a", "t")
    tree.move("d", "a")
    tree.move("t", "d")

    assert sorted(tree.commit()) == [("moved", "a", "d"), ("moved", "d", "a")]
    check_snapshot(tree)


def test_many_identical_files_take_linear_time(tmp_path: Path) -> None:
    """Four times as many equal files, copied and deleted, take some four times as long, not sixteen times."""
    took = {}
    for many in (2_000, 8_000):
        tree = Tree(tmp_path, {"d": dict.fromkeys(map(str, range(many)), "same")}, name=f"tree {many}")
        tree.commit()
        before = tree.ids()
        tree.copy("d", "e")
        tree.remove("d")
        start = time.process_time()
        assert tree.commit(allow_mass_deletion=True) == [("moved", "d", "e")]
        took[many] = time.process_time() - start
        assert tree.ids()["e/77"] == before["d/77"]
    assert took[8_000] < 10 * took[2_000] + 0.2
