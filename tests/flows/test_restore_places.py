"""A revision in the working tree, and what cannot be there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from annexish.model.report import Recovered
from annexish.store.journal import Journal, Request
from tests.trees import NOBODY, Tree, as_nobody, inside


def restore(tree: Tree, *paths: str, revision: str = "HEAD~1") -> Recovered:
    """Restore paths of a revision."""
    return tree.repository.restore_here(revision, [inside(path) for path in paths])[1]


def words(done: Recovered) -> Sequence[tuple[str, str]]:
    """The steps in few words."""
    return [(step.word, os.fsdecode(step.path)) for step in done.steps]


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    """What should go back to a name that something else has stays where it is, and is named."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    tree.move("a", "c")
    tree.move("b", "a")
    tree.commit()
    done = restore(tree, "c")

    assert [(problem.code, problem.path) for problem in done.problems] == [("left", b"a")]
    assert {name: tree.read(name) for name in ("a", "c")} == {"a": b"two", "c": b"one"}
    assert not os.path.exists(tree.path(".annexish/staging"))


def test_a_directory_that_is_no_more(tmp_path: Path) -> None:
    """It is made again for what belongs in it."""
    tree = Tree(tmp_path, {"d": {"e": {"a": "one"}, "b": "two"}})
    tree.commit()
    tree.move("d/e/a", "a")
    tree.remove("d")
    tree.commit()
    done = restore(tree, "a")

    assert done.problems == ()
    assert words(done) == [("mkdir", "d"), ("mkdir", "d/e"), ("move", "d/e/a")]
    assert tree.read("d/e/a") == b"one"


def test_another_kind_of_thing_is_undone(tmp_path: Path) -> None:
    """A directory where a file was, and the other way round, become what they were."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two"}, "rest": "rest"})
    tree.commit()
    tree.remove("a", "d")
    tree.write("a/c", "three")
    tree.write("d", "four")
    tree.commit()
    done = tree.repository.undo()

    assert done.done.problems == ()
    assert (tree.read("a"), tree.read("d/b")) == (b"one", b"two")


def test_readers_say_what_was_interrupted(tmp_path: Path) -> None:
    """Until the next command that writes has finished it."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    commit = next(iter(tree.repository.log()))
    tree.remove("a")
    Journal(tree.path(".annexish")).write(
        Request("recover", os.fsencode(tree.top), ((commit.tree, inside("a")),), inside(""))
    )
    found = {finding.subject: finding.state for finding in tree.repository.doctor()}
    assert (tree.repository.status().interrupted, found["interrupted"]) == ("recover", "recover")

    tree.repository.commit("next")
    assert tree.read("a") == b"one"
    assert tree.repository.status().interrupted == ""


def test_a_journal_that_cannot_be_read(tmp_path: Path) -> None:
    """Readers say that there is one."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    Path(tree.path(".annexish/journal")).write_text("{")
    assert tree.repository.status().interrupted == "command"


@pytest.mark.root
def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A restore and an undo commit first, and say what that could not record."""
    os.chmod(tmp_path, 0o777)
    for above in (tmp_path.parent, tmp_path.parent.parent, tmp_path.parent.parent.parent):
        os.chmod(above, os.stat(above).st_mode | 0o055)
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two"}})
    tree.commit()
    tree.write("a", "three")
    tree.commit()
    for at, _, files in os.walk(tree.top):
        for each in (at, *(os.path.join(at, name) for name in files)):
            os.chown(each, NOBODY, NOBODY)
    os.chmod(tree.path("d"), 0)

    assert ("unreadable", b"d") in as_nobody(lambda: _problems(restore(tree)))
    assert ("unreadable", b"d") in as_nobody(lambda: _problems(tree.repository.undo().done))


def _problems(done: Recovered) -> list[tuple[str, bytes]]:
    return [(problem.code, bytes(problem.path)) for problem in done.problems]
