"""Files that moved and were saved anew, told by the bytes that are the same."""

from __future__ import annotations

import random
from collections.abc import Callable

from annexish.identify.by_likeness import LARGEST, MOST, MOST_OF_OTHER_NAMES, Likely, by_likeness

TEXT = b"".join(b"line %d\n" % number for number in range(100))
NOISE = random.Random(1).randbytes(20_000)


def paired(gone: dict[bytes, bytes | None], found: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    """From pictures, name to bytes (None cannot be read), the pairs by name: new to gone."""
    old, new = list(gone.items()), list(found.items())

    def likely(sides: list[tuple[bytes, bytes | None]]) -> list[Likely]:
        return [Likely(key, name, len(TEXT if data is None else data)) for key, (name, data) in enumerate(sides)]

    pairs = by_likeness(likely(old), likely(new), lambda key: old[key][1], lambda key: new[key][1])
    return {new[key][0]: old[position][0] for key, position in pairs.items()}


def test_a_text_with_another_line_is_the_same_text() -> None:
    """The name may be another, if the extension is the same."""
    assert paired({b"a.txt": TEXT}, {b"b.txt": b"new\n" + TEXT}) == {b"b.txt": b"a.txt"}


def test_bytes_that_were_inserted_do_not_hide_the_rest() -> None:
    """Data that is no text is cut by what is in it, not by where it is."""
    assert paired({b"a.bin": NOISE}, {b"a.bin": b"inserted" + NOISE}) == {b"a.bin": b"a.bin"}


def test_other_bytes_are_another_file() -> None:
    """The same name says nothing alone."""
    other = bytes(byte ^ 0x55 for byte in TEXT)
    assert paired({b"a.txt": TEXT}, {b"a.txt": other}) == {}


def test_half_of_the_bytes_decide() -> None:
    """Git's threshold for renames."""
    half = TEXT[: len(TEXT) // 2]
    rest = bytes(len(TEXT) - len(half))
    assert paired({b"a": TEXT}, {b"a": half[:-20] + bytes(20) + rest}) == {}
    more = TEXT[: len(TEXT) * 2 // 3]
    assert paired({b"a": TEXT}, {b"a": more + bytes(len(TEXT) - len(more))}) == {b"a": b"a"}


def test_the_most_alike_goes_first() -> None:
    """One object is one name."""
    close, far = TEXT + b"x\n", TEXT[: len(TEXT) * 3 // 4]
    assert paired({b"a.txt": TEXT}, {b"b.txt": far, b"c.txt": close}) == {b"c.txt": b"a.txt"}
    assert paired({b"a.txt": TEXT, b"b.txt": far}, {b"c.txt": close}) == {b"c.txt": b"a.txt"}


def test_what_is_not_compared() -> None:
    """Other extensions, names without one, sizes far apart, what is small, large or cannot be read."""
    assert paired({b"a.txt": TEXT}, {b"b.md": TEXT + b"x"}) == {}
    assert paired({b"a": TEXT}, {b"b": TEXT + b"x"}) == {}
    assert paired({b".a": TEXT}, {b".b": TEXT + b"x"}) == {}
    assert paired({b"a": TEXT}, {b"a": TEXT * 3}) == {}
    assert paired({b"a": b"small"}, {b"a": b"small"}) == {}
    large = bytes(LARGEST + 1)
    assert paired({b"a": large}, {b"a": large}) == {}
    assert paired({b"a": None}, {b"a": TEXT}) == {}
    assert paired({b"a": TEXT}, {b"a": None}) == {}


def reads(gone: list[bytes], found: list[bytes]) -> tuple[int, int]:
    """How many old and new files are read to compare files of these names, of which none is like another."""
    old: list[int] = []
    new: list[int] = []

    def reading(into: list[int], fill: int) -> Callable[[int], bytes]:
        def read(key: int) -> bytes:
            into.append(key)
            return bytes([fill]) * 100

        return read

    was = [Likely(key, name, 100) for key, name in enumerate(gone)]
    now = [Likely(key, name, 100) for key, name in enumerate(found)]
    assert by_likeness(was, now, reading(old, 1), reading(new, 2)) == {}
    return len(old), len(new)


def test_the_number_of_readings_is_bounded() -> None:
    """A thousand gone and a thousand new files are not a million readings; each file is read once."""
    names = [b"%d.a" % number for number in range(1000)]
    assert reads(names, names) == (MOST, MOST)
    assert MOST_OF_OTHER_NAMES < 3 * 9
    assert reads([b"g%d.a" % number for number in range(9)], [b"n%d.a" % number for number in range(9)]) == (9, 3)


def test_without_old_bytes_nothing_new_is_read() -> None:
    """There is nothing to compare it with."""

    def never(key: int) -> bytes:
        raise AssertionError(key)

    assert by_likeness([Likely(0, b"a", 100)], [Likely(0, b"a", 100)], lambda _: None, never) == {}
