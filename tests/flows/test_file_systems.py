"""The same journeys on other file systems, trusted or not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import MakeFilesystem
from tests.trees import Tree, check_snapshot, fsck

KINDS = ["ext4", "xfs", "btrfs", "tmpfs", "ramfs", "vfat"]
PICTURE = {
    "album": {"cd1": {"1": "first", "2": "second"}, "cover": "picture"},
    "a": "one",
    "b": "two",
    "many": {f"{n}": f"file {n}" for n in range(60)},
}


@pytest.fixture(params=KINDS)
def tree(request: pytest.FixtureRequest, filesystem: MakeFilesystem) -> Tree:
    """A tree on a file system of each kind."""
    tree = Tree(filesystem(request.param), PICTURE)
    tree.commit()
    return tree


def test_moves(tree: Tree) -> None:
    """A renamed file and a renamed directory are moves, by inode or by content."""
    before = tree.ids()
    tree.move("a", "many/c")
    tree.move("album", "record")

    assert sorted(tree.status()) == [("moved", "a", "many/c"), ("moved", "album", "record")]
    assert sorted(tree.commit()) == [("moved", "a", "many/c"), ("moved", "album", "record")]
    assert tree.ids()["record/cd1/1"] == before["album/cd1/1"]
    check_snapshot(tree)
    fsck(tree)


def test_changes(tree: Tree) -> None:
    """Edits, also of the same size at once after a commit, additions and deletions."""
    for number in range(3):
        tree.write("a", f"{number:03}")
        tree.write(f"album/new{number}", "")
        assert tree.commit() == [("modified", "a"), ("added", f"album/new{number}")]
        tree.remove(f"album/new{number}")
        assert tree.commit() == [("deleted", f"album/new{number}")]
    check_snapshot(tree)


@pytest.mark.parametrize("size", [0, 10])
def test_deleted_and_created(tree: Tree, size: int) -> None:
    """Others in place of what was deleted did not move, though they may have its inode numbers."""
    for number in range(30):
        tree.write(f"old/{number}", b"o" * size + b"%d" % number * bool(size))
    tree.commit()
    tree.remove("old")
    for number in range(30):
        tree.write(f"new/{number}", b"n" * size + b"%d" % number * bool(size))

    assert {word[0] for word in tree.commit()} == {"added", "deleted"}
    check_snapshot(tree)


def test_a_swap(tree: Tree) -> None:
    """Two files change places: moves, or edits where inodes tell nothing; the bytes are right."""
    tree.move("a", "t")
    tree.move("b", "a")
    tree.move("t", "b")
    said = tree.commit()

    assert said in ([("moved", "b", "a"), ("moved", "a", "b")], [("modified", "a"), ("modified", "b")])
    check_snapshot(tree)


def test_nothing_changed(tree: Tree) -> None:
    """There is nothing to commit, again and again."""
    for _ in range(3):
        assert tree.status() == []
        assert tree.committed().commit is None


def test_a_copy_to_another_file_system(tree: Tree, tmp_path: Path) -> None:
    """Metadata that a file system cannot hold is no change."""
    assert os.path.isdir(tree.top)
    os.utime(tree.path("a"), ns=(0, 1_700_000_000_987_654_321))
    tree.commit()
    assert tree.status() == []
    assert tree["a"].mtime_ns == os.stat(tree.path("a")).st_mtime_ns
    check_snapshot(tree)
