"""The head of the history as two small files say it, without opening the history."""

from __future__ import annotations

import os

from annexish.model.ids import CommitId


def loose_head(path: str) -> CommitId | None:
    """Return the commit that the head of a bare Git repository names; None where only Git itself can tell.

    Raise OSError for a file that is there and cannot be read: Git would take it for a head without commits.
    """
    try:
        with open(os.path.join(path, "HEAD"), encoding="ascii") as file:
            target = file.read().strip().removeprefix("ref: ")
        with open(os.path.join(path, target), encoding="ascii") as file:
            commit = file.read().strip()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return CommitId(commit) if len(commit) == 40 else None
