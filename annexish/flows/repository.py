"""The library's door: one method for each journey, plain values in and out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from annexish.model.commit import Commit
from annexish.model.path import RepoPath
from annexish.model.report import (
    Committed,
    Described,
    Difference,
    Finding,
    Listed,
    Progress,
    Shown,
    Status,
)


class Repository:
    """One working tree with its `.annexish` directory.

    Paths go in and come out as `bytes`, relative to the root (`RepoPath`).
    Revisions are what `git rev-parse` knows, or `@{2026-11-01}`.
    """

    root: bytes
    id: str
    name: str

    @classmethod
    def init(cls, directory: str | bytes | os.PathLike[str] = ".", *, name: str | None = None) -> Repository:
        """Make a directory a repository; files that are there are untouched. Created if missing."""
        raise NotImplementedError

    @classmethod
    def find(cls, start: str | bytes | os.PathLike[str] = ".") -> Repository:
        """Open the repository that `start` is in; raise Missing if it is in none."""
        raise NotImplementedError

    def describe(self) -> Described:
        raise NotImplementedError

    def status(self, paths: Iterable[RepoPath] = (), *, ignored: bool = False, progress: Progress | None = None) -> Status:
        raise NotImplementedError

    def commit(
        self,
        message: str,
        paths: Iterable[RepoPath] = (),
        *,
        allow_mass_deletion: bool = False,
        progress: Progress | None = None,
    ) -> Committed:
        raise NotImplementedError

    def log(
        self,
        revision: str = "HEAD",
        *,
        number: int | None = None,
        follow: RepoPath | None = None,
        grep: str | None = None,
        since: str | None = None,
    ) -> Iterator[Commit]:
        """Yield commits, children before parents, newest first."""
        raise NotImplementedError

    def show(self, revision: str = "HEAD") -> Shown:
        raise NotImplementedError

    def diff(
        self, before: str = "HEAD", after: str | None = None, paths: Iterable[RepoPath] = (), *, progress: Progress | None = None
    ) -> Status:
        """Compare two snapshots, or (`after` None) a snapshot and the working tree."""
        raise NotImplementedError

    def ls(self, revision: str = "HEAD", paths: Iterable[RepoPath] = (), *, recursive: bool = False) -> Iterator[Listed]:
        """Yield a snapshot in tree order: of each path the entry itself if it is no directory, else what is in it."""
        raise NotImplementedError

    def config_get(self, key: str) -> str:
        raise NotImplementedError

    def config_set(self, key: str, value: str) -> None:
        raise NotImplementedError

    def config_list(self) -> list[tuple[str, str, str]]:
        """(key, value, what it is for), defaults included, sorted by key."""
        raise NotImplementedError

    def doctor(self) -> list[Finding]:
        raise NotImplementedError
