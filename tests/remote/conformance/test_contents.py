"""What every remote does with contents."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from annexish.errors import Corrupt, Missing
from annexish.model.ids import Digest
from annexish.remote.port import BLOCK, Remote
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
    with given.remote as remote:
        assert list(remote.lacks([*asked[:2], digest(b"held"), *asked[2:]])) == asked


@pytest.mark.parametrize("size", SIZES)
def test_a_content_is_read_in_blocks(given: Given, size: int) -> None:
    """From any offset; none is empty or larger than a block."""
    data = noise(size)
    given.hold(data)
    with given.remote as remote:
        for offset in {0, 1, size // 2, size - 1, size}:
            blocks = list(remote.read(digest(data), offset))
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
    with given.remote as remote:
        found = remote.descriptor(digest(b"held"))
    if found is not None:
        assert os.pread(found, 100, 0) == b"held"
        os.close(found)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_held(remote: Remote, size: int) -> None:
    """When it is settled; by whatever blocks it came."""
    data = noise(size)
    remote.write(digest(data), size, iter([data[: size // 3], data[size // 3 :]]))
    remote.settle()
    assert remote.lacks([digest(data)]) == []
    assert remote.prove([digest(data)]) == [digest(data)]
    assert b"".join(remote.read(digest(data))) == data


def test_settling_may_come_any_time(remote: Remote) -> None:
    """After nothing, and twice."""
    remote.settle()
    remote.write(digest(b"one"), 3, [b"one"])
    remote.write(digest(b"two"), 3, [b"two"])
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
        remote.write(digest(data), len(data), sent)
    remote.settle()
    assert remote.lacks([digest(data)]) == [digest(data)]
    assert remote.prove([digest(data)]) == []
    remote.write(digest(data), len(data), [data])
    remote.settle()
    assert b"".join(remote.read(digest(data))) == data


def test_a_giver_that_ends_in_the_middle_leaves_nothing_that_is_held(remote: Remote) -> None:
    """What it sent may be of use to the next one, whose bytes are complete."""
    data = noise(2 * BLOCK)

    def broken() -> Iterator[bytes]:
        yield data[:BLOCK]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remote.write(digest(data), len(data), broken())
    remote.settle()
    assert remote.lacks([digest(data)]) == [digest(data)]
    remote.write(digest(data), len(data), [data])
    remote.settle()
    assert remote.prove([digest(data)]) == [digest(data)]


def test_what_is_written_twice_is_held_once(remote: Remote) -> None:
    """Before it is settled, and after."""
    for _ in range(2):
        remote.write(digest(b"one"), 3, [b"one"])
        remote.write(digest(b"one"), 3, [b"one"])
        remote.settle()
    assert remote.prove([digest(b"one")]) == [digest(b"one")]


def test_rot_proves_nothing(given: Given) -> None:
    """A proof is read from the bytes, now, and in the order of the question."""
    for data in (b"sound", b"rotten", b"good"):
        given.hold(data)
    given.spoil(digest(b"rotten"))
    with given.remote as remote:
        asked = [digest(data) for data in (b"good", b"rotten", b"never", b"sound")]
        assert list(remote.prove(asked)) == [digest(b"good"), digest(b"sound")]
