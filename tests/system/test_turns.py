"""What is done meanwhile is done once, whoever does the work, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from annexish.system.turns import in_any_order, in_turns


@pytest.mark.parametrize("processes", [0, 1, 2, 3])
def test_what_is_done_meanwhile_is_done(processes: int) -> None:
    """Also where no other process helps; it is done before the first result is handed out."""
    done: list[str] = []

    def work(number: int, of: int) -> Iterator[int]:
        yield from range(10)[number::of]

    results = in_turns(work, processes, lambda: done.append("meanwhile"))

    assert next(results) == 0
    assert done == ["meanwhile"]
    assert list(results) == list(range(1, 10))


@pytest.mark.parametrize("run", [in_turns, in_any_order])
def test_nobody_is_left_who_was_forked_when_a_signal_came(forked: list[int], run: Callable[..., Iterator[int]]) -> None:
    """Ctrl-C between two forks ends the process that was there first, before anyone cleans up after it."""

    def work(number: int, of: int) -> Iterator[int]:
        time.sleep(60)
        yield number

    with pytest.raises(KeyboardInterrupt):
        list(run(work, 2))
    assert forked
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def test_who_helps_hears_signals(hears_signals: None) -> None:
    """They are held back only while processes are forked."""

    def work(number: int, of: int) -> Iterator[list[int]]:
        yield sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    before = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    assert list(in_turns(work, 2)) == [before, before]
    assert sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())) == before
