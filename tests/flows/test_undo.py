"""What an operation did is taken back, and can be done again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Missing, Refused
from annexish.model.path import TOP, RepoPath
from annexish.model.report import Undone
from annexish.store.journal import Journal, Request
from tests.conftest import DEEP
from tests.flows.pair import Pair, drawn
from tests.flows.test_restore_here import timeless
from tests.randomly import Worker
from tests.rich import everything
from tests.trees import Tree, check_snapshot, inside


def undo(tree: Tree, number: int | None = None) -> Undone:
    """Take back."""
    return tree.repository.undo(number)


def left(done: Undone) -> list[tuple[str, str]]:
    """(code, path) of what was not taken back."""
    return [(problem.code, os.fsdecode(problem.path)) for problem in done.done.problems]


def listed(tree: Tree) -> list[tuple[int, str]]:
    """(number, command) of what was done, newest first."""
    return [(one.number, one.command) for one in tree.repository.operations()]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree of two commits: the second one deletes, replaces, moves and adds."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "c": "three", "d": {"x": "1", "y": "22"}})
    tree.commit()
    tree.remove("a", "b", "d/y")
    tree.write("b", "two, changed")
    tree.move("c", "moved")
    tree.write("new", "new")
    os.chmod(tree.path("d"), 0o700)
    tree.commit()
    return tree


def test_a_commit(tree: Tree) -> None:
    """The files are what they were before it, as a new commit; every object is itself."""
    ids = tree.ids("HEAD~1")
    done = undo(tree)

    assert (done.operation.number, done.done.problems) == (2, ())
    assert done.commit == tree.repository.show().commit.id
    assert tree.repository.diff("HEAD~2", "HEAD").difference.counts == {}
    assert tree.ids() == ids
    assert (tree.heads(), tree.read("b"), tree.read("d/y")) == (3, b"two", b"22")
    check_snapshot(tree)


def test_an_undo(tree: Tree) -> None:
    """Undone, the first operation is done again, and so on."""
    before, ids = everything(tree.top), tree.ids()
    for _ in range(2):
        undo(tree)
        assert undo(tree).done.problems == ()
        assert timeless(everything(tree.top)) == timeless(before)
        assert tree.ids() == ids
    assert [command for _, command in listed(tree) if command == "undo"] == ["undo"] * 4


def test_an_older_operation(tree: Tree) -> None:
    """What later ones did to other files stays."""
    tree.write("later", "1")
    tree.write("d/x", "1, changed")
    tree.commit()
    done = undo(tree, 2)

    assert left(done) == []
    assert (tree.read("later"), tree.read("d/x")) == (b"1", b"1, changed")
    assert (tree.read("a"), tree.read("b"), tree.read("c"), tree.read("d/y")) == (b"one", b"two", b"three", b"22")
    assert not os.path.lexists(tree.path("new"))


def test_an_older_operation_on_what_changed_since(tree: Tree) -> None:
    """It stays as it is and is named; the rest is taken back."""
    tree.remove("b")
    tree.write("b", "changed again")
    tree.write("a", "somebody else")
    tree.move("moved", "moved again")
    tree.commit()
    done = undo(tree, 2)

    assert sorted(left(done)) == [("left", "a"), ("left", "b"), ("left", "moved")]
    assert (tree.read("b"), tree.read("a"), tree.read("moved again")) == (b"changed again", b"somebody else", b"three")
    assert tree.read("d/y") == b"22"


def test_metadata_of_a_directory_that_changed_since(tmp_path: Path) -> None:
    """They stay, though something in it is taken back."""
    tree = Tree(tmp_path, {"d": {"x": "1"}, "a": "1"})
    tree.commit()
    tree.write("d/y", "2")
    tree.commit()
    os.chmod(tree.path("d"), 0o700)
    tree.commit()
    undo(tree, 2)

    assert os.listdir(tree.path("d")) == ["x"]
    assert os.stat(tree.path("d")).st_mode & 0o777 == 0o700


def test_what_was_not_committed(tree: Tree) -> None:
    """It is committed first, so that nothing is lost; what is in the way of an undo stays."""
    tree.write("dirty", "mine")
    tree.write("new", "edited")
    done = undo(tree, 2)

    assert ("left", "new") in left(done)
    assert (tree.read("dirty"), tree.read("new"), tree.read("a")) == (b"mine", b"edited", b"one")
    assert tree.heads() == 4


def test_a_restore_of_paths(tree: Tree) -> None:
    """Only what it did is taken back, and nothing else is spoken of."""
    before = everything(tree.top)
    tree.repository.restore_here("HEAD~1", [inside("b"), inside("a")])
    assert (tree.read("a"), tree.read("b")) == (b"one", b"two")
    assert left(undo(tree)) == []

    assert timeless(everything(tree.top)) == timeless(before)


def test_twice(tree: Tree) -> None:
    """What is taken back already is no problem."""
    undo(tree, 2)
    done = undo(tree, 2)
    assert (done.commit, left(done)) == (None, [])


def test_nothing_to_take_back(tmp_path: Path) -> None:
    """It is said; the first commit is no change."""
    tree = Tree(tmp_path, {"a": "1"})
    with pytest.raises(Missing):
        undo(tree)
    tree.commit()
    with pytest.raises(Refused):
        undo(tree)
    with pytest.raises(Missing):
        undo(tree, 7)


def test_operations(tree: Tree) -> None:
    """Each has a number, its words and the heads before and after; what changed nothing is none."""
    tree.commit()
    tree.remove("b")
    tree.repository.recover([inside("b")])
    tree.repository.restore_here("HEAD")
    heads = [commit.id for commit in tree.repository.log()]
    found = list(tree.repository.operations())

    assert listed(tree) == [(3, "recover"), (2, "commit"), (1, "commit")]
    assert [(one.before, one.after) for one in found] == [(heads[0], heads[0]), (heads[1], heads[0]), (None, heads[1])]
    assert [one.text for one in found] == ["b", "a commit", "a commit"]


def test_a_torn_line(tree: Tree) -> None:
    """What was not written whole is no operation, and in nobody's way."""
    path = Path(tree.path(".annexish/operations"))
    last = path.read_bytes().rstrip(b"\n").split(b"\n")[-1]
    for number, size in enumerate((1, len(last) // 2, len(last) - 1)):
        path.write_bytes(path.read_bytes() + last[:size])
        assert [one for one, _ in listed(tree)] == list(range(2 + number, 0, -1))
        tree.write("more", f"{size}")
        tree.commit()
        assert listed(tree)[0] == (3 + number, "commit")
        assert Path(path).stat().st_mode & 0o777 == 0o600


def test_a_commit_that_was_killed_before_it_was_recorded(tree: Tree) -> None:
    """The next command that writes records it, and it can be undone."""
    found = list(tree.repository.operations())
    path = Path(tree.path(".annexish/operations"))
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    tree.commit()

    assert [one._replace(time=0) for one in tree.repository.operations()] == [one._replace(time=0) for one in found]
    assert left(undo(tree)) == []
    assert tree.read("a") == b"one"


def test_an_interrupted_restore_is_an_operation(tree: Tree) -> None:
    """Who finishes it records it, once; so it can be undone."""
    history = tree.repository._place.history  # noqa: SLF001
    trees = tuple(history.commit(tree.repository.show(rev).commit.id).tree for rev in ("HEAD", "HEAD~1"))
    request = Request("restore", os.fsencode(tree.top), (), TOP, trees, text="HEAD~1", number=3)
    before = everything(tree.top)
    for _ in range(2):
        Journal(tree.path(".annexish")).write(request)
        with pytest.raises(Missing):
            tree.repository.recover([inside("nothing is there")])
        assert listed(tree) == [(3, "restore"), (2, "commit"), (1, "commit")]
    assert tree.read("a") == b"one"
    undo(tree, 3)

    assert timeless(everything(tree.top)) == timeless(before)


def test_what_an_interrupted_restore_gave_back_beside(tmp_path: Path) -> None:
    """It is found there by the command that finishes it."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    for old, new in (("a", "between"), ("b", "a"), ("between", "b")):
        tree.move(old, new)
    tree.commit()
    history = tree.repository._place.history  # noqa: SLF001
    trees = tuple(history.commit(tree.repository.show(rev).commit.id).tree for rev in ("HEAD", "HEAD~1"))
    Journal(tree.path(".annexish")).write(
        Request("restore", os.fsencode(tree.top), (), TOP, trees, text="HEAD~1", number=3)
    )
    digest = tree["b"].digest
    assert digest is not None
    tree.move("b", f"b.recovered-{digest.hex()[:8]}")
    tree.move("a", "b")
    tree.commit()

    assert (tree.read("a"), tree.read("b")) == (b"one", b"two")
    assert sorted(os.listdir(tree.top)) == [".annexish", "a", "b"]


def test_an_interrupted_one_is_finished_by_the_next_command(tree: Tree) -> None:
    """The journal says which snapshots."""
    history = tree.repository._place.history  # noqa: SLF001
    after, before = (history.commit(tree.repository.show(rev).commit.id).tree for rev in ("HEAD", "HEAD~1"))
    top = os.fsencode(tree.top)
    Journal(tree.path(".annexish")).write(Request("undo", top, (), inside(""), (after, after, before)))
    tree.remove("new")
    tree.commit()

    assert tree.repository.diff("HEAD~2", "HEAD").difference.counts == {}
    check_snapshot(tree)


@pytest.mark.parametrize("seed", range(100 if DEEP else 8))
def test_any_commit(tmp_path: Path, seed: int) -> None:
    """After anything that people do, an undo is the tree before, and an undo of that the tree after."""
    tree = Tree(tmp_path)
    worker = Worker(tree.top, seed, in_place=False)
    worker.work(40)
    tree.commit()
    first, ids = everything(tree.top), tree.ids()
    worker.work(20)
    tree.commit(allow_mass_deletion=True)
    second = everything(tree.top)
    assert undo(tree).done.problems == ()
    assert timeless(everything(tree.top)) == timeless(first)
    assert tree.ids() == ids
    assert undo(tree).done.problems == ()
    assert timeless(everything(tree.top)) == timeless(second)


@pytest.mark.parametrize("choice", ["ours", "theirs", "both", "as-is"])
def test_what_is_to_be_decided_is_taken_back_too(tmp_path: Path, choice: str) -> None:
    """What an operation opened is not open any more, what it settled is open again, and so on backwards."""
    pair = Pair(tmp_path, {"a.bin": "\0one", "b.bin": "\0one, too"})
    for tree in (pair.here, pair.there):
        for name in ("a.bin", "b.bin"):
            tree.remove(name)
            tree.write(name, f"\0{tree.top}{name}")
        tree.commit(allow_mass_deletion=True)
    pair.merge()
    merge = next(pair.here.repository.operations()).number
    assert conflicts(pair.here) == (2, [b"a.bin", b"b.bin"])
    pair.here.repository.resolve([RepoPath(b"a.bin")], choice)
    resolve = next(pair.here.repository.operations()).number
    files = drawn(pair.here)
    assert conflicts(pair.here) == (1, [b"b.bin"])

    undone = pair.here.repository.undo(resolve)
    assert undone.commit is not None
    assert conflicts(pair.here) == (2, [b"a.bin", b"b.bin"])
    pair.here.repository.undo()
    assert conflicts(pair.here) == (1, [b"b.bin"])
    assert drawn(pair.here) == files
    pair.here.repository.undo(merge)
    assert conflicts(pair.here) == (0, [])
    assert pair.here.repository.undo(merge).commit is None


def conflicts(tree: Tree) -> tuple[int, list[bytes]]:
    """How many conflicts `status` counts, and which are open; nothing else is changed, and all is in order."""
    assert not tree.status()
    assert not list(tree.repository.verify().problems)
    return tree.repository.status().conflicts, [each.path for each in tree.repository.conflicts()]


@pytest.mark.parametrize("later", ["inside one", "one is renamed", "one has another mode"])
def test_a_swap_of_directories_is_undone_after_one_changed(tmp_path: Path, later: str) -> None:
    """No object is at two places then, so the history can be merged."""
    tree = Tree(tmp_path, {"a": {"x": "1", "y": "2"}, "b": {"z": "3"}, "c": "4"})
    tree.commit()
    tree.move("a", "t")
    tree.move("b", "a")
    tree.move("t", "b")
    assert sorted(tree.commit()) == [("moved", "a", "b"), ("moved", "b", "a")]
    number = next(iter(tree.repository.operations())).number
    if later == "inside one":
        tree.write("a/new", "new")
    elif later == "one is renamed":
        tree.move("a", "elsewhere")
    else:
        os.chmod(tree.path("a"), 0o700)
    tree.commit()

    tree.repository.undo(number)

    ids = [id for entry in tree.repository.ls(recursive=True) for id in entry.entry.ids]
    assert len(ids) == len(set(ids))
    assert tree.status() == []
    check_snapshot(tree)
