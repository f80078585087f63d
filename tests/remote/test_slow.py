"""Lines that are slow, limited or silent."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.errors import Corrupt
from annexish.model.content import Ask
from annexish.remote import packing
from annexish.remote.beat import beating
from annexish.remote.frames import CONTENTS, LARGEST, Frames, Garbled, Lost
from annexish.remote.inflow import Inflow
from annexish.remote.wire import Line, Wire
from annexish.system.apart import Apart
from tests.remote.conformance.places import digest
from tests.remote.served import line_to, started
from tests.store.repositories import noise
from tests.trees import Tree

SIZE = 4 << 20
RATE = 8 << 20
LONG = 3.0
"""Seconds of work, three times the patience of who waits for it."""
WORDS = b"what can be said in fewer bytes is said in fewer bytes, if there is a reason to. " * (SIZE // 81 + 1)


@contextmanager
def _both(patience: float = 5) -> Iterator[tuple[Frames, Frames]]:
    """Two sides that have met."""
    (one, two), (three, four) = os.pipe(), os.pipe()
    try:
        yield Frames(one, four, patience=patience), Frames(three, two, patience=patience)
    finally:
        for each in (one, two, three, four):
            os.close(each)


@given(st.lists(st.binary(max_size=30)), st.lists(st.integers(0, 40)))
def test_bytes_leave_in_the_order_in_which_they_came(pieces: list[bytes], counts: list[int]) -> None:
    """However they are cut."""
    inflow = Inflow()
    for piece in pieces:
        inflow.add(piece)
    left = b"".join(pieces)
    for count in counts:
        assert inflow.peek(count) == left[:count]
        if count <= len(left):
            assert bytes(inflow.take(count)) == left[:count]
            left = left[count:]
        assert len(inflow) == len(left)


@pytest.mark.parametrize("body", [bytes(LARGEST), WORDS[:1000], noise(100) * 20])
def test_what_is_packed_is_unpacked(body: bytes) -> None:
    """Byte by byte."""
    packed = packing.pack(body)
    assert packed is not None
    assert len(packed) < len(body)
    assert packing.unpack(packed, LARGEST) == body


@pytest.mark.parametrize("body", [b"", b"short", noise(LARGEST)])
def test_what_would_not_be_shorter_is_not_packed(body: bytes) -> None:
    """Nor what is short already."""
    assert packing.pack(body) is None


@pytest.mark.parametrize("case", ["a bomb", "cut off", "more behind", "no sense", "nothing"])
def test_what_is_packed_badly_is_refused(case: str) -> None:
    """In little memory, whatever it says that it would be."""
    packed = packing.pack(bytes(64 << 20)) or b""
    small = packing.pack(bytes(4096)) or b""
    bad = {"a bomb": packed, "cut off": small[:-1], "more behind": small + b"x", "no sense": noise(99), "nothing": b""}
    with pytest.raises(Corrupt):
        packing.unpack(bad[case], LARGEST)


@pytest.mark.parametrize("pack", [True, False])
def test_frames_that_are_packed_are_frames(*, pack: bool) -> None:
    """Also those of which only the beginning is checked."""
    with _both() as (here, there):
        for one in (here, there):
            one.unpacks = True
        there.packs = pack
        sent = ((CONTENTS, (WORDS[:20_000],)), (2, (WORDS[:9_000],)), (3, None))
        for frame in sent:
            there.send(*frame, pack=pack)
        there.flush()
        assert [here.receive() for _ in sent] == list(sent)
        assert (here.came < 5_000) is pack


@pytest.mark.parametrize("change", ["a bit", "again", "missing"])
def test_a_frame_that_is_not_the_next_one_is_none(change: str) -> None:
    """Whatever happened to it."""
    (one, two), (three, four) = os.pipe(), os.pipe()
    there = Frames(three, two)
    for word in ("hello", "world"):
        there.send(3, word)
    there.flush()
    said = os.read(one, 1000)
    size = len(said) // 2
    first, second = said[:size], said[size:]
    told = {"a bit": first[:-1] + bytes((first[-1] ^ 1,)), "again": first + first, "missing": second}[change]
    os.write(two, told)
    here = Frames(one, four, patience=5)
    with pytest.raises(Garbled):
        _ = [here.receive(), here.receive()]
    for each in (one, two, three, four):
        os.close(each)


def _spin(until: float) -> None:
    while time.monotonic() < until:
        sum(range(1000))


def _waits(until: float) -> None:
    """Wait for another process, as a commit does."""
    Apart(partial(_spin, until)).result()


def _working(seconds: float, beat: float | None, work: Callable[[float], None] = _spin) -> None:
    """Another process that works for so long before it answers; with signs of life, or without."""
    until = time.monotonic() + seconds
    with _both(patience=seconds / 3) as (here, there):
        child = os.fork()
        if not child:
            with beating(there.beat, beat or 1000):
                there.send(2, "waits to be sent")
                work(until)
                there.send(3, "done")
                there.flush()
            os._exit(0)
        try:
            assert here.receive() == (2, "waits to be sent")
            assert here.receive() == (3, "done")
            assert time.monotonic() >= until
        finally:
            os.waitpid(child, 0)


@pytest.mark.parametrize("work", [_spin, _waits])
def test_who_works_for_long_is_alive(work: Callable[[float], None]) -> None:
    """As the other side hears from time to time, also while a helping process is waited for."""
    _working(LONG, 0.05, work)


def test_who_is_silent_is_given_up() -> None:
    """Nobody waits for ever."""
    with pytest.raises(Lost, match="nothing came"):
        _working(LONG, None)


@contextmanager
def _limited(tree: Tree, rate: int) -> Iterator[tuple[Wire, Frames]]:
    """A served repository over a line of this rate, and its frames."""
    process = started()
    assert process.stdin is not None
    assert process.stdout is not None
    frames = Frames(process.stdout.fileno(), process.stdin.fileno(), patience=60, rate=rate)
    line: Line = line_to(process, frames)
    with Wire(lambda: line, os.fsencode(tree.top)) as remote:
        yield remote, frames


@pytest.mark.parametrize(("data", "packed"), [(WORDS[:SIZE], True), (noise(SIZE), False)])
def test_a_slow_line_carries_what_is_packed(tmp_path: Path, data: bytes, *, packed: bool) -> None:
    """No more bytes pass in a second than may; of what can be packed fewer pass."""
    tree = Tree(tmp_path, {"a": data, "b": data + b"b", "c": data + b"c"}, name="there")
    tree.commit()
    begin = time.monotonic()
    with _limited(tree, RATE) as (remote, frames):
        ends = (b"", b"b", b"c")
        for end, pieces in zip(ends, remote.give(Ask(digest(data + end)) for end in ends), strict=True):
            assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == data + end
        took, came = time.monotonic() - begin, frames.came
    assert came <= took * RATE + RATE // 2
    assert (came < 2 * SIZE) is packed
