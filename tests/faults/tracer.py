"""Run a program in a child, see every call with which it and its children change files, and interfere.

`Fault()` counts, `Fault(kill_at=7)` kills every process before the seventh call, `Fault(fail_at=7, code=EIO)` lets
the seventh call fail, with `for_ever=True` all that follow too. Calls that concern no file below `top` do not count.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NamedTuple

from tests.faults import kernel
from tests.faults.calls import Call, below, mutating, next_call, opening


class Fault(NamedTuple):
    """What to do, and when; `opens` counts all calls that open a file, and no others."""

    kill_at: int = 0
    fail_at: int = 0
    code: int = 0
    for_ever: bool = False
    opens: bool = False


class Ended(NamedTuple):
    """How it went: exit code (-signal if it was killed), names of the calls that counted, whether the fault was met."""

    code: int
    calls: tuple[str, ...]
    met: bool
    too_long: bool = False


Watch = Callable[[Call], Callable[[int], None] | None]
"""Called before a call that counts; what it returns is called with the result of the call."""


def trace(run: Callable[[], int], top: bytes, fault: Fault, *, limit: float = 60, watch: Watch | None = None) -> Ended:
    """Run a function in a child under a fault; it and all that it leaves running is over when this returns."""
    main = os.fork()
    if not main:
        _be_traced(run, opening() if fault.opens else mutating())
    os.waitpid(main, 0)
    kernel.ptrace(kernel.SETOPTIONS, main, 0, kernel.OPTIONS)
    kernel.ptrace(kernel.CONT, main)
    tracing = _Tracing(main, os.path.realpath(top), fault, watch)
    with alarm(limit, tracing.give_up):
        tracing.until_all_ended()
    return Ended(tracing.code, tuple(tracing.calls), tracing.met, tracing.too_long)


class alarm:  # noqa: N801 - reads as a word
    """Call a function when a block takes too long."""

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        self._seconds, self._then = seconds, then

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self._then()


def _be_traced(run: Callable[[], int], calls: list[kernel.Traced]) -> None:
    """Be the child: wait for the tracer, install the filter, run, end."""
    code = 70
    try:
        kernel.ptrace(kernel.TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        kernel.install(calls)
        code = run()
    finally:
        os._exit(code)


class _Tracing:
    """The processes that run, and what they did so far."""

    def __init__(self, main: int, top: bytes, fault: Fault, watch: Watch | None) -> None:
        self.calls: list[str] = []
        self.code = 0
        self.met = self.too_long = False
        self._main, self._top, self._fault, self._watch = main, top, fault, watch
        self._processes = {main}
        self._killing = False
        self._after: dict[int, Callable[[int], None]] = {}

    def until_all_ended(self) -> None:
        """Wait for stops and ends until nothing is left to wait for."""
        with suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, kernel.WAIT_ALL)
                if os.WIFSTOPPED(status):
                    with suppress(ProcessLookupError):
                        self._stopped(process, status)
                    continue
                self._processes.discard(process)
                self._after.pop(process, None)
                if process == self._main:
                    self.code = os.waitstatus_to_exitcode(status)

    def give_up(self) -> None:
        """Kill what runs for too long."""
        self.too_long = True
        self._kill()

    def _stopped(self, process: int, status: int) -> None:
        """Look at what a process stopped for, and let it go on."""
        if self._killing:
            os.kill(process, signal.SIGKILL)
            return
        new = process not in self._processes
        self._processes.add(process)
        number, event = os.WSTOPSIG(status), status >> 16
        if event == kernel.EVENT_SECCOMP:
            self._before_call(process)
        elif number == signal.SIGTRAP | 0x80:
            self._after.pop(process)(kernel.stopped_after(process))
            kernel.ptrace(kernel.CONT, process)
        elif event or (new and number == signal.SIGSTOP):
            kernel.ptrace(kernel.CONT, process)
        else:
            kernel.ptrace(kernel.CONT, process, 0, number)

    def _before_call(self, process: int) -> None:
        call = next_call(process)
        if below(call, self._top):
            self.calls.append(call.kind.name)
            if self._interfere(process, len(self.calls)):
                return
            after = self._watch(call) if self._watch else None
            if after:
                self._after[process] = after
                kernel.ptrace(kernel.SYSCALL, process)
                return
        kernel.ptrace(kernel.CONT, process)

    def _interfere(self, process: int, number: int) -> bool:
        """Do what the fault says; return whether all is over."""
        fault = self._fault
        if number == fault.kill_at:
            self.met = True
            self._kill()
            return True
        if number == fault.fail_at or (fault.for_ever and fault.fail_at and number > fault.fail_at):
            self.met = True
            kernel.fail(process, fault.code)
        return False

    def _kill(self) -> None:
        self._killing = True
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
