"""Dates as revisions: `@{2026-11-01}` is the newest first-parent commit that is not later."""

from __future__ import annotations

import re
from collections.abc import Callable

from annexish.model.commit import Commit
from annexish.model.ids import CommitId

_DATED = re.compile(r"(?P<start>[^@]*)@\{(?P<date>[^}]*)\}(?P<suffix>.*)", re.DOTALL)
_GITS_OWN = re.compile(r"-?\d{1,7}|u|upstream|push")


def split_date(revision: str) -> tuple[str, str, str] | None:
    """Return (what the date is of, the date, what follows); None for a revision that Git understands itself.

    `@{1}`, `@{-1}` and `@{upstream}` are Git's.
    """
    found = _DATED.fullmatch(revision)
    if found is None or _GITS_OWN.fullmatch(found["date"]):
        return None
    return found["start"], found["date"], found["suffix"]


def at_date(head: CommitId, when: int, commit_of: Callable[[CommitId], Commit]) -> Commit | None:
    """Return the first commit on the way back along first parents whose time is not later than `when`."""
    commit = commit_of(head)
    while commit.author.time > when:
        if not commit.parents:
            return None
        commit = commit_of(commit.parents[0])
    return commit
