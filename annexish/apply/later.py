"""What one process does after the others: hard links, contents that the keep lacks, metadata of directories."""

from __future__ import annotations

import marshal
import os
import tempfile
from array import array
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from annexish.apply.filling import Filled
from annexish.apply.joining import inode_of
from annexish.apply.making import Making
from annexish.apply.result import TROUBLE, Packed, Result, Waiting, unpack
from annexish.model.entry import Entry
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, join, split
from annexish.system.descend import Descent

Find = Callable[[frozenset[Digest]], Iterator[tuple[Digest, int]]]
"""Yields descriptors of present files that should have one of these contents; each is open until the next."""

_REASONS = {
    "absent": "its content is not here",
    "corrupt": "its content is not here: what is kept as it are other bytes",
}


class Later:
    """Makes files one after the other; `firsts` opens directories beside those that `making` opens."""

    def __init__(self, making: Making, firsts: Descent, find: Find) -> None:
        self._making = making
        self._firsts = firsts
        self._find = find
        self._groups: dict[tuple[object, ...], RepoPath] = {}
        self._waiting: dict[Digest, list[Waiting]] = {}
        self.number = 0
        """How many files wait for a content that the keep lacks."""

    def add(self, file: Waiting, result: Result) -> None:
        """Make a file of a group of hard links, if its content is kept; what lacks its content waits."""
        path, entry, why = file
        try:
            if not why:
                why = self._make(file, result, lambda at: self._making.filling.from_keep(at, entry))
        except TROUBLE as error:
            result.failed(join(path, entry.name), error)
            return
        if why:
            assert entry.digest is not None, "a file has a digest"
            self._waiting.setdefault(entry.digest, []).append(Waiting(path, entry, why))
            self.number += 1

    def look(self, result: Result) -> None:
        """Make what waits from present files; name what is nowhere here."""
        if not self.number:
            return
        for digest, source in self._find(frozenset(self._waiting)):
            waiting = self._waiting.pop(digest, ())
            left = [file for file in waiting if not self._filled(file, source, result)]
            if left:
                self._waiting[digest] = left
        for waiting in self._waiting.values():
            for path, entry, why in waiting:
                known = f"{entry.size:,} bytes, digest {(entry.digest or b'').hex()}"
                result.problem(join(path, entry.name), why, f"{_REASONS[why]} ({known})")
        self._waiting.clear()
        self.number = 0

    def _filled(self, file: Waiting, source: int, result: Result) -> bool:
        """Make a file from a present one; whether that is the end of it."""
        path, entry, _ = file
        try:
            return not self._make(file, result, lambda at: self._making.filling.from_file(at, entry, source))
        except TROUBLE as error:
            result.failed(join(path, entry.name), error)
            return True

    def _make(self, file: Waiting, result: Result, fill: Callable[[int], Filled]) -> str:
        """Make a file; return why it could not be, "" if it was."""
        path, entry, _ = file
        at = self._making.enter(path)
        group = inode_of(entry)
        if group in self._groups and self._join(self._groups[group], at, entry):
            result.made("link", path, entry)
            return ""
        word, notes = fill(at)
        if word in _REASONS:
            return word
        if entry.links:
            self._groups[group] = join(path, entry.name)
        result.made(word, path, entry, notes)
        return ""

    def _join(self, first: RepoPath, at: int, entry: Entry) -> bool:
        above, name = split(first)
        try:
            os.link(name, entry.name, src_dir_fd=self._firsts.open(above), dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            # as many names as an inode can have, or no hard links on this file system: it gets one of its own
            return False
        return True


class Directories:
    """Remembers directories in the order in which they come, parents first, and dresses them from the last one on."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=8 << 20, prefix="annexish-")
        self._places = array("Q", [0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, path: RepoPath, own: Packed) -> None:
        """Remember a directory and its packed entry."""
        self._file.write(marshal.dumps((path, own)))
        self._places.append(self._file.tell())

    def dress(self, making: Making, result: Result, mode: int | None) -> None:
        """Give every directory its metadata: from now on nothing is made in it. `mode` replaces the recorded ones."""
        for number in range(len(self._places) - 2, -1, -1):
            self._file.seek(self._places[number])
            path, own = marshal.loads(self._file.read(self._places[number + 1] - self._places[number]))
            entry = unpack(own)
            try:
                at = making.enter(path)
                for reason in making.filling.dressing.directory(at, entry, mode):
                    result.problem(path, "note", reason)
            except TROUBLE as error:
                result.failed(path, error)
