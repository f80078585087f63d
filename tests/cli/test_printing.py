"""Text for people."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.cli.printing import Printer, ReaderGone, columns, count, dangerous, name, plain, size


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"a b/c.jpg", "a b/c.jpg"),
        ("Füße 照片".encode(), "Füße 照片"),
        ("👩\u200d👧.jpg".encode(), "👩\u200d👧.jpg"),
        (b"a\nb", '"a\\nb"'),
        (b"\x1b[31mred", '"\\x1b[31mred"'),
        ("\x9b31m".encode(), '"\\u009b31m"'),
        ("photo\u202egpj.exe".encode(), '"photo\\u202egpj.exe"'),
        (b"caf\xe9", '"caf\\xe9"'),
        (b'"quoted"', '"\\"quoted\\""'),
        (b"back\\slash", "back\\slash"),
    ],
)
def test_a_name_shows_nothing_that_a_terminal_obeys(path: bytes, shown: str) -> None:
    """Names print as they are, unless they hold control, direction or undecodable characters."""
    assert name(path) == shown


@given(st.binary(), st.binary())
def test_two_names_never_look_the_same(one: bytes, other: bytes) -> None:
    """Escaping loses nothing."""
    assert (name(one) == name(other)) == (one == other)


@given(st.binary())
def test_no_name_is_dangerous(path: bytes) -> None:
    """Whatever the bytes, what is printed is safe."""
    assert not dangerous().search(name(path))


@given(st.text())
def test_no_text_is_dangerous(text: str) -> None:
    """Messages keep their lines, and nothing else that a terminal obeys."""
    assert not dangerous().search(plain(text).replace("\n", ""))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (23 << 20, "23 MiB"),
        (1 << 90, "1073741824 EiB"),
    ],
)
def test_sizes_have_the_unit_that_suits_them(number: int, shown: str) -> None:
    """Sizes are short, and never more than three digits and a point."""
    assert size(number) == shown


def test_nouns_agree_with_their_number() -> None:
    """One directory, two directories."""
    assert [count(1, "directory"), count(2, "directory"), count(2, "file")] == [
        "1 directory",
        "2 directories",
        "2 files",
    ]


def test_columns_stand_below_each_other_in_wide_letters_too() -> None:
    """A wide letter takes two columns; nothing stands behind the last cell."""
    rows = [("照", "1", "x"), ("abc", "20", "")]
    assert list(columns(rows, "<><")) == ["照    1  x", "abc  20"]


def test_colours_are_for_terminals_whose_owner_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets no colours, nor does who sets NO_COLOR."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert Printer(Terminal(), io.StringIO()).paint("x", "red") == "\x1b[31mx\x1b[0m"
    assert Printer(io.StringIO(), io.StringIO()).paint("x", "red") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Printer(Terminal(), io.StringIO()).paint("x", "red") == "x"


def test_a_reader_that_goes_away_is_no_error_of_the_repository() -> None:
    """A closed pipe is told apart from every other failure to write."""
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "w")
    printer = Printer(out, io.StringIO())
    printer.line("x")
    with pytest.raises(ReaderGone):
        printer.flush()
    with pytest.raises(BrokenPipeError):
        out.close()
