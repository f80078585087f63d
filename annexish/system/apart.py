"""One thing done in a process of its own while another is done here."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from annexish.system.signals import held_back, let_through
from annexish.system.turns import WorkerDied

T = TypeVar("T")


class Apart(Generic[T]):
    """Runs `work`, once it is entered, in a forked process; `result` waits for it, and raises what it raised.

    Values and errors must be ones that pickle knows. A process with other threads is not forked: then `result` works.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._process = 0

    def __enter__(self) -> Apart[T]:
        if threading.active_count() == 1 and hasattr(os, "fork"):
            try:
                with held_back():
                    self._begin()
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            self._end()

    def _begin(self) -> None:
        reading, writing = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(reading)
            _run(self._work, writing)
        os.close(writing)
        self._pipe = open(reading, "rb")

    def result(self) -> T:
        """Return what was done."""
        if not self._process:
            return self._work()
        data = self._pipe.read()
        self._end()
        if not data:
            raise WorkerDied("a helping process ended too early")
        error, value = pickle.loads(data)  # noqa: S301 -- from a process that was forked here
        if error is not None:
            raise error
        found: T = value
        return found

    def _end(self) -> None:
        self._pipe.close()
        os.waitpid(self._process, 0)
        self._process = 0


def _run(work: Callable[[], Any], writing: int) -> None:
    """Do the work in the forked process, and end it."""
    status = 1
    try:
        try:
            let_through()
            told: tuple[BaseException | None, Any] = (None, work())
        except Exception as error:  # noqa: BLE001 -- it is raised where it is waited for
            told = (error, None)
        with open(writing, "wb") as pipe:
            pickle.dump(told, pipe)
        status = 0
    finally:
        os._exit(status)
