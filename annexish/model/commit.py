"""A snapshot with its parents, author, time and message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from annexish.model.ids import CommitId, TreeId


class Signature(NamedTuple):
    """Who, and when: seconds since 1970 and minutes east of UTC."""

    name: str
    email: str
    time: int
    offset: int


class Commit(NamedTuple):
    """One commit.

    `repository` is the id of the repository that made it and `name` what that was called, if the commit says;
    `counts` is what it changed, by change word.
    """

    id: CommitId
    tree: TreeId
    parents: tuple[CommitId, ...]
    author: Signature
    message: str
    repository: str
    counts: Mapping[str, int]
    name: str = ""
