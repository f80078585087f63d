"""Directories into which their owner may not write, as an ordinary user meets them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.model.report import Advanced, Recovered
from tests.flows.pair import Pair, drawn
from tests.flows.two import carry, fetch, follow_head
from tests.trees import NOBODY, Tree, as_nobody, inside

pytestmark = pytest.mark.root
SHUT = 0o555


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A directory in which anybody may be."""
    os.chmod(tmp_path, 0o777)
    for above in (tmp_path.parent, tmp_path.parent.parent, tmp_path.parent.parent.parent):
        os.chmod(above, os.stat(above).st_mode | 0o055)
    return tmp_path


def nobodys(*trees: Tree) -> None:
    """Give trees to a user without rights."""
    for tree in trees:
        for at, directories, files in os.walk(tree.top):
            for each in (at, *(os.path.join(at, name) for name in directories + files)):
                os.chown(each, NOBODY, NOBODY, follow_symlinks=False)


def mode(tree: Tree, path: str) -> int:
    """The permissions of what is at a path."""
    return os.stat(tree.path(path)).st_mode & 0o777


def nothing_waits(tree: Tree) -> bool:
    """Whether no command is interrupted, and nothing is on its way."""
    return not any(os.path.exists(tree.path(f".annexish/{name}")) for name in ("journal", "staging"))


def both(top: Path, make: Callable[[Path], Pair]) -> tuple[Pair, Advanced]:
    """Merge as a user without rights, who may not import the library: so root does the same before."""
    pairs = []
    for name in ("root", "nobody"):
        (top / name).mkdir(mode=0o777)
        pair = make(top / name)
        pair.there.commit()
        pair.here.write("z", "zz")
        pair.here.commit()
        fetch(pair.here, pair.there)
        carry(pair.there, pair.here)
        pairs.append(pair)
    _merged(pairs[0].here.top)
    nobodys(pairs[1].here)
    return pairs[1], as_nobody(lambda: _merged(pairs[1].here.top))


def _merged(top: str) -> Advanced:
    """Merge, and commit again: nothing is in the way of that."""
    tree = Tree.opened(top)
    done = tree.repository.merge("refs/remotes/other/main").done
    tree.commit()
    return done


def test_a_file_moves_between_directories_that_are_shut_then(top: Path) -> None:
    """A directory is shut when all is in it."""

    def make(at: Path) -> Pair:
        pair = Pair(at, {"d1": {"f": "one", "g": "g"}, "d2": {"h": "h"}, "z": "z"})
        pair.there.move("d1/f", "d2/f")
        for name in ("d1", "d2"):
            os.chmod(pair.there.path(name), SHUT)
        return pair

    pair, done = both(top, make)
    assert done.problems == ()
    assert drawn(pair.here) == {"d1/g": "g", "d2/f": "one", "d2/h": "h", "z": "zz"}
    assert (mode(pair.here, "d1"), mode(pair.here, "d2")) == (SHUT, SHUT)
    assert nothing_waits(pair.here)


def test_a_file_comes_into_a_directory_that_is_shut_then(top: Path) -> None:
    """The same for one that is made, and for a directory that is new too."""

    def make(at: Path) -> Pair:
        pair = Pair(at, {"d": {"a": "one"}, "z": "z"})
        pair.there.write("d/new", "new")
        pair.there.write("e/new", "more")
        for name in ("d", "e"):
            os.chmod(pair.there.path(name), SHUT)
        return pair

    pair, done = both(top, make)
    assert done.problems == ()
    assert drawn(pair.here) == {"d/a": "one", "d/new": "new", "e/new": "more", "z": "zz"}
    assert (mode(pair.here, "d"), mode(pair.here, "e")) == (SHUT, SHUT)


def test_what_is_in_a_shut_directory_changes(top: Path) -> None:
    """Its owner opens it while the command works, a directory that moves too, and it is shut afterwards."""

    def make(at: Path) -> Pair:
        picture = {"d": {"a": "one", "b": "two", "c": "three"}, "m": {"x": {"y": "y"}}, "n": {}, "z": "z"}
        pair = Pair(at, picture)
        for tree in (pair.here, pair.there):
            os.chmod(tree.path("d"), SHUT)
            os.chmod(tree.path("m/x"), SHUT)
            tree.commit()
        follow_head(pair.there, pair.here)
        pair.there.remove("d/a")
        pair.there.move("d/b", "d/moved")
        pair.there.write("d/c", "other")
        pair.there.move("m/x", "n/x")
        pair.there.write("d/new", "new")
        return pair

    pair, done = both(top, make)
    assert done.problems == ()
    assert drawn(pair.here) == {"d/moved": "two", "d/c": "other", "d/new": "new", "n/x/y": "y", "z": "zz"}
    assert (mode(pair.here, "d"), mode(pair.here, "n/x")) == (SHUT, SHUT)


def test_a_directory_that_is_not_restored_is_shut_again(top: Path) -> None:
    """A path in it is restored, and it stays as it is."""

    def make(name: str) -> Tree:
        (top / name).mkdir()
        tree = Tree(top / name, {"d": {"a": "one"}, "z": "z"})
        tree.commit()
        tree.remove("d/a")
        tree.write("d/a", "two")
        tree.commit()
        os.chmod(tree.path("d"), SHUT)
        tree.commit()
        return tree

    def work(tree: Tree) -> Recovered:
        return Tree.opened(tree.top).repository.restore_here("HEAD~2", [inside("d/a")])[1]

    work(make("root"))
    tree = make("nobody")
    nobodys(tree)
    assert as_nobody(lambda: work(tree)).problems == ()
    assert (tree.read("d/a"), mode(tree, "d")) == (b"one", SHUT)


def test_what_another_does_not_let_in_goes_back(top: Path) -> None:
    """As near to where it was as there is a directory."""

    def make(at: Path) -> Pair:
        pair = Pair(at, {"d1": {"f": "one"}, "d2": {"h": "h"}, "z": "z"})
        pair.there.move("d1/f", "d2/f")
        pair.there.remove("d1")
        return pair

    (top / "other").mkdir()
    make(top / "other").merge()
    pair = make(top)
    pair.there.commit()
    fetch(pair.here, pair.there)
    nobodys(pair.here)
    os.chown(pair.here.path("d2"), 0, 0)

    done = as_nobody(lambda: _merged(pair.here.top))
    assert ("left", b"d2/f") in {(problem.code, bytes(problem.path)) for problem in done.problems}
    assert drawn(pair.here) == {"f": "one", "d2/h": "h", "z": "z"}
    assert nothing_waits(pair.here)
