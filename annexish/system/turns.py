"""Divide work between forked processes that take turns, and get the results in order.

Every process runs the same generator function with its own number; it does the tasks whose
turn is its own and yields one result for each. Nothing is sent to it: it was forked with all
it needs. Results come back through pipes, which bound how far a process runs ahead.
"""

from __future__ import annotations

import marshal
import os
import selectors
import signal
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from annexish.errors import AnnexishError
from annexish.system.signals import held_back, let_through

_LENGTH = struct.Struct("<Q")
Put = Callable[[Any, BinaryIO], None]

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
    `meanwhile` is done here while the others work, or before the work where nobody else does it.
    They are killed when something goes wrong or nobody wants the rest.
    """
    if not _may_fork(processes):
        meanwhile()
        yield from work(0, 1)
        return
    with _forked(work, processes, _put) as pipes:
        meanwhile()
        yield from _collect(pipes)


def in_any_order(work: Work, processes: int) -> Iterator[Any]:
    """Yield the results of all tasks as they come, those of one process in its order; nobody waits for another."""
    if not _may_fork(processes):
        yield from work(0, 1)
        return
    with _forked(work, processes, _put_framed) as pipes:
        yield from _as_they_come(pipes)


def _may_fork(processes: int) -> bool:
    return processes > 1 and threading.active_count() == 1 and hasattr(os, "fork")


@contextmanager
def _forked(work: Work, processes: int, put: Put) -> Iterator[list[BinaryIO]]:
    workers: list[tuple[int, BinaryIO]] = []
    try:
        with held_back():
            for number in range(processes):
                workers.append(_fork(work, number, processes, put))  # noqa: PERF401 -- each is known at once
        yield [pipe for _, pipe in workers]
    except BaseException:
        for process, _ in workers:
            os.kill(process, signal.SIGKILL)
        raise
    finally:
        for process, pipe in workers:
            pipe.close()
            os.waitpid(process, 0)


def _fork(work: Work, number: int, processes: int, put: Put) -> tuple[int, BinaryIO]:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, open(reading, "rb", buffering=1 << 16)
    status = 1
    try:
        let_through()
        os.close(reading)
        with open(writing, "wb", buffering=1 << 16) as pipe:
            for result in work(number, processes):
                put(result, pipe)
            put(StopIteration, pipe)
        status = 0
    except BrokenPipeError:
        status = 0
    finally:
        os._exit(status)


def _put(result: Any, pipe: BinaryIO) -> None:  # noqa: ANN401 -- what marshal knows
    marshal.dump(result, pipe)


def _put_framed(result: Any, pipe: BinaryIO) -> None:  # noqa: ANN401 -- the same
    data = marshal.dumps(result)
    pipe.write(_LENGTH.pack(len(data)) + data)


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


def _as_they_come(pipes: list[BinaryIO]) -> Iterator[Any]:
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ, bytearray())
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    raise WorkerDied("a helping process ended too early")
                key.data.extend(chunk)
                for result in _taken(key.data):
                    if result is StopIteration:
                        selector.unregister(key.fileobj)
                        break
                    yield result


def _taken(buffer: bytearray) -> Iterator[Any]:
    """Yield the whole results at the start of a buffer, and take them away."""
    at = 0
    while at + _LENGTH.size <= len(buffer):
        end = at + _LENGTH.size + _LENGTH.unpack_from(buffer, at)[0]
        if end > len(buffer):
            break
        yield marshal.loads(memoryview(buffer)[at + _LENGTH.size : end])
        at = end
    del buffer[:at]
