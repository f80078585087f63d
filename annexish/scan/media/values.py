"""What a tag may hold: clean text, whole numbers, finite numbers. All else is None."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from annexish.scan.media.protocol import Value

Pairs = Iterator[tuple[str, Value | None]]

LONGEST = 1000
"""The most characters of a text."""

_MANY = 8
_LARGEST = 1 << 53
_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]+")


def text(value: object) -> str | None:
    """Text without control characters, a space in place of each run of them, cut to `LONGEST`."""
    if not isinstance(value, str):
        return None
    return _CONTROLS.sub(" ", value[: 4 * LONGEST]).strip()[:LONGEST].rstrip() or None


def texts(values: Iterable[object]) -> str | list[str] | None:
    """One text, or a list of the different ones where there are several, at most eight."""
    several = list(dict.fromkeys(clean for value in values if (clean := text(value))))[:_MANY]
    return several if len(several) > 1 else next(iter(several), None)


def whole(value: object) -> int | None:
    """A whole number that is not negative; from text too, as the parsers hand it out."""
    number = real(value, 0)
    return None if number is None or number < 0 else int(number)


def real(value: object, places: int) -> float | None:
    """A finite number, rounded to `places`, so that its bytes are the same everywhere."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    if not math.isfinite(number) or abs(number) > _LARGEST:
        return None
    return round(number, places) + 0.0
