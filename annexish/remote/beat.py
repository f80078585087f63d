"""Says from time to time that this side is alive, while it works and has nothing to tell.

A timer of the process interrupts whatever it does: a thread would forbid to fork. Only the main thread gets such a
signal, and somebody who uses it already keeps it; then this side promises nothing. It does not interrupt one long
call of the system, as that which makes a whole disk durable: who waits for that has more patience.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from weakref import WeakMethod

_beating: list[WeakMethod[Callable[[], object]]] = []
"""Who forgets to leave the context must not write to what a number of a file means later."""


def can_beat() -> bool:
    """Whether a timer may be set here."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return bool(_beating) or (
        signal.getsignal(signal.SIGALRM) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    )


@contextmanager
def beating(beat: Callable[[], object], seconds: float) -> Iterator[None]:
    """Call it every so many seconds for the time of a context, if a timer may be set."""
    if not can_beat():
        yield
        return
    if not _beating:
        signal.signal(signal.SIGALRM, _beat)
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    one = WeakMethod(beat)
    _beating.append(one)
    try:
        yield
    finally:
        if one in _beating:
            _beating.remove(one)
            if not _beating:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _beat(number: int, frame: FrameType | None) -> None:
    del number, frame
    for one in tuple(_beating):
        beat = one()
        if beat is not None:
            beat()


def _begin_anew() -> None:
    """A process that was forked has no timer, and the connections are its parent's."""
    if _beating:
        _beating.clear()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


os.register_at_fork(after_in_child=_begin_anew)
