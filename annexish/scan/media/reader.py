"""Read the tags of files in processes that may die of it."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import cycle
from types import TracebackType
from typing import Self

from annexish.scan.media.process import Ended, NotStarted, Process
from annexish.scan.media.protocol import Limits, OpenFile, Outcome, unpack_answer

_WINDOW = 8
_STARTS = 2


class MediaReader:
    """Reads media tags in `workers` processes, which start when the first file comes.

    A file never raises: what is wrong with it, or what it did to the process that
    read it, is the note of its outcome, and the next file meets a new process.
    """

    def __init__(self, limits: Limits | None = None, *, workers: int = 2) -> None:
        self._lanes = [_Lane(limits or Limits()) for _ in range(workers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes; another file would start new ones."""
        for lane in self._lanes:
            lane.stop()

    @property
    def pids(self) -> list[int]:
        """The numbers of the running processes."""
        return [lane.process.pid for lane in self._lanes if lane.process]

    def read(self, fd: int, name: bytes, size: int) -> Outcome:
        """The tags of the regular file open as `fd`, of `size` bytes, called `name` (the last component).

        The descriptor stays the caller's, its position is neither used nor moved.
        Not to be called while `read_all` is under way.
        """
        lane = self._lanes[0]
        assert not lane.waiting, "one question at a time"
        lane.send(_checked(OpenFile(fd, name, size)))
        return lane.answer()

    def read_all(self, files: Iterable[OpenFile]) -> Iterator[tuple[OpenFile, Outcome]]:
        """Yield the outcome of each file, in the order of `files`, reading some files ahead.

        The descriptors are taken over: each is closed before its outcome is yielded,
        and all that were taken when the iteration ends early.
        """
        under_way: deque[tuple[_Lane, OpenFile]] = deque()
        try:
            for lane, file in zip(cycle(self._lanes), files):
                under_way.append((lane, file))
                lane.send(_checked(file))
                if len(under_way) == _WINDOW * len(self._lanes):
                    yield _oldest(under_way)
            while under_way:
                yield _oldest(under_way)
        finally:
            for lane, file in under_way:
                lane.stop()
                os.close(file.fd)


def _checked(file: OpenFile) -> OpenFile:
    assert stat.S_ISREG(os.fstat(file.fd).st_mode), "only regular files are handed over"
    return file


def _oldest(under_way: deque[tuple[_Lane, OpenFile]]) -> tuple[OpenFile, Outcome]:
    lane, file = under_way[0]
    outcome = lane.answer()
    under_way.popleft()
    os.close(file.fd)
    return file, outcome


class _Lane:
    """One process after another, and the files that wait for an answer, oldest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._answered = 0
        self._failures = 0
        self.process: Process | None = None
        self.waiting: deque[OpenFile] = deque()

    def send(self, file: OpenFile) -> None:
        """Hand over a file; it waits if there is no process for it."""
        self.waiting.append(file)
        if self.process is None:
            return
        try:
            self.process.send(file)
        except OSError:
            # With older files under way, the next answer tells which of them it was; an idle
            # process that is gone was not ended by this file.
            if len(self.waiting) == 1:
                self._end()

    def answer(self) -> Outcome:
        """The outcome of the oldest file that waits."""
        while self._failures < _STARTS:
            try:
                return self._ask(self.process or self._start())
            except NotStarted:
                self._failures += 1
                self._end()
        self.waiting.popleft()
        return Outcome({}, "the process that reads media tags does not start here")

    def stop(self) -> None:
        """End the process and forget what waits."""
        self.waiting.clear()
        self._end()

    def _start(self) -> Process:
        self.process = process = Process(self._limits)
        self._answered = 0
        for file in self.waiting:
            try:
                process.send(file)
            except OSError:
                break
        return process

    def _ask(self, process: Process) -> Outcome:
        try:
            outcome, weary = unpack_answer(process.answer())
        except (Ended, ValueError) as error:
            outcome, weary = Outcome({}, str(error)), True
        self._failures = 0
        self._answered += 1
        self.waiting.popleft()
        if weary or self._answered == self._limits.files:
            self._end()
        return outcome

    def _end(self) -> None:
        if self.process:
            self.process.close()
            self.process = None
