"""What every remote does with contents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import repeat

import pytest

from annexish.errors import Corrupt, Missing
from annexish.model.content import BLOCK, Chunk, Piece, Recipe, Span
from annexish.model.ids import Digest
from annexish.remote.port import Remote
from tests.giving import Bytes, Giver, Liar, Nothing, put, read, rebuilt, recipe
from tests.remote.conformance.conftest import Given
from tests.remote.conformance.places import digest
from tests.store.repositories import noise

NOWHERE = Digest(b"\1" * 32)
SIZES = (1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5)


def test_nobody_lacks_nothing(remote: Remote) -> None:
    """The content without bytes is everywhere, and no question has no answer."""
    assert remote.lacks([]) == []
    assert remote.lacks([digest(b"")]) == []
    assert remote.prove([digest(b"")]) == [digest(b"")]


def test_what_lacks_is_told_in_order(given: Given) -> None:
    """As it was asked for."""
    given.hold(b"held")
    asked = [Digest(bytes([number]) * 32) for number in (9, 3, 200, 1)]
    with given.remote as remote, remote.locked():
        assert list(remote.lacks([*asked[:2], digest(b"held"), *asked[2:]])) == asked


@pytest.mark.parametrize("size", SIZES)
def test_a_content_is_read_in_blocks(given: Given, size: int) -> None:
    """From any offset; none is empty or larger than a block."""
    data = noise(size)
    given.hold(data)
    with given.remote as remote, remote.locked():
        for offset in {0, 1, size // 2, size - 1, size}:
            blocks = read(remote, digest(data), offset)
            assert b"".join(blocks) == data[offset:]
            assert all(0 < len(block) <= BLOCK for block in blocks)


def test_a_content_that_is_not_held_is_missing(remote: Remote) -> None:
    """However it is asked for."""
    with pytest.raises(Missing):
        list(remote.read(NOWHERE))
    assert remote.descriptor(NOWHERE) is None
    assert remote.lacks([NOWHERE]) == [NOWHERE]
    assert remote.prove([NOWHERE]) == []


def test_a_descriptor_is_the_callers(given: Given) -> None:
    """It has the bytes, if there can be one, and is closed by who asked."""
    given.hold(b"held")
    with given.remote as remote, remote.locked():
        found = remote.descriptor(digest(b"held"))
    if found is not None:
        assert os.pread(found, 100, 0) == b"held"
        os.close(found)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_held(remote: Remote, size: int) -> None:
    """When it is settled; by whatever blocks it came."""
    data = noise(size)
    put(remote, digest(data), size, Giver(filter(None, [data[: size // 3], data[size // 3 :]])))
    remote.settle()
    assert remote.lacks([digest(data)]) == []
    assert remote.prove([digest(data)]) == [digest(data)]
    assert b"".join(read(remote, digest(data))) == data


def test_settling_may_come_any_time(remote: Remote) -> None:
    """After nothing, and twice."""
    remote.settle()
    put(remote, digest(b"one"), 3, Giver([b"one"]))
    put(remote, digest(b"two"), 3, Giver([b"two"]))
    remote.settle()
    remote.settle()
    assert remote.lacks([digest(b"one"), digest(b"two")]) == []


def _endless() -> Iterator[bytes]:
    while True:
        yield bytes(BLOCK)


@pytest.mark.parametrize("case", ["other bytes", "short", "nothing", "long", "a byte too many", "endless"])
def test_what_is_another_content_is_refused(remote: Remote, case: str) -> None:
    """It is not held then, and the right bytes are taken afterwards."""
    data = noise(BLOCK + 10)
    sent = {
        "other bytes": [bytes(len(data))], "short": [data[:-1]], "nothing": [], "long": [data, data],
        "a byte too many": [data, b"x"], "endless": _endless(),
    }[case]  # fmt: skip
    with pytest.raises(Corrupt):
        put(remote, digest(data), len(data), Giver(sent))
    remote.settle()
    assert remote.lacks([digest(data)]) == [digest(data)]
    assert remote.prove([digest(data)]) == []
    put(remote, digest(data), len(data), Giver([data]))
    remote.settle()
    assert b"".join(read(remote, digest(data))) == data


def test_a_giver_that_ends_in_the_middle_leaves_nothing_that_is_held(remote: Remote) -> None:
    """What it sent may be of use to the next one, whose bytes are complete."""
    data = noise(2 * BLOCK)

    def broken() -> Iterator[bytes]:
        yield data[:BLOCK]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(remote, digest(data), len(data), Giver(broken()))
    remote.settle()
    assert remote.lacks([digest(data)]) == [digest(data)]
    put(remote, digest(data), len(data), Giver([data]))
    remote.settle()
    assert remote.prove([digest(data)]) == [digest(data)]


@pytest.mark.parametrize("beginning", [b"", b"on"])
def test_a_giver_that_has_nothing(remote: Remote, beginning: bytes) -> None:
    """It is missing, and the next one who has it is asked in the same session."""
    with pytest.raises(Missing):
        put(remote, digest(b"one"), 3, Nothing(beginning))
    remote.settle()
    assert remote.lacks([digest(b"one")]) == [digest(b"one")]
    put(remote, digest(b"one"), 3, Giver([b"one"]))
    remote.settle()
    assert remote.prove([digest(b"one")]) == [digest(b"one")]


def test_what_is_written_twice_is_held_once(remote: Remote) -> None:
    """Before it is settled, and after."""
    for _ in range(2):
        put(remote, digest(b"one"), 3, Giver([b"one"]))
        put(remote, digest(b"one"), 3, Giver([b"one"]))
        remote.settle()
    assert remote.prove([digest(b"one")]) == [digest(b"one")]


def test_rot_proves_nothing(given: Given) -> None:
    """A proof is read from the bytes, now, and in the order of the question."""
    for data in (b"sound", b"rotten", b"good"):
        given.hold(data)
    given.spoil(digest(b"rotten"))
    with given.remote as remote, remote.locked():
        asked = [digest(data) for data in (b"good", b"rotten", b"never", b"sound")]
        assert list(remote.prove(asked)) == [digest(b"good"), digest(b"sound")]


LARGE = noise(3 << 20)
EDITED = LARGE[: 1 << 20] + b"edited" + LARGE[1 << 20 :]


@pytest.mark.parametrize("offset", [0, 100, 2 << 20, len(EDITED)])
def test_what_is_known_need_not_come(given: Given, offset: int) -> None:
    """Wherever the asker begins."""
    given.hold(EDITED)
    with given.remote as remote, remote.locked():
        data, came = rebuilt(remote.read(digest(EDITED), offset, recipe(LARGE)), LARGE)
        assert data == EDITED[offset:]
        assert came < len(EDITED) // 4


ODD = {
    "nothing": Recipe(16 << 10, ()),
    "no average": Recipe(0, [Chunk(1, b"")]),
    "less than none": Recipe(-1, [Chunk(-5, b"x"), Chunk(0, b"")]),
    "far too large": Recipe(1 << 70, [Chunk(1 << 80, b"y" * 100)]),
    "endless": Recipe(16 << 10, repeat(Chunk(1, b"z" * 32))),
    "digests without end": Recipe(16 << 10, repeat(Chunk(1, bytes(1 << 20)))),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_recipe_is_of_no_use(given: Given, case: str) -> None:
    """Then all bytes come."""
    given.hold(EDITED)
    with given.remote as remote, remote.locked():
        assert rebuilt(remote.read(digest(EDITED), 0, ODD[case]), b"") == (EDITED, len(EDITED))


@pytest.mark.parametrize("base", [LARGE, EDITED[::-1], b"small"])
def test_a_base_makes_what_crosses_less(given: Given, base: bytes) -> None:
    """Or not, if it is another content or the remote has none; the answer counts what came."""
    given.hold(base)
    holder = Bytes(EDITED)
    with given.remote as remote, remote.locked():
        assert put(remote, digest(EDITED), len(EDITED), holder, digest(base)) == holder.sent <= len(EDITED)
        remote.settle()
        assert remote.prove([digest(EDITED)]) == [digest(EDITED)]


def test_a_base_that_nobody_has_is_none(remote: Remote) -> None:
    """Everything comes."""
    assert put(remote, digest(EDITED), len(EDITED), Bytes(EDITED), NOWHERE) == len(EDITED)
    remote.settle()
    assert remote.prove([digest(EDITED)]) == [digest(EDITED)]


LIES: dict[str, list[Piece]] = {
    "beyond the end": [Span(0, len(LARGE) + 6)],
    "begins beyond the end": [Span(len(LARGE), 10)],
    "before the beginning": [Span(-6, len(EDITED))],
    "less than nothing": [Span(10, -5), EDITED],
    "nothing": [Span(0, 0), EDITED],
    "no bytes": [b"", EDITED],
    "numbers beyond all": [Span(1 << 70, 1 << 70)],
    "another part": [EDITED[:BLOCK], Span(0, len(EDITED) - BLOCK)],
    "too much": [Span(0, len(LARGE)), Span(0, len(LARGE))],
}


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("case", LIES)
def test_spans_are_not_believed(given: Given, case: str, *, truth: bool) -> None:
    """Who lies of them is asked for the whole; who lies of that too gives nothing."""
    given.hold(LARGE)
    holder = Liar(LIES[case], [EDITED] if truth else LIES[case])
    with given.remote as remote, remote.locked():
        if truth:
            put(remote, digest(EDITED), len(EDITED), holder, digest(LARGE))
        else:
            with pytest.raises(Corrupt):
                put(remote, digest(EDITED), len(EDITED), holder, digest(LARGE))
        remote.settle()
        assert remote.prove([digest(EDITED)]) == ([digest(EDITED)] if truth else [])
        assert remote.lacks([digest(EDITED)]) == ([] if truth else [digest(EDITED)])


@pytest.mark.parametrize("piece", [b"", Span(0, 0), Span(0, 4096), bytes(BLOCK)])
def test_who_never_ends_is_not_heard_to_the_end(given: Given, piece: Piece) -> None:
    """Whatever he says."""
    given.hold(LARGE)
    with given.remote as remote, remote.locked(), pytest.raises(Corrupt):
        put(remote, digest(EDITED), len(EDITED), Giver(repeat(piece)), digest(LARGE))
