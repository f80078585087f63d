"""What was recorded without being kept is kept later, as soon as that is possible."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import MakeFilesystem
from tests.flows.kept import kept
from tests.flows.test_keep import kept_wrongly, not_kept
from tests.mounts import mounted
from tests.trees import Tree, inside

PICTURE = {"a": "1", "b": "22", "empty": "", "d": {"c": "22", "e": {"f": "333"}}, "g": "55555"}


def calm(tree: Tree) -> None:
    """No file needs to be read again."""
    while tree.committed().read:
        pass


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree that was committed while the safety net was off, and is not touched any more."""
    tree = Tree(tmp_path, PICTURE)
    tree.repository.config_set("keep.mode", "off")
    tree.commit()
    calm(tree)
    return tree


def test_what_was_committed_while_the_net_was_off(tree: Tree) -> None:
    """The next commit keeps it all, although nothing changed; readers do not, and the one after it reads nothing."""
    tree.repository.config_set("keep.mode", "auto")
    tree.status()
    list(tree.repository.lost())
    assert not os.path.exists(tree.path(".annexish/keep"))

    done = tree.committed()
    assert (done.commit, done.read["files"]) == (None, 5)
    assert (not_kept(tree), kept_wrongly(tree)) == ([], [])
    calm(tree)
    assert dict(tree.committed().read) == {}
    assert tree.status() == []


def test_together_with_changes(tree: Tree) -> None:
    """What changed is recorded, what moved is found, and the names are those of the bytes that are there now."""
    ids = tree.ids()
    tree.repository.config_set("keep.mode", "link")
    tree.write("a", "2")
    tree.move("d", "moved")
    tree.move("g", "gone")
    tree.write("new", "4444")
    assert tree.commit() == [("modified", "a"), ("moved", "g", "gone"), ("moved", "d", "moved"), ("added", "new")]
    assert (not_kept(tree), kept_wrongly(tree)) == ([], [])
    assert not kept(tree, "1")
    assert tree.ids()["moved/e/f"] == ids["d/e/f"]


def test_a_commit_of_a_part_leaves_it_to_the_next(tree: Tree) -> None:
    """It keeps what it records; the next commit of everything keeps the rest."""
    tree.repository.config_set("keep.mode", "link")
    tree.write("new", "4444")
    tree.repository.commit("a part", [inside("new")])
    assert (kept(tree, "4444"), kept(tree, "1")) == (True, False)
    tree.commit()
    assert not_kept(tree) == []


def test_off_and_on_around_a_commit_of_a_part(tmp_path: Path) -> None:
    """What was not kept in between is kept by the next commit of everything."""
    tree = Tree(tmp_path, PICTURE)
    tree.commit()
    tree.repository.config_set("keep.mode", "off")
    tree.write("new", "4444")
    tree.repository.commit("a part", [inside("new")])
    tree.repository.config_set("keep.mode", "auto")
    calm(tree)
    assert not_kept(tree) == []


def test_a_large_directory(tmp_path: Path) -> None:
    """Of one in shards too, only what is not kept is read."""
    tree = Tree(tmp_path, {"d": {f"{number}": f"{number}" for number in range(5000)}})
    tree.commit()
    calm(tree)
    tree.repository.config_set("keep.mode", "off")
    for number in range(3):
        tree.write(f"d/new{number}", f"new{number}")
    tree.commit()
    calm(tree)
    tree.repository.config_set("keep.mode", "link")
    assert tree.committed().read["files"] == 3
    assert [kept(tree, f"new{number}") for number in range(3)] == [True] * 3
    calm(tree)
    assert tree.status() == []


@pytest.mark.root
def test_what_could_not_be_kept_is_counted_until_it_is(filesystem: MakeFilesystem) -> None:
    """An immutable file is copied once copies are allowed, and is no longer unprotected."""
    tree = Tree(filesystem("ext4"), {"a": "1", "fixed": "fixed"})
    subprocess.run(["chattr", "+i", tree.path("fixed")], check=True)
    try:
        tree.commit()
        calm(tree)
        assert tree.repository.status().unprotected == 1
        tree.repository.config_set("keep.copy-below", "2")
        calm(tree)
        assert tree.repository.status().unprotected == 1
        tree.repository.config_set("keep.copy-below", "100")
        assert tree.committed().read["files"] == 1
        assert tree.repository.status().unprotected == 0
        assert kept(tree, "fixed")
    finally:
        subprocess.run(["chattr", "-i", tree.path("fixed")], check=True)


@pytest.mark.root
def test_what_is_mounted_before_its_keep_is_asked_for(tmp_path: Path) -> None:
    """Its files are read once more, and no others."""
    tree = Tree(tmp_path, {"a": "1", "in": {}})
    with mounted(tree.path("in")):
        tree.write("in/x", "one")
        tree.write("in/d/y", "two")
        tree.commit()
        calm(tree)
        assert tree.repository.status().unprotected == 2
        tree.repository.config_set("keep.mounts", "in")
        assert tree.committed().read["files"] == 2
        assert tree.repository.status().unprotected == 0
        calm(tree)
        tree.remove("in/d")
        tree.commit()
        assert [one.recoverable for one in tree.repository.lost()] == [True, True]


@pytest.mark.root
def test_a_keep_that_was_removed_is_asked_for_again(tmp_path: Path) -> None:
    """Only then it is made anew: a disk in the place of another one is not taken for it."""
    tree = Tree(tmp_path, {"a": "1", "in": {}})
    with mounted(tree.path("in")):
        tree.repository.config_set("keep.mounts", "in")
        tree.write("in/x", "one")
        tree.commit()
        calm(tree)
        for asked in (False, True):
            subprocess.run(["rm", "-r", tree.path("in/.annexish-keep")], check=True)
            if not asked:
                tree.write("in/y", "two")
                tree.commit()
                assert not os.path.exists(tree.path("in/.annexish-keep"))
            tree.repository.config_set("keep.mounts", "in")
            tree.commit()
            assert sum(len(files) for _, _, files in os.walk(tree.path("in/.annexish-keep"))) == 3


def test_a_content_that_comes_to_where_it_can_be_kept(tmp_path: Path) -> None:
    """A copy of an unprotected file makes its content a kept one."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    tree = Tree(tmp_path, {"a": "1", "in": {}})
    with mounted(tree.path("in")):
        tree.write("in/x", "one")
        tree.commit()
        assert tree.repository.status().unprotected == 1
        tree.copy("in/x", "x")
        tree.commit()
        assert tree.repository.status().unprotected == 0
