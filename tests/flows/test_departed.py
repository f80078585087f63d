"""Directories that move while a commit looks at them: an object is at one place, in the history and in the cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.model.report import Tick
from tests.trees import Tree, check_snapshot, inside


def _commit_while(tree: Tree, happens: Callable[[], object], paths: tuple[str, ...] = ()) -> None:
    """Commit; something happens once the root was listed and nothing else was."""
    todo = [happens]

    def tick(tick: Tick) -> None:
        if todo:
            todo.pop()()

    tree.append("stays", "more")
    tree.repository.commit("a commit", [inside(path) for path in paths], progress=tick)
    assert not todo, "the root was listed"


@pytest.mark.parametrize("elsewhere", ["a", "z"])
def test_a_new_directory_in_place_of_one_that_moved_goes_away(tmp_path: Path, elsewhere: str) -> None:
    """What moved has its new name in the history and in the cache, whether it was seen before the other or after."""
    tree = Tree(tmp_path, {"d": {"inside": "1"}, "stays": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("d", elsewhere)
    tree.write("d/another", "2")
    _commit_while(tree, lambda: os.rename(tree.path("d"), tmp_path / "gone"))
    assert tree.ids() == {elsewhere: before["d"], f"{elsewhere}/inside": before["d/inside"], "stays": before["stays"]}
    tree.append(f"{elsewhere}/inside", "2")
    assert tree.commit() == [("modified", f"{elsewhere}/inside")]
    check_snapshot(tree)


def test_what_was_in_a_directory_that_cannot_be_opened_is_found_elsewhere(tmp_path: Path) -> None:
    """The directory stays in the history, without what left it."""
    tree = Tree(tmp_path, {"a": {"moves": {"inside": "1"}, "below": {"deep": {"inside": "2"}}}, "z": {}, "stays": "1"})
    tree.commit()
    before = tree.ids()
    tree.move("a/moves", "z/moves")
    tree.move("a/below/deep", "z/deep")
    _commit_while(tree, lambda: os.rename(tree.path("a"), tmp_path / "gone"))
    moved = {"a/moves": "z/moves", "a/below/deep": "z/deep"}
    after = {path: path for path in before} | {
        path: path.replace(old, new) for path in before for old, new in moved.items() if path.startswith(old)
    }
    assert tree.ids() == {after[path]: before[path] for path in before}
    os.rename(tmp_path / "gone", tree.path("a"))
    tree.append("z/deep/inside", "more")
    assert tree.commit() == [("modified", "z/deep/inside")]
    check_snapshot(tree)


@pytest.mark.parametrize("paths", [(), ("stays", "z")])
def test_a_directory_leaves_one_that_was_passed(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """The check found nothing new in the directory, but below it; then a child of it moved."""
    tree = Tree(tmp_path, {"u": {"k": {"file": "1"}, "moves": {"inside": "2"}}, "z": {"file": "3"}, "stays": "1"})
    tree.commit_calmly()
    before = tree.ids()
    tree.append("u/k/file", "more")
    tree.append("z/file", "more")
    _commit_while(tree, lambda: tree.move("u/moves", "z/moves"), paths)
    assert tree.ids() == {path.replace("u/moves", "z/moves"): it for path, it in before.items()}
    tree.commit()
    check_snapshot(tree)


def test_a_directory_that_moved_is_not_taken(tmp_path: Path) -> None:
    """A commit of some paths leaves it where it was, also if it cannot be seen that it left."""
    tree = Tree(tmp_path, {"u": {"k": {"file": "1"}, "moves": {"inside": "2"}}, "z": {"file": "3"}, "stays": "1"})
    tree.commit_calmly()
    before = tree.ids()
    tree.append("u/k/file", "more")
    tree.append("z/file", "more")
    _commit_while(tree, lambda: tree.move("u/moves", "z/moves"), ("stays", "z/file"))
    assert tree.ids() == before
    tree.commit()
    assert tree.ids() == {path.replace("u/moves", "z/moves"): it for path, it in before.items()}
    check_snapshot(tree)
