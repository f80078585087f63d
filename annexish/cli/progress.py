"""One line on the terminal that says how far a long job is, and disappears."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from typing import TextIO

from annexish.cli.printing import name, size, width
from annexish.model.report import Tick

PATIENCE = 0.5
PAUSE = 0.1
_NEVER = float("inf")


class StatusLine:
    """A function of ticks. It shows nothing in the first half second, and nothing off a terminal."""

    def __init__(self, stream: TextIO, *, quiet: bool = False, clock: Callable[[], float] = monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._next = _NEVER if quiet or not stream.isatty() else clock() + PATIENCE
        self._shown = False
        self._stage = ""
        self._first: Tick | None = None
        self._since = 0.0

    def __call__(self, tick: Tick) -> None:
        """Show a tick, if the last one was long enough ago."""
        if tick.stage != self._stage:
            self._stage, self._first, self._since = tick.stage, tick, self._clock()
        now = self._clock()
        if now < self._next:
            return
        assert self._first is not None
        self._next = now + PAUSE
        self._write("\r" + line(self._first, tick, now - self._since, self._columns()) + "\x1b[K")
        self._shown = True

    @property
    def watched(self) -> bool:
        """Whether anyone can see it."""
        return self._next != _NEVER

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            return 80


def line(first: Tick, tick: Tick, seconds: float, room: int) -> str:
    """Say a tick in less than `room` columns: verb, numbers, rate, time left; a name, as far as it fits."""
    parts = [part for part in (files_of(tick), bytes_of(tick), *pace_of(first, tick, seconds)) if part]
    text = f"{tick.stage}: " + ", ".join(parts)
    space = room - 1 - width(text) - 2
    if tick.path and space >= 8:
        text += "  " + shorten(name(tick.path), space)
    return shorten(text, room - 1)


def files_of(tick: Tick) -> str:
    """Count and total."""
    return f"{tick.files:,}" + (f"/{tick.total_files:,}" if tick.total_files is not None else "")


def bytes_of(tick: Tick) -> str:
    """Bytes and total."""
    if not tick.size and not tick.total_size:
        return ""
    return size(tick.size) + (f"/{size(tick.total_size)}" if tick.total_size is not None else "")


def pace_of(first: Tick, tick: Tick, seconds: float) -> tuple[str, str]:
    """Rate and time left: by bytes where there are any, else by files."""
    if seconds < PAUSE:
        return "", ""
    if tick.size > first.size:
        rate = (tick.size - first.size) / seconds
        return f"{size(rate)}/s", left(tick.size, tick.total_size, rate)
    rate = (tick.files - first.files) / seconds
    return f"{rate:,.0f}/s", left(tick.files, tick.total_files, rate)


def left(done: int, total: int | None, rate: float) -> str:
    """How long the rest takes at this rate."""
    if total is None or rate <= 0 or total < done:
        return ""
    minutes, seconds = divmod(int((total - done) / rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"ETA {hours}:{minutes:02}:{seconds:02}" if hours else f"ETA {minutes}:{seconds:02}"


def shorten(text: str, room: int) -> str:
    """Return `text` in at most `room` columns, with the middle left out."""
    if width(text) <= room:
        return text
    head, tail = text[: room // 3], text[-room:]
    while tail and width(head) + 1 + width(tail) > room:
        tail = tail[1:]
    while head and width(head) + 1 > room:
        head = head[:-1]
    return head + "…" + tail
