"""How much a function does, as the number of lines that Python runs: the same on a busy machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import TraceFunction

T = TypeVar("T")


def lines_of(act: Callable[[], T]) -> tuple[T, int]:
    """What `act` returns, and how many lines ran until then; each turn of a loop on one line counts."""
    run = 0

    def trace(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal run
        run += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return act(), run
    finally:
        sys.settrace(before)
