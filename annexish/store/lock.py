"""One writer at a time: a `flock`, so that a dead holder leaves none."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import NamedTuple, Self

from annexish.errors import Busy

_PAUSE = 0.05
_SILENT = 0.5
"""So many seconds are waited before anybody is told."""


class Waiting(NamedTuple):
    """How many seconds are waited at most, and who is told, once for each lock, that and for whom."""

    seconds: float = 60.0
    tell: Callable[[str], object] = str


_PATIENT = Waiting()
WAITING = ContextVar("WAITING", default=_PATIENT)
"""How the journeys of this context wait."""

_OURS: set[tuple[str, int]] = set()
"""The locks that a thread of this process holds: a journey that holds one may go on other journeys."""


class Lock:
    """Held while a writing journey runs. Waiting is bounded: then Busy, naming the holder.

    Who holds it gets it again.
    """

    def __init__(self, path: str, *, wait: float | None = None) -> None:
        self._path = os.path.realpath(path)
        self._wait = wait
        self._descriptor = -1

    def __enter__(self) -> Self:
        holder = (self._path, threading.get_ident())
        if holder not in _OURS:
            self._take()
            _OURS.add(holder)
        return self

    def _take(self) -> None:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        waiting = WAITING.get()
        seconds = waiting.seconds if self._wait is None else self._wait
        start, told = time.monotonic(), False
        while not self._taken():
            passed = time.monotonic() - start
            if passed > seconds:
                holder = self._holder()
                os.close(self._descriptor)
                self._descriptor = -1
                raise Busy(f"another annexish (process {holder}) is writing in this repository")
            if passed > _SILENT and not told:
                told = True
                waiting.tell(f"waiting up to {seconds:g} s for another annexish (process {self._holder()})")
            time.sleep(_PAUSE)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)

    def _holder(self) -> str:
        return os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            _OURS.discard((self._path, threading.get_ident()))
            os.close(self._descriptor)
            self._descriptor = -1

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
