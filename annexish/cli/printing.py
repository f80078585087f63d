"""Text for people: safe names, colours, sizes, aligned columns."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import TextIO

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36, "bold": 1, "dim": 2}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


class ReaderGone(Exception):
    """Nobody reads what is printed any more."""


class Printer:
    """Lines to stdout and stderr; before each, the status line goes away."""

    def __init__(self, out: TextIO, err: TextIO, before: Callable[[], None] = lambda: None) -> None:
        self._out, self._err, self._before = out, err, before
        self.coloured = colours_wanted(out)
        reconfigure = getattr(out, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")

    def line(self, text: str) -> None:
        """Print a line on stdout; it may be buffered."""
        self._before()
        try:
            self._out.write(text + "\n")
        except BrokenPipeError as gone:
            raise ReaderGone from gone

    def warn(self, text: str) -> None:
        """Print a line on stderr, after what stands before it on stdout."""
        self.flush()
        self._before()
        self._err.write(text + "\n")

    def flush(self) -> None:
        """Hand over what is buffered."""
        try:
            self._out.flush()
        except BrokenPipeError as gone:
            raise ReaderGone from gone

    def paint(self, text: str, colour: str) -> str:
        """Colour `text`, where colours are wanted."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.coloured and colour else text


def colours_wanted(stream: TextIO) -> bool:
    """Whether `stream` is a terminal of somebody who wants colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@cache
def dangerous() -> re.Pattern[str]:
    """Control characters, C1 among them, what turns the direction of text, and bytes that are no UTF-8."""
    return re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")


def plain(text: str) -> str:
    """Return `text` without characters that a terminal obeys; line ends stay."""
    if text.isprintable():
        return text
    return "\n".join(dangerous().sub(_escape, line) for line in text.split("\n"))


def name(path: bytes) -> str:
    """Return a name as one printable word of a line.

    A name with characters that a terminal would obey is put in quotes, with those and
    backslashes escaped, as Git does; so no two names look the same.
    """
    text = os.fsdecode(path) if not path.isascii() else path.decode("ascii")
    if text.isprintable() and text[:1] != '"':
        return text
    if text[:1] != '"' and not dangerous().search(text):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{dangerous().sub(_escape, quoted)}"'


def size(number: float) -> str:
    """Return a number of bytes in the unit that suits it: 999 B, 1.5 KiB, 23 MiB."""
    unit = 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number /= 1024
        unit += 1
    if unit == 0:
        return f"{int(number)} B"
    return f"{number:.1f} {_UNITS[unit]}" if number < 10 else f"{number:.0f} {_UNITS[unit]}"


def count(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`, `2 directories`, `2 days`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun[-1] == "y" and noun[-2] not in "aeiou" else f"{number} {noun}s"


def width(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def columns(rows: Iterable[tuple[str, ...]], align: str, *, together: int = 1000) -> Iterator[str]:
    """Yield a line for each row, its cells below each other; `align` has `<` or `>` for each cell.

    Rows are aligned in blocks of `together`, so that a long table needs no memory.
    """
    source = iter(rows)
    while block := list(islice(source, together)):
        widths = [max(map(width, cells)) for cells in zip(*block, strict=True)]
        for row in block:
            yield "  ".join(map(_cell, row, widths, align)).rstrip()


def _cell(text: str, wide: int, side: str) -> str:
    space = " " * (wide - width(text))
    return text + space if side == "<" else space + text
