"""Something is done in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from annexish.errors import Refused
from annexish.system.apart import Apart
from annexish.system.turns import WorkerDied


def test_it_is_another_process() -> None:
    """Its value comes back."""
    with Apart(os.getpid) as there:
        assert there.result() != os.getpid()


def test_what_it_raises_is_raised_where_it_is_waited_for() -> None:
    """With its words and its hint."""

    def work() -> None:
        raise Refused("no", hint="say yes")

    with Apart(work) as there, pytest.raises(Refused, match="no") as error:
        there.result()
    assert error.value.hint == "say yes"


def test_who_was_killed_says_nothing() -> None:
    """And that is an error."""
    with Apart(lambda: os.kill(os.getpid(), signal.SIGKILL)) as there, pytest.raises(WorkerDied):
        there.result()


def test_nobody_waits_for_what_nobody_wants() -> None:
    """An error here ends the work there."""
    start = time.monotonic()
    with pytest.raises(ValueError, match="here"), Apart(lambda: time.sleep(600)):
        raise ValueError("here")
    assert time.monotonic() - start < 60


def test_with_other_threads_it_is_done_here() -> None:
    """A process with threads is not forked."""
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    try:
        with Apart(os.getpid) as there:
            assert there.result() == os.getpid()
    finally:
        go.set()
        thread.join()


def test_nobody_is_left_who_was_forked_when_a_signal_came(forked: list[int]) -> None:
    """Ctrl-C right after the fork ends the other process too."""
    with pytest.raises(KeyboardInterrupt), Apart(lambda: time.sleep(600)):
        pass
    assert forked
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
