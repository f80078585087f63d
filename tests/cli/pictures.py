"""Entries, changes and commits in few words, and a repository made of them."""

# ruff: noqa: ANN401 - fields and options of any type pass through here

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from annexish.errors import Missing
from annexish.flows.repository import Repository
from annexish.model.change import Change
from annexish.model.commit import Commit, Signature
from annexish.model.entry import Entry, Kind, Owner
from annexish.model.ids import CommitId, Digest, ObjectId, TreeId
from annexish.model.path import RepoPath, split, within
from annexish.model.report import (
    Committed,
    Described,
    Difference,
    Finding,
    Listed,
    Lost,
    Problem,
    Released,
    Restored,
    Shown,
    Status,
    Step,
)

ADA = Owner(1000, 1000, b"ada", b"users")


def entry(path: bytes, kind: Kind = Kind.FILE, **fields: Any) -> Entry:
    """An entry with the name of `path`; a file of 3 bytes unless said otherwise."""
    usual: dict[str, Any] = {"mode": 0o755 if kind is Kind.DIRECTORY else 0o644, "owner": ADA, "mtime_ns": 0}
    if kind is Kind.FILE:
        usual |= {"size": 3, "digest": Digest(b"d" * 32)}
    return Entry(split(path)[1], kind, (ObjectId(b"i" * 16),), **(usual | fields))


def added(path: bytes, kind: Kind = Kind.FILE, **fields: Any) -> Change:
    """Something new."""
    return Change(None, entry(path, kind, **fields), None, RepoPath(path))


def deleted(path: bytes, kind: Kind = Kind.FILE, **fields: Any) -> Change:
    """Something gone."""
    return Change(entry(path, kind, **fields), None, RepoPath(path), RepoPath(path))


def moved(old: bytes, new: bytes, kind: Kind = Kind.FILE, inside: int = 0) -> Change:
    """Something elsewhere."""
    return Change(entry(old, kind), entry(new, kind), RepoPath(old), RepoPath(new), inside)


def modified(path: bytes, **fields: Any) -> Change:
    """A file whose fields are no longer those of `entry`."""
    return Change(entry(path), entry(path, **fields), RepoPath(path), RepoPath(path))


def commit(number: int, *parents: int, message: str = "", offset: int = 60) -> Commit:
    """The commit 000…number, an hour after the one before it."""
    author = Signature("Ada", "ada@example.org", 1_795_250_040 + 3600 * number, offset)
    named = [CommitId(f"{each:040x}") for each in (number, *parents)]
    text = message or f"commit {number}"
    return Commit(named[0], TreeId(b"t" * 20), tuple(named[1:]), author, text, "r1", {"added": number})


def lost(path: bytes, kind: Kind = Kind.FILE, *, replaced: bool = False, why: tuple[str, ...] = ()) -> Lost:
    """What commit 1 lost, seen a day before."""
    made = commit(1).id
    return Lost(RepoPath(path), kind, 3, None, made, 1_795_163_640, 1_795_250_040, replaced, recoverable=True, why=why)


def difference(changes: Iterable[Change]) -> Difference:
    """Changes that are counted while they pass."""
    counts: Counter[str] = Counter()

    def passing() -> Iterator[Change]:
        for change in changes:
            counts[change.word] += 1
            yield change

    return Difference(passing(), counts)


class Pictured(Repository):
    """A repository that says what it is told to say, and remembers what it was asked."""

    def __init__(self, root: bytes, changes: Iterable[Change] = (), problems: Iterable[Problem] = ()) -> None:
        self.root, self.id, self.name = os.path.realpath(root), "r1", "pictured"
        self.changes, self.problems = list(changes), tuple(problems)
        self.ignored: tuple[RepoPath, ...] = ()
        self.absent = 0
        self.commits = [commit(2, 1), commit(1)]
        self.entries: list[Listed] = []
        self.released = Released([], 0, 0, 0)
        self.settings = {"user.name": "Ada"}
        self.asked: dict[str, dict[str, Any]] = {}

    def describe(self) -> Described:
        return Described(self.root, self.id, self.name)

    def status(self, paths: Iterable[RepoPath] = (), **options: Any) -> Status:
        self.asked["status"] = {"paths": list(paths), **options}
        head = self.commits[0].id
        return Status(head, difference(self.changes), self.problems, self.ignored, self.absent)

    def commit(self, message: str, paths: Iterable[RepoPath] = (), **options: Any) -> Committed:
        self.asked["commit"] = {"message": message, "paths": list(paths), **options}
        made = self.commits[0].id if self.changes else None
        confirmed = self.released if options.get("confirm") else None
        return Committed(made, difference(self.changes), self.problems, read={"files": 2}, confirmed=confirmed)

    def confirm(self, paths: Iterable[RepoPath] = (), **options: Any) -> Released:
        self.asked["confirm"] = {"paths": list(paths), **options}
        return self.released

    def confirm_received(self, **options: Any) -> Released:
        self.asked["confirm_received"] = options
        return self.released

    def expire(self, **options: Any) -> Released:
        self.asked["expire"] = options
        return self.released

    def references(self) -> list[str]:
        return ["refs/heads/main"]

    def log(self, revision: str = "HEAD", **options: Any) -> Iterator[Commit]:
        self.asked["log"] = {"revision": revision, **options}
        if revision != "HEAD" and not any(each.id.endswith(revision) for each in self.commits):
            raise Missing(f"no such revision: {revision}")
        yield from self.commits[: options.get("number")]

    def show(self, revision: str = "HEAD") -> Shown:
        self.asked["show"] = {"revision": revision}
        return Shown(self.commits[0], difference(self.changes))

    def diff(self, before: str = "HEAD", after: str | None = None, paths: Iterable[RepoPath] = (), **_: Any) -> Status:
        self.asked["diff"] = {"before": before, "after": after, "paths": list(paths)}
        return Status(None, difference(self.changes), self.problems, (), 0)

    def ls(
        self, revision: str = "HEAD", paths: Iterable[RepoPath] = (), *, recursive: bool = False
    ) -> Iterator[Listed]:
        asked: list[RepoPath] = []
        self.asked["ls"] = {"revision": revision, "paths": asked}
        for path in paths:
            asked.append(path)
            for each in self.entries:
                itself = each.path == path and each.entry.kind is not Kind.DIRECTORY
                below = each.path != path and within(each.path, path)
                if itself or (below and (recursive or split(each.path)[0] == path)):
                    yield each

    def restore(self, revision: str, paths: Iterable[RepoPath] = (), **options: Any) -> Restored:
        self.asked["restore"] = {"revision": revision, "paths": list(paths), **options}
        return self._made(options["to"], options["tell"])

    def view(self, revision: str, directory: Any, **options: Any) -> Restored:
        self.asked["view"] = {"revision": revision, "directory": directory, **options}
        return self._made(directory, options["tell"])

    def _made(self, directory: bytes, tell: Any) -> Restored:
        if tell is not None:
            tell(Step("mkdir", RepoPath(b"d"), Kind.DIRECTORY))
            tell(Step("copy", RepoPath(b"d/\xff"), Kind.FILE, 3))
        return Restored(directory, {"mkdir": 1, "copy": 1}, 3, self.problems)

    def config_get(self, key: str) -> str:
        return self.settings[key]

    def config_set(self, key: str, value: str) -> None:
        self.settings[key] = value

    def config_list(self) -> list[tuple[str, str, str]]:
        return [(key, value, "meant for something") for key, value in sorted(self.settings.items())]

    def doctor(self) -> list[Finding]:
        return [Finding("links", "yes", "hard links work"), Finding("case", "no", "names differ", "rename one")]
