"""Objects that moved and were saved through another inode: the keep has the bytes that they had."""

from __future__ import annotations

from pathlib import Path

from tests.trees import Tree, check_snapshot

TEXT = "".join(f"line {number}\n" for number in range(100))


def test_a_file_that_moved_and_was_saved_anew(tmp_path: Path) -> None:
    """Neither inode nor digest tell, the bytes do."""
    tree = Tree(tmp_path, {"a.txt": TEXT, "d": {"other": "other"}})
    tree.commit()
    before = tree.ids()
    tree.write("d/b.txt", "a new line\n" + TEXT)
    tree.remove("a.txt")

    assert tree.status() == [("moved+modified", "a.txt", "d/b.txt")]
    assert tree.commit() == [("moved+modified", "a.txt", "d/b.txt")]
    assert tree.ids()["d/b.txt"] == before["a.txt"]
    check_snapshot(tree)


def test_without_the_keep_nobody_knows(tmp_path: Path) -> None:
    """The old bytes are gone, so it is a deletion and an addition."""
    tree = Tree(tmp_path, {"a.txt": TEXT})
    tree.repository.config_set("keep.mode", "off")
    tree.commit()
    tree.write("b.txt", "a new line\n" + TEXT)
    tree.remove("a.txt")
    assert tree.commit(allow_mass_deletion=True) == [("deleted", "a.txt"), ("added", "b.txt")]
