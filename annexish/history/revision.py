"""Dates as revisions: `@{2026-11-01}` is the newest first-parent commit that is not later."""

from __future__ import annotations

import re

from annexish.history.log import CommitOf
from annexish.model.commit import Commit
from annexish.model.ids import CommitId

_BRACES = re.compile(r"@\{([^{}]*)\}")
_GITS_OWN = re.compile(r"-?\d{1,7}|u|upstream|push", re.IGNORECASE)


def split_date(revision: str) -> tuple[str, str, str] | None:
    """Return (what the date is of, the date, what follows); None for a revision that Git understands itself.

    `@{1}`, `@{-1}` and `@{upstream}` are Git's; of a ref that has an `@` in its name, the braces count.
    """
    for braces in _BRACES.finditer(revision):
        if not _GITS_OWN.fullmatch(braces[1]):
            return revision[: braces.start()], braces[1], revision[braces.end() :]
    return None


def at_date(head: CommitId, when: int, commit_of: CommitOf) -> Commit | None:
    """Return the first commit on the way back along first parents whose time is not later than `when`.

    Clocks jump, so an older commit may be later than `when` again: what matters is what was met first.
    """
    commit = commit_of(head)
    while commit.author.time > when:
        if not commit.parents:
            return None
        commit = commit_of(commit.parents[0])
    return commit
