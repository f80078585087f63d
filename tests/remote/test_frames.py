"""Frames, and who sends something else."""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.errors import AnnexishError, Corrupt, Unreachable
from annexish.remote.answering import Answering, Rights
from annexish.remote.frames import GREETING, LARGEST, Frames, Garbled, Lost
from annexish.remote.memory import Memory
from annexish.remote.speech import QUESTION, WHO, greet, meet
from annexish.remote.wire import Line, Wire
from tests.conftest import DEEP

INPUTS = 20_000 if DEEP else 300


def _introduce(frames: Frames) -> int:
    greet(frames)
    return meet(frames)


@contextmanager
def _told(data: bytes, *, patience: float = 5) -> Iterator[Frames]:
    """Frames to which somebody said this, and then nothing more."""
    source, tell = os.pipe()
    hear, target = os.pipe()
    try:
        os.set_blocking(tell, False)
        os.write(tell, data)
        os.close(tell)
        yield Frames(source, target, patience=patience)
    finally:
        for one in (source, hear, target):
            os.close(one)


def _frame(*parts: object) -> bytes:
    body = msgpack.packb(parts)
    return len(body).to_bytes(4, "big") + bytes(body)


@pytest.mark.parametrize(
    "data",
    [b"Welcome to desk!\n", b"annexish 2\n", b"\n", b"annexish\n" + (LARGEST + 1).to_bytes(4, "big"),
     b"annexish\n" + _frame()[:4] + b"\xc0", b"annexish\n\x00\x00\x00\x01\x05", b"annexish\n" + _frame("who"),
     b"annexish\n" + _frame(QUESTION, "hello")],
)  # fmt: skip
def test_who_says_something_else(data: bytes) -> None:
    """It is shown, and nothing more is heard."""
    with _told(data) as frames, pytest.raises(Garbled):
        _introduce(frames)


@pytest.mark.parametrize("data", [b"", b"annex", GREETING, GREETING + _frame(WHO, [1, 1], {})[:-1]])
def test_who_ends_in_the_middle(data: bytes) -> None:
    """It is said."""
    with _told(data) as frames, pytest.raises(Lost):
        _introduce(frames)


def test_who_says_nothing() -> None:
    """Nobody waits for ever."""
    source, tell = os.pipe()
    hear, target = os.pipe()
    with pytest.raises(Lost, match="nothing came"):
        Frames(source, target, patience=0.1).receive()
    for one in (source, tell, hear, target):
        os.close(one)


@pytest.mark.parametrize(("versions", "older"), [([2, 9], "here"), ([0, 0], "there")])
def test_no_version_in_common(versions: list[int], older: str) -> None:
    """Each side says which of them is older."""
    with _told(GREETING + _frame(WHO, versions, {})) as frames, pytest.raises(Unreachable, match=f"{older} is too old"):
        _introduce(frames)


def test_unknown_features_are_passed_over() -> None:
    """And the highest version that both speak is spoken."""
    with _told(GREETING + _frame(WHO, [0, 7], {"colour": "green"})) as frames:
        assert _introduce(frames) == 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), 1 << 63) | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_QUESTIONS = st.sampled_from(sorted(Answering._QUESTIONS))  # noqa: SLF001 - what may be asked
_PARTS = st.lists(st.tuples(st.integers(0, 6), _VALUES), max_size=5)


_Asked = list[tuple[str, list[object], list[tuple[int, object]]]]


@given(st.lists(st.tuples(_QUESTIONS | st.text(max_size=5), st.lists(_VALUES, max_size=4), _PARTS), max_size=4))
def test_whatever_is_asked_is_answered_or_refused(questions: _Asked) -> None:
    """Nothing but the errors that are known, and nothing is set."""
    data = GREETING + _frame(WHO, [1, 1], {}) + _frame(QUESTION, "open", b"")
    for name, arguments, parts in questions:
        with suppress(OverflowError):
            data += _frame(QUESTION, name, *arguments) + b"".join(_frame(*part) for part in parts)
    memory = Memory("a" * 32)
    with _told(data[:60_000]) as frames, suppress(Garbled):
        Answering(frames, lambda _: memory, Rights()).run()
    assert memory.references() == {}


@given(st.lists(st.tuples(st.integers(0, 6), _VALUES, _VALUES), max_size=6))
def test_whatever_is_answered_is_taken_or_refused(frames: list[tuple[int, object, object]]) -> None:
    """By who asks."""
    data = GREETING + _frame(WHO, [1, 1], {}) + _frame(3, None)
    for first, one, other in frames:
        with suppress(OverflowError):
            data += _frame(first, one) if first < 4 else _frame(first, "missing", one, other)
    for ask in _ASKED:
        with _told(data[:60_000]) as told, suppress(AnnexishError):
            line = Line(told, lambda: None, lambda error, _: error)
            with Wire(lambda line=line: line, b"") as remote:  # type: ignore[misc]
                ask(remote)


_DIGEST = bytes(32)
_ASKED = (
    lambda remote: remote.hello(),
    lambda remote: remote.references(),
    lambda remote: list(remote.objects(["0" * 40], [])),
    lambda remote: list(remote.read(_DIGEST)),
    lambda remote: remote.lacks([_DIGEST]),
    lambda remote: remote.commit("a").result(),
    lambda remote: remote.draft(),
    lambda remote: remote.needs("0" * 40),
    lambda remote: remote.advance(None, "0" * 40),
)


def test_bytes_without_sense() -> None:
    """Any bytes behind the greeting; memory stays as it was."""
    chance = random.Random(7)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(INPUTS):
        with _told(GREETING + chance.randbytes(chance.randrange(200))) as frames, suppress(Garbled, Lost, Corrupt):
            _introduce(frames)
            while True:
                frames.receive()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (64 << 10)
