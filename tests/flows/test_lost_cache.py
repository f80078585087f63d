"""The stat cache is lost: it is made again from the history, and knows no deletions."""

from __future__ import annotations

import os
from pathlib import Path

from tests.trees import Tree, check_snapshot, fsck

PICTURE = {
    "a": "one",
    "b": "two",
    "d": {"e": {"f": "three", "g": "four"}, "h": "five"},
    "many": {f"{n}": f"file {n}" for n in range(30)},
    "empty": {},
}


def _forget(tree: Tree) -> None:
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))


def _tree(top: Path) -> Tree:
    tree = Tree(top, PICTURE)
    tree.commit()
    return tree


def test_nothing_changed(tmp_path: Path) -> None:
    """All objects are what they were; there is nothing to commit."""
    tree = _tree(tmp_path)
    before = tree.ls()
    _forget(tree)

    assert tree.status() == []
    assert tree.repository.status().absent == 0
    assert tree.committed().commit is None
    assert tree.committed().commit is None
    assert tree.ls() == before
    check_snapshot(tree)


def test_changes_are_found(tmp_path: Path) -> None:
    """Edits and additions are recorded, at the objects that were there."""
    tree = _tree(tmp_path)
    before = tree.ids()
    _forget(tree)
    tree.append("d/e/f", "!")
    tree.write("d/e/new", "six")
    tree.write("a", "ONE")

    assert tree.commit() == [("modified", "a"), ("modified", "d/e/f"), ("added", "d/e/new")]
    assert before.items() <= tree.ids().items()
    check_snapshot(tree)


def test_a_missing_file_is_absent(tmp_path: Path) -> None:
    """Nobody knows whether it was here: it stays in the history, and is counted."""
    tree = _tree(tmp_path)
    before = tree.ids()
    _forget(tree)
    tree.remove("a", "d/e/g")

    assert tree.status() == []
    assert tree.repository.status().absent == 2
    for _ in range(3):
        tree.commit()
        assert tree.repository.status().absent == 2
    assert tree.ids() == before
    tree.write("a", "one")
    tree.commit()
    assert tree.ids()["a"] == before["a"]
    assert tree.repository.status().absent == 1
    fsck(tree)


def test_a_missing_directory_is_absent(tmp_path: Path) -> None:
    """With all that is in it, for ever; until it is here again."""
    tree = _tree(tmp_path)
    before = tree.ids()
    _forget(tree)
    tree.move("d", ".annexish/elsewhere")

    assert tree.status() == []
    assert tree.repository.status().absent == 3
    for number in range(3):
        tree.commit()
        assert tree.repository.status().absent == 3
        tree.write(f"new{number}", "")
        assert tree.commit() == [("added", f"new{number}")]
    assert before.items() <= tree.ids().items()
    tree.move(".annexish/elsewhere", "d")
    tree.remove("d/e/f")
    tree.commit()
    assert before.items() <= tree.ids().items()
    assert tree.repository.status().absent == 1


def test_something_else_in_the_place_of_an_absent_directory(tmp_path: Path) -> None:
    """The directory goes on beside it, with what is absent in it."""
    tree = _tree(tmp_path)
    _forget(tree)
    tree.move("d", ".annexish/elsewhere")
    tree.commit()
    before = tree.ids()
    tree.write("d", "a file")
    done = tree.committed()

    assert [each.path for each in done.conflicts] == [b"d"]
    assert set(before.values()) < set(tree.ids().values())
    assert tree.repository.status().absent == 3
    assert tree.repository.verify().problems == ()


def test_what_goes_afterwards_is_a_deletion(tmp_path: Path) -> None:
    """Once a commit saw a file, it is present, and its end a deletion that the guard allows."""
    tree = _tree(tmp_path)
    _forget(tree)
    tree.commit()
    tree.remove("a", "d")

    assert tree.commit() == [("deleted", path) for path in ("a", "d", "d/e", "d/e/f", "d/e/g", "d/h")]
    check_snapshot(tree)


def test_moves_are_not_told_but_nothing_is_lost(tmp_path: Path) -> None:
    """What was renamed meanwhile is a new object, and the old one absent."""
    tree = _tree(tmp_path)
    before = tree.ids()
    _forget(tree)
    tree.move("a", "z")
    tree.commit()

    assert before.items() <= tree.ids().items()
    assert tree.repository.status().absent == 1


def test_a_large_directory(tmp_path: Path) -> None:
    """The same holds for a directory in parts."""
    tree = Tree(tmp_path, {"large": {f"{n}": "" for n in range(4500)}})
    tree.commit()
    before = tree.ids()
    _forget(tree)
    tree.remove("large/17", "large/4000")
    tree.write("large/18", "x")

    assert tree.commit() == [("modified", "large/18")]
    assert tree.ids() == before
    assert tree.repository.status().absent == 2
    tree.remove("large/19")
    assert tree.commit() == [("deleted", "large/19")]


def test_what_is_missing_of_a_large_directory_is_absent(tmp_path: Path) -> None:
    """In all of its shards, whether something is present in them or not; later commits delete nothing."""
    tree = Tree(tmp_path, {"many": {f"{n:05}": f"file {n}" for n in range(5000)}})
    tree.commit()
    _forget(tree)
    tree.move("many/00009", "../aside")
    tree.remove(*[f"many/{n:05}" for n in range(5000) if n not in (7, 8, 9)])

    assert tree.commit() == []
    assert tree.status() == []
    assert tree.repository.status().absent == 4998
    tree.move("../aside", "many/00009")
    tree.append("many/00007", "!")
    assert tree.commit() == [("modified", "many/00007")]
    assert tree.repository.status().absent == 4997
    tree.remove("many/00008")
    assert tree.commit() == [("deleted", "many/00008")]
