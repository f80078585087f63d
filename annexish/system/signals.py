"""Signals that ask to stop, held back while something begins that must be known before it can be ended."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})


@contextmanager
def held_back() -> Iterator[None]:
    """Let no Ctrl-C between what is done and the note of it: what was held back is raised at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """Hear them again, in a process forked while they were held back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
