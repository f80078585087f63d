"""Other file systems inside the tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.mounts import mounted, unmount
from tests.trees import Tree, check_snapshot, troubles, words

pytestmark = pytest.mark.root


def test_what_is_mounted_inside_belongs_to_the_tree(tmp_path: Path) -> None:
    """Without the setting, other file systems are scanned like the rest, whatever is below them."""
    tree = Tree(tmp_path, {"m": {}, "a": "1"})
    with mounted(tree.path("m")):
        tree.write("m/x/y/f", "one")
        tree.commit()
        assert "m/x/y/f" in tree.ls()
        check_snapshot(tree)

        tree.append("m/x/y/f", " more")
        assert tree.commit() == [("modified", "m/x/y/f")]
        tree.write("m/x/g", "two")
        assert tree.commit() == [("added", "m/x/g")]
        tree.write("m/h", "three")
        assert tree.commit() == [("added", "m/h")]
        tree.append("m/x/y/f", " and more")
        tree.write("m/x/y/new", "")
        assert tree.commit() == [("modified", "m/x/y/f"), ("added", "m/x/y/new")]
        tree.write("b", "")
        assert tree.commit() == [("added", "b")]
        check_snapshot(tree)


def test_an_unmounted_disk_is_unreadable_and_not_deleted(tmp_path: Path) -> None:
    """A directory that was a mount point keeps what it had until it is one again."""
    tree = Tree(tmp_path, {"m": {}, "a": "1"})
    with mounted(tree.path("m")):
        draw = {f"m/{number}": f"{number}" for number in range(5)}
        for path, data in draw.items():
            tree.write(path, data)
        tree.commit()
        recorded = tree.ls()
        unmount(tree.path("m"))

        assert tree.status() == []
        assert tree.problems() == [("unreadable", "m")]
        tree.write("b", "2")
        said = tree.committed()
        assert words(said) == [("added", "b")]
        assert troubles(said.problems) == [("unreadable", "m")]
        assert recorded.items() <= tree.ls().items()


def test_a_disk_that_is_mounted_again(tmp_path: Path) -> None:
    """What is there then is compared with what was."""
    tree = Tree(tmp_path, {"m": {}, "a": "1"})
    with mounted(tree.path("m")):
        tree.write("m/f", "one")
        tree.commit()
        before = tree.ids()
        unmount(tree.path("m"))
        tree.write("b", "2")
        tree.commit()
    with mounted(tree.path("m")):
        tree.write("m/f", "two")
        said = tree.commit()
        assert ("modified", "m/f") in said
        assert ("deleted", "m/f") not in said
        assert tree.ids()["m/f"] == before["m/f"]
        check_snapshot(tree)


def test_one_file_system(tmp_path: Path) -> None:
    """With the setting, what is mounted inside is an empty directory, and what was tracked stays."""
    tree = Tree(tmp_path, {"m": {}, "old": {}, "a": "1"})
    with mounted(tree.path("m")), mounted(tree.path("old")):
        tree.write("old/f", "one")
        tree.repository.config_set("scan.one-file-system", "on")
        tree.write("m/f", "one")
        tree.commit()
        assert sorted(tree.ls()) == ["a", "m", "old"]
        assert tree.status() == []

        tree.repository.config_set("scan.one-file-system", "off")
        assert tree.commit() == [("added", "m/f"), ("added", "old/f")]
        tree.repository.config_set("scan.one-file-system", "on")
        tree.append("m/f", "!")
        tree.write("m/g", "")
        assert tree.status() == []
        tree.write("b", "2")
        assert tree.commit() == [("added", "b")]
        assert "m/f" in tree.ls()


def test_a_move_between_file_systems(tmp_path: Path) -> None:
    """A move across a mount point is a copy and a deletion: content tells."""
    tree = Tree(tmp_path, {"m": {}, "d": {"f": "one", "g": {"h": "two"}}, "a": "1"})
    with mounted(tree.path("m")):
        tree.commit()
        before = tree.ids()
        tree.copy("d", "m/d")
        tree.remove("d")

        assert tree.commit() == [("moved", "d", "m/d")]
        assert tree.ids()["m/d/g/h"] == before["d/g/h"]
        check_snapshot(tree)


def test_changes_on_a_file_system_that_is_not_trusted(tmp_path: Path) -> None:
    """Inside another file system the same holds as at the root."""
    tree = Tree(tmp_path, {"m": {}, "a": "1"})
    with mounted(tree.path("m"), "ramfs"):
        tree.write("m/f", "one")
        tree.commit()
        for number in range(5):
            tree.write(f"m/{number}", "")
            tree.write("m/f", f"{number}!!")
            assert ("modified", "m/f") in tree.commit()
        tree.move("m/f", "m/g")
        assert tree.commit() == [("moved", "m/f", "m/g")]
        check_snapshot(tree)
        assert os.path.ismount(tree.path("m"))
