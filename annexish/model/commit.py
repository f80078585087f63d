"""A snapshot with its parents, author, time and message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annexish.model.ids import CommitId, TreeId


@dataclass(frozen=True, slots=True)
class Signature:
    """Who, and when: seconds since 1970 and minutes east of UTC."""

    name: str
    email: str
    time: int
    offset: int


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `repository` is the id of the repository that made it, `counts` what it changed, by change word."""

    id: CommitId
    tree: TreeId
    parents: tuple[CommitId, ...]
    author: Signature
    message: str
    repository: str
    counts: Mapping[str, int]
