"""What one turn at making a tree did, also as values that another process understands."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from annexish.errors import Unreachable
from annexish.model.entry import Entry, Kind, Owner
from annexish.model.path import RepoPath, join
from annexish.model.report import Problem, Step

TROUBLE = (OSError, OverflowError, ValueError)
"""What the system says of a name that it cannot make: numbers and targets may be beyond every range."""
_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO})
"""What is no trouble of one name: the whole work stops."""

Packed = tuple[Any, ...]


class Waiting(NamedTuple):
    """A file of the directory `path` that was not made yet: `why` is absent or corrupt, empty if nobody tried."""

    path: RepoPath
    entry: Entry
    why: str


class Made(NamedTuple):
    """What was just made: how many of each word, bytes of files, what went wrong, and the single steps if wanted."""

    counts: Counter[str]
    size: int
    problems: list[Problem]
    steps: list[Step]


class Result:
    """Collects. `own` is the packed entry of the directory at `path`, said once."""

    def __init__(self, path: RepoPath, *, steps: bool) -> None:
        self.path = path
        self.own: Packed = ()
        self.later: list[Packed] = []
        self._wants_steps = steps
        self._counts: dict[str, int] = {}
        self._size = 0
        self._problems: list[tuple[bytes, str, str]] = []
        self._steps: list[tuple[str, bytes, int, int]] = []

    def made(self, word: str, path: RepoPath, entry: Entry, notes: Iterable[str] = ()) -> None:
        """Count what was made in the directory `path`."""
        self._counts[word] = self._counts.get(word, 0) + 1
        self._size += entry.size
        if self._wants_steps:
            self._steps.append((word, join(path, entry.name), int(entry.kind), entry.size))
        for reason in notes:
            self.problem(join(path, entry.name), "note", reason)

    def problem(self, path: RepoPath, code: str, reason: str) -> None:
        """Name something that is not as recorded."""
        self._problems.append((path, code, reason))

    def failed(self, path: RepoPath, error: Exception) -> None:
        """Name something that the system refused; raise Unreachable if it would refuse everything."""
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if isinstance(error, OSError) and error.errno in _FATAL:
            raise Unreachable(reason) from error
        self.problem(path, "failed", reason)

    def wait(self, entry: Entry, why: str) -> None:
        """Leave a file for later."""
        self.later.append((pack(entry), why))

    def waiting(self) -> list[Waiting]:
        """Return the files that were left for later."""
        return [Waiting(self.path, unpack(entry), why) for entry, why in self.later]

    def packed(self) -> Packed:
        """Return what another process understands."""
        return (self.path, self.own, self.later, self._counts, self._size, self._problems, self._steps)

    @classmethod
    def unpacked(cls, values: Packed) -> Result:
        """Return what another process packed."""
        result = cls(values[0], steps=True)
        _, result.own, result.later, result._counts, result._size, result._problems, result._steps = values
        return result

    def told(self) -> Made:
        """Return it in the words of the model."""
        problems = [Problem(RepoPath(path), code, reason) for path, code, reason in self._problems]
        steps = [Step(word, RepoPath(path), Kind(kind), size) for word, path, kind, size in self._steps]
        return Made(Counter(self._counts), self._size, problems, steps)


def pack(entry: Entry) -> Packed:
    """Return an entry as plain tuples."""
    return (entry.name, int(entry.kind), entry.ids, entry.mode, tuple(entry.owner), *entry[5:])


def unpack(values: Packed) -> Entry:
    """Return the entry that was packed."""
    name, kind, ids, mode, owner, *rest = values
    return Entry(name, Kind(kind), ids, mode, Owner(*owner), *rest)
