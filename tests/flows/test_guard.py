"""Most files gone: refused until a person says yes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from annexish.errors import Refused
from tests.trees import Tree, check_snapshot


def _tree(top: Path, files: int = 40) -> Tree:
    tree = Tree(top, {"d": {f"{n}": f"file {n}" for n in range(files)}, "other": {}})
    tree.commit()
    return tree


def test_more_than_half_is_refused(tmp_path: Path) -> None:
    """Nothing is recorded, and the error has its exit code and a hint."""
    tree = _tree(tmp_path)
    tree.remove(*(f"d/{n}" for n in range(21)))
    with pytest.raises(Refused, match="21 of 40") as refused:
        tree.commit()

    assert refused.value.exit_code == 5
    assert "--allow-mass-deletion" in refused.value.hint
    assert tree.heads() == 1
    assert len(tree.status()) == 21
    assert len(tree.commit(allow_mass_deletion=True)) == 21
    check_snapshot(tree)


def test_half_is_allowed(tmp_path: Path) -> None:
    """The limit itself is no excess."""
    tree = _tree(tmp_path)
    tree.remove(*(f"d/{n}" for n in range(20)))

    assert len(tree.commit()) == 20


def test_few_files_are_no_mass(tmp_path: Path) -> None:
    """Fewer than ten deletions are allowed, as long as something is left."""
    tree = _tree(tmp_path, files=10)
    tree.remove(*(f"d/{n}" for n in range(9)))

    assert len(tree.commit()) == 9


def test_everything_gone_is_refused(tmp_path: Path) -> None:
    """Even if it was only one file."""
    tree = _tree(tmp_path, files=1)
    tree.remove("d/0")
    with pytest.raises(Refused):
        tree.commit()

    assert tree.commit(allow_mass_deletion=True) == [("deleted", "d/0")]


@pytest.mark.parametrize("how", ["rename", "rename each", "copy and delete"])
def test_moves_do_not_count(tmp_path: Path, how: str) -> None:
    """However the files were moved: nothing is gone."""
    tree = _tree(tmp_path)
    if how == "rename":
        tree.move("d", "e")
    elif how == "copy and delete":
        shutil.copytree(tree.path("d"), tree.path("e"))
        tree.remove("d")
    else:
        os.mkdir(tree.path("e"))
        for n in range(40):
            tree.move(f"d/{n}", f"e/x{n}")
        os.rmdir(tree.path("d"))
    tree.commit()

    check_snapshot(tree)
    assert len(tree.ls()) == 42


def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    """A part or a number."""
    tree = _tree(tmp_path)
    tree.repository.config_set("guard.max_deletions", "12")
    tree.remove(*(f"d/{n}" for n in range(13)))
    with pytest.raises(Refused):
        tree.commit()
    tree.repository.config_set("guard.max_deletions", "90%")
    assert len(tree.commit()) == 13


def test_the_count_keeps_up(tmp_path: Path) -> None:
    """Moves over files, swaps, kinds that change and copies leave the number of files right."""
    tree = _tree(tmp_path, files=12)
    tree.move("d/0", "d/1")
    tree.move("d/2", "t")
    tree.move("d/3", "d/2")
    tree.move("t", "d/3")
    tree.remove("d/4")
    tree.write("d/4/inside", "1")
    tree.copy("d/5", "other/5")
    tree.commit()
    for again in range(3):
        tree.move("d/5", "t")
        tree.move("d/6", "d/5")
        tree.move("t", "d/6")
        tree.append("d/7", f"{again}")
        tree.commit()
    # d/1 d/2 d/3 d/4/inside d/5 ... d/11 and other/5
    tree.remove("d", "other/5")
    with pytest.raises(Refused, match="12 of 12"):
        tree.commit()
