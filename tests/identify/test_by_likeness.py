"""Files that moved and were saved anew, told by the bytes that are the same."""

from __future__ import annotations

import random

from annexish.identify.by_likeness import LARGEST, MOST, Likely, by_likeness

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


def test_the_number_of_comparisons_is_bounded() -> None:
    """A thousand gone and a thousand new files are not a million readings."""
    gone: dict[bytes, bytes | None] = {b"g%d.txt" % number: TEXT for number in range(100)}
    found: dict[bytes, bytes | None] = {b"n%d.txt" % number: TEXT for number in range(100)}
    read: list[int] = []
    old, new = list(gone.items()), list(found.items())

    def reading(key: int) -> bytes | None:
        read.append(key)
        return new[key][1]

    by_likeness(
        [Likely(key, name, len(TEXT)) for key, (name, _) in enumerate(old)],
        [Likely(key, name, len(TEXT)) for key, (name, _) in enumerate(new)],
        lambda key: old[key][1],
        reading,
    )
    assert len(read) == MOST
