"""Journeys that have no command line of their own, run as one: `door advance`."""

from __future__ import annotations

import sys

import pygit2

from annexish.cli.changes import code_for
from annexish.cli.endings import code_of
from annexish.model.ids import CommitId
from tests.advancing import advance_to, follow_head

DOOR = "door"
_NAME = "refs/tried/next"


def open_door(top: str, words: tuple[str, ...]) -> int:
    """Run a journey; what goes wrong is said as a command says it."""
    return code_of(lambda: _DOORS[words[0]](top), list(words))


def make_next(top: str, revision: str, *others: str) -> None:
    """Make the commit that `advance` leads to."""
    git = pygit2.Repository(f"{top}/.annexish/history.git")
    git.references.create(_NAME, follow_head(top, revision, *others))


def _advance(top: str) -> int:
    git = pygit2.Repository(f"{top}/.annexish/history.git")
    done = advance_to(top, CommitId(str(git.references[_NAME].target)))
    sys.stdout.writelines(f"{problem.path!r}: {problem.reason}\n" for problem in done.problems)
    return code_for(done.problems)


_DOORS = {"advance": _advance}
