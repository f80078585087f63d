"""The line that says how far a long job is."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from annexish.cli.printing import width
from annexish.cli.progress import StatusLine, line, shorten
from annexish.model.report import Tick


class Screen(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Time that passes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def tick(files: int, size: int = 0) -> Tick:
    """A tick of a job of ten files."""
    return Tick("reading", b"Photos/beach.jpg", files, 10, size, 1 << 20)


def test_a_short_job_shows_nothing() -> None:
    """Half a second passes before anything is shown."""
    screen, clock = Screen(), Clock()
    show = StatusLine(screen, clock=clock)
    clock.now += 0.4
    show(tick(1))
    assert screen.getvalue() == ""


def test_a_long_job_shows_one_line_ten_times_a_second_at_most() -> None:
    """It is rewritten in place, and gone at the end."""
    screen, clock = Screen(), Clock()
    show = StatusLine(screen, clock=clock)
    for number in range(100):
        clock.now += 0.01
        show(tick(number // 10, number * 1000))
    shown = screen.getvalue()
    assert "\n" not in shown
    assert 3 <= shown.count("reading") <= 6
    show.clear()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_it_says_what_how_many_how_fast_and_how_long() -> None:
    """Verb, count and total, bytes, rate, time left, name."""
    text = line(tick(0), tick(5, 1 << 19), 2.0, 100)
    assert text == "reading: 5/10, 512 KiB/1.0 MiB, 256 KiB/s, ETA 0:02  Photos/beach.jpg"


def test_without_bytes_the_rate_is_of_files() -> None:
    """A job that only looks counts what it looks at; an unknown total gives no time left."""
    before = Tick("looking", b"", 0, None, 0, None)
    after = Tick("looking", b"", 3000, None, 0, None)
    assert line(before, after, 1.5, 80) == "looking: 3,000, 2,000/s"


def test_off_a_terminal_and_when_quiet_nothing_is_shown() -> None:
    """A file never gets the line."""
    for stream, quiet in ((io.StringIO(), False), (Screen(), True)):
        clock = Clock()
        show = StatusLine(stream, quiet=quiet, clock=clock)
        clock.now += 10
        show(tick(1))
        show.clear()
        assert stream.getvalue() == ""


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_fits(text: str, room: int) -> None:
    """In columns of the terminal, wide letters included."""
    assert width(shorten(text, room)) <= room


@given(st.binary(), st.integers(20, 200))
def test_the_line_never_wraps(path: bytes, room: int) -> None:
    """A wrapped line could not be taken away again."""
    now = Tick("reading", path, 123_456, 10_000_000, 1 << 40, 1 << 50)
    assert width(line(tick(0), now, 3.0, room)) < room
