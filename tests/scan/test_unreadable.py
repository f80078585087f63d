"""What cannot be read: reported by name, with a reason, and never a deletion."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.trees import NOBODY, Tree, Word, as_nobody, check_snapshot, fsck, recorded, troubles, words

PICTURE = {
    "d": {"inside": "1", "deep": {"er": "2"}},
    "f": "one",
    "g": "two",
    "many": {f"{n}": f"{n}" for n in range(20)},
}

Told = tuple[list[Word], list[tuple[str, str]]]


@pytest.fixture
def tree() -> Iterator[Tree]:
    """A repository of a user without rights; root is stopped by nothing."""
    top = tempfile.mkdtemp(prefix="annexish-tests-")
    try:
        if os.geteuid() == 0:
            os.chown(top, NOBODY, NOBODY)
            yield as_nobody(lambda: _planted(top))
        else:
            yield _planted(top)
    finally:
        shutil.rmtree(top, onerror=_allow)


def _planted(top: str) -> Tree:
    tree = Tree(Path(top), PICTURE)
    tree.commit()
    return tree


def _allow(call: Callable[..., object], path: str, _: object) -> None:
    os.chmod(os.path.dirname(path), 0o700)
    os.chmod(path, 0o700)
    call(path)


def _do(work: Callable[[], Told]) -> Told:
    return as_nobody(work) if os.geteuid() == 0 else work()


def _status(tree: Tree) -> Told:
    status = tree.repository.status()
    return words(status), troubles(status.problems)


def _commit(tree: Tree) -> Told:
    said = tree.committed()
    return words(said), troubles(said.problems)


def _as_nobody(tree: Tree, what: Callable[[Tree], Told]) -> Told:
    return _do(lambda: what(tree))


def test_a_directory_without_rights(tree: Tree) -> None:
    """All that was known below it stays."""
    before = recorded(tree)
    os.chmod(tree.path("d"), 0)

    assert _as_nobody(tree, _status) == ([], [("unreadable", "d")])
    os.chmod(tree.path("f"), 0o640)
    assert _as_nobody(tree, _commit) == ([("metadata", "f")], [("unreadable", "d")])
    assert recorded(tree) == before
    os.chmod(tree.path("d"), 0o755)
    assert _as_nobody(tree, _commit) == ([], [])
    check_snapshot(tree)


def test_a_file_without_rights(tree: Tree) -> None:
    """A file whose record moved and whose content cannot be read stays what it was."""
    before = recorded(tree)
    os.chmod(tree.path("f"), 0)

    assert _as_nobody(tree, _status) == ([], [("unreadable", "f")])
    assert _as_nobody(tree, _commit) == ([], [("unreadable", "f")])
    assert recorded(tree) == before
    os.chmod(tree.path("f"), 0o600)
    assert _as_nobody(tree, _commit) == ([("metadata", "f")], [])
    fsck(tree)


def test_new_things_without_rights(tree: Tree) -> None:
    """They are left out until they can be read, then recorded."""
    tree.write("new", "three")
    tree.write("e/x", "four")
    for path in ("new", "e"):
        shutil.chown(tree.path(path), NOBODY) if os.geteuid() == 0 else None
        os.chmod(tree.path(path), 0)

    expected = [("unreadable", "e"), ("unreadable", "new")]
    assert _as_nobody(tree, _commit) == ([], expected)
    assert _as_nobody(tree, _commit) == ([], expected)
    assert "new" not in tree.ls()
    for path in ("new", "e"):
        os.chmod(tree.path(path), 0o755)
    assert _as_nobody(tree, _commit) == ([("added", "e"), ("added", "e/x"), ("added", "new")], [])
    check_snapshot(tree)


def test_a_directory_that_can_be_listed_but_not_entered(tree: Tree) -> None:
    """Its names are there, their records are not: all stays."""
    before = recorded(tree)
    os.chmod(tree.path("d"), 0o444)

    said = [("unreadable", "d/deep"), ("unreadable", "d/inside")]
    assert _as_nobody(tree, _commit) == ([("metadata", "d")], said)
    assert recorded(tree) == before
    assert _as_nobody(tree, _commit) == ([], said)
    os.chmod(tree.path("d"), 0o755)
    assert _as_nobody(tree, _commit) == ([("metadata", "d")], [])
    check_snapshot(tree)


def test_a_directory_that_can_be_entered_but_not_listed(tree: Tree) -> None:
    """What is in it is unknown, so all stays."""
    before = recorded(tree)
    os.chmod(tree.path("d"), 0o311)

    assert _as_nobody(tree, _commit) == ([], [("unreadable", "d")])
    assert recorded(tree) == before


def test_an_unreadable_directory_moves(tree: Tree) -> None:
    """It is known by its inode, and what is in it moves along; later commits know where it is."""
    before = tree.ids()
    os.chmod(tree.path("d"), 0)
    tree.move("d", "e")

    assert _as_nobody(tree, _commit) == ([("moved", "d", "e")], [("unreadable", "e")])
    assert tree.ids()["e/deep/er"] == before["d/deep/er"]
    tree.write("more", "1")
    assert _as_nobody(tree, _commit) == ([("added", "more")], [("unreadable", "e")])
    tree.move("e", "many/e")
    assert _as_nobody(tree, _commit) == ([("moved", "e", "many/e")], [("unreadable", "many/e")])
    os.chmod(tree.path("many/e"), 0o755)
    assert _as_nobody(tree, _commit) == ([], [])
    check_snapshot(tree)


def test_an_unreadable_file_moves(tree: Tree) -> None:
    """It is known by its inode, and what it was stays known; it is read when it can be."""
    os.chmod(tree.path("f"), 0)
    before = tree.ids()
    tree.move("f", "h")
    told, problems = _as_nobody(tree, _commit)

    assert problems == [("unreadable", "h")]
    assert told == [("moved", "f", "h")]
    assert tree.ids()["h"] == before["f"]
    assert _as_nobody(tree, _commit) == ([], [("unreadable", "h")])
    tree.write("h", "other")
    os.chmod(tree.path("h"), 0o644)
    assert _as_nobody(tree, _commit) == ([("modified", "h")], [("note", "h")])
    assert tree.ids()["h"] == before["f"]
    check_snapshot(tree)


def test_a_link_that_cannot_be_followed_is_recorded(tree: Tree) -> None:
    """A link to something without rights is only a link."""
    os.chmod(tree.path("d"), 0)
    os.symlink("d/inside", tree.path("l"))

    assert _as_nobody(tree, _commit) == ([("added", "l")], [("unreadable", "d")])


def test_an_unreadable_ignore_file(tree: Tree) -> None:
    """It is reported; what it would have left out is recorded rather than lost."""
    tree.write(".annexishignore", "*.tmp\n")
    tree.write("x.tmp", "1")
    os.chmod(tree.path(".annexishignore"), 0)
    told, problems = _as_nobody(tree, _commit)

    assert problems == [("unreadable", ".annexishignore")]
    assert ("added", "x.tmp") in told
