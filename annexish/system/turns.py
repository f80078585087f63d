"""Divide work between forked processes that take turns, and get the results in order.

Every process runs the same generator function with its own number; it does the tasks whose
turn is its own and yields one result for each. Nothing is sent to it: it was forked with all
it needs. Results come back through pipes, which bound how far a process runs ahead.
"""

from __future__ import annotations

import marshal
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from annexish.errors import AnnexishError

Work = Callable[[int, int], Iterator[Any]]
"""work(number, processes) yields a result for each task whose index modulo `processes` is `number`."""


class WorkerDied(AnnexishError):
    """A process that was helping ended before its work did."""

    code = "worker"
    hint = "repeat the command; if it happens again, look for a memory limit"


def nothing() -> None:
    """What there is to do meanwhile, mostly."""


def in_turns(work: Work, processes: int, meanwhile: Callable[[], object] = nothing) -> Iterator[Any]:
    """Yield the results of all tasks in the order of the tasks. Values must be ones that marshal knows.

    A process with other threads is not forked; then everything is done here.
    `meanwhile` is done here while the others work.
    """
    if processes < 2 or threading.active_count() > 1 or not hasattr(os, "fork"):
        yield from work(0, 1)
        return
    workers = [_fork(work, number, processes) for number in range(processes)]
    try:
        meanwhile()
        yield from _collect([pipe for _, pipe in workers])
    finally:
        for process, pipe in workers:
            pipe.close()
            os.waitpid(process, 0)


def _fork(work: Work, number: int, processes: int) -> tuple[int, BinaryIO]:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, open(reading, "rb", buffering=1 << 16)
    status = 1
    try:
        os.close(reading)
        with open(writing, "wb", buffering=1 << 16) as pipe:
            for result in work(number, processes):
                marshal.dump(result, pipe)
            marshal.dump(StopIteration, pipe)
        status = 0
    except BrokenPipeError:
        status = 0
    finally:
        os._exit(status)


def _collect(pipes: list[BinaryIO]) -> Iterator[Any]:
    turn = 0
    while True:
        try:
            result = marshal.load(pipes[turn])
        except (EOFError, ValueError, TypeError) as error:
            raise WorkerDied("a helping process ended too early") from error
        if result is StopIteration:
            return
        yield result
        turn = (turn + 1) % len(pipes)
