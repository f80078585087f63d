"""What a directory has: its names with their records, told apart, without what is ignored."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from annexish.model.evidence import Stat
from annexish.model.path import CONTROL, join
from annexish.model.report import Problem
from annexish.scan.ignore import Patterns
from annexish.scan.known import Known
from annexish.scan.stat import Statter, concatenate, pick, unpack
from annexish.scan.survey import Survey

_DIRECTORY = 0o040000 >> 12


class Here(NamedTuple):
    """What a directory has: names that are no directories with their columns, directories with their records.

    `excused` names are there, but have no record.
    """

    names: list[bytes]
    columns: bytes
    directories: dict[bytes, Stat]
    excused: list[bytes]


def names_in(descriptor: int, path: bytes) -> list[bytes]:
    """Return the names in a directory, sorted, without our own at the top."""
    # encoded all at once: no name has a slash
    names = sorted(os.fsencode("/".join(os.listdir(descriptor))).split(b"/"))
    if names == [b""]:
        return []
    if not path and CONTROL in names:
        names.remove(CONTROL)
    return names


class Records:
    """Takes the records of directories; what has none is a problem of the survey."""

    def __init__(self, statter: Statter, survey: Survey, *, list_ignored: bool) -> None:
        self._statter = statter
        self._survey = survey
        self._list_ignored = list_ignored

    def take(self, descriptor: int, path: bytes, names: list[bytes]) -> Here:
        """Take the records of all names and tell directories from the rest."""
        columns = self._statter.columns(descriptor, names)
        excused: list[bytes] = []
        if columns is None:
            names, columns, excused = self._one_by_one(descriptor, path, names)
        if not names:
            return Here([], b"", {}, excused)
        are = _directories(columns, len(names))
        if True not in are:
            return Here(names, columns, {}, excused)
        below = [at for at, is_directory in enumerate(are) if is_directory]
        rest = [at for at, is_directory in enumerate(are) if not is_directory]
        directories = dict(zip([names[at] for at in below], unpack(pick(columns, below)), strict=True))
        return Here([names[at] for at in rest], pick(columns, rest), directories, excused)

    def of_files(self, descriptor: int, names: list[bytes]) -> bytes | None:
        """Return the columns of names, None if one of them has no record or is a directory."""
        columns = self._statter.columns(descriptor, names)
        return None if columns is None or True in _directories(columns, len(names)) else columns

    def _one_by_one(self, descriptor: int, path: bytes, names: list[bytes]) -> tuple[list[bytes], bytes, list[bytes]]:
        """Return the names that have a record, their columns, and those that have none but are there."""
        found, parts, excused = [], [], []
        for name, (part, error) in zip(names, self._statter.each(descriptor, names), strict=True):
            if error is None:
                found.append(name)
                parts.append(part)
            elif not isinstance(error, FileNotFoundError):
                reason = f"has no record: {error.strerror}"
                self._survey.problems.append(Problem(join(path, name), "unreadable", reason))
                excused.append(name)
        return found, concatenate(parts) if parts else b"", excused

    def wanted(
        self, path: bytes, known: Known, patterns: Patterns, here: Here, is_recorded: Callable[[bytes], bool]
    ) -> Here:
        """Leave out what is ignored; what is tracked stays tracked, as in Git, also a file that was absent."""
        if not patterns:
            return here
        tracked = set(known.names) | set(known.children)

        def kept(name: bytes, *, directory: bool) -> bool:
            below = join(path, name)
            if name in tracked or not patterns.match(below, directory=directory):
                return True
            if not directory and is_recorded(name):
                return True
            if self._list_ignored:
                self._survey.ignored.append(below + b"/" if directory else below)
            return False

        positions = [at for at, name in enumerate(here.names) if kept(name, directory=False)]
        directories = {name: own for name, own in here.directories.items() if kept(name, directory=True)}
        names = [here.names[at] for at in positions]
        return Here(names, pick(here.columns, positions), directories, here.excused)


def _directories(columns: bytes, count: int) -> list[bool]:
    modes = memoryview(columns).cast("Q")[count : 2 * count]
    return [word >> 44 & 15 == _DIRECTORY for word in modes]
