"""Frames, and who sends something else."""

from __future__ import annotations

import os
import random
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish import Repository
from annexish.codec.wire import unpack_chunk
from annexish.errors import AnnexishError, Corrupt, Refused, Unreachable
from annexish.model.budget import Budget
from annexish.model.content import Ask
from annexish.model.ids import Digest
from annexish.model.path import RepoPath
from annexish.model.report import Damage, Verified
from annexish.remote import wire
from annexish.remote.answering import Answering, Rights
from annexish.remote.frames import GREETING, LARGEST, Frames, Garbled, Lost
from annexish.remote.memory import Memory
from annexish.remote.speech import QUESTION, WHO, greet, meet
from annexish.remote.wire import Line, Wire
from tests.conftest import DEEP
from tests.giving import Bytes, put
from tests.remote.conformance.places import digest
from tests.remote.framed import HEAD, frame, headed, numbered
from tests.remote.served import served

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
        os.write(tell, numbered(data))
        os.close(tell)
        yield Frames(source, target, patience=patience)
    finally:
        for one in (source, hear, target):
            os.close(one)


@pytest.mark.parametrize(
    "data",
    [b"Welcome to desk!\n", b"annexish 2\n", b"\n", b"annexish\n" + (LARGEST + 1).to_bytes(4, "big") + bytes(8),
     b"annexish\n" + headed(b"\xc0"), b"annexish\n" + headed(b"\x05"), b"annexish\n" + frame("who"),
     b"annexish\n" + frame(QUESTION, "hello")],
)  # fmt: skip
def test_who_says_something_else(data: bytes) -> None:
    """It is shown, and nothing more is heard."""
    with _told(data) as frames, pytest.raises(Garbled):
        _introduce(frames)


@pytest.mark.parametrize("data", [b"", b"annex", GREETING, GREETING + frame(WHO, [1, 1], {})[:-1]])
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
    with _told(GREETING + frame(WHO, versions, {})) as frames, pytest.raises(Unreachable, match=f"{older} is too old"):
        _introduce(frames)


def test_unknown_features_are_passed_over() -> None:
    """And the highest version that both speak is spoken."""
    with _told(GREETING + frame(WHO, [0, 7], {"colour": "green"})) as frames:
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
    data = GREETING + frame(WHO, [1, 1], {}) + frame(QUESTION, "open", b"")
    for name, arguments, parts in questions:
        with suppress(OverflowError):
            data += frame(QUESTION, name, *arguments) + b"".join(frame(*part) for part in parts)
    memory = Memory("a" * 32)
    with _told(data[:60_000]) as frames, suppress(Garbled):
        Answering(frames, lambda _: memory, Rights()).run()
    assert memory.references() == {}


@given(st.lists(st.tuples(st.integers(0, 6), _VALUES, _VALUES), max_size=6))
def test_whatever_is_answered_is_taken_or_refused(frames: list[tuple[int, object, object]]) -> None:
    """By who asks."""
    data = GREETING + frame(WHO, [1, 1], {}) + frame(3, None)
    for first, one, other in frames:
        with suppress(OverflowError):
            data += frame(first, one) if first < 4 else frame(first, "missing", one, other)
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
    lambda remote: remote.verify([], Budget()),
    lambda remote: remote.verify([b"a"], Budget(1.0, 2), lender=Bytes(b"mine")),
)


def _answering(*frames: bytes) -> bytes:
    """What somebody sends who is asked to verify himself."""
    return GREETING + frame(WHO, [1, 1], {}) + frame(3, None) * 2 + b"".join(frames)


_WELL = frame(3, [1, 2, 3, 4, 5])
_ROT = ["problem", [b"a", "rot", "other bytes", False]]
_NO_VERIFICATIONS = {
    "no numbers": [frame(3, None)],
    "too few numbers": [frame(3, [1, 2, 3, 4])],
    "less than nothing": [frame(3, [1, 2, 3, 4, -1])],
    "more than all": [frame(3, [1 << 63, 2, 3, 4, 5])],
    "yes is no number": [frame(3, [True, 2, 3, 4, 5])],
    "no array of parts": [frame(2, "problem"), _WELL],
    "no part": [frame(2, [[b"a", "rot", "other bytes", False]]), _WELL],
    "an unknown part": [frame(2, [["joke", []]]), _WELL],
    "an unknown damage": [frame(2, [["problem", [b"a", "\x1b[2J", "", False]]]), _WELL],
    "a path that is text": [frame(2, [["problem", ["a", "rot", "", False]]]), _WELL],
    "healed perhaps": [frame(2, [["problem", [b"a", "rot", "", 1]]]), _WELL],
    "a novel": [frame(2, [["problem", [b"a", "rot", "x" * 1001, False]]]), _WELL],
    "an odd moment": [frame(2, [["tick", [b"a", -1, None, 0, None]]]), _WELL],
    "wants something unasked": [frame(2, [["lend", [bytes(32), 0]]]), _WELL],
}


@pytest.mark.parametrize("case", _NO_VERIFICATIONS)
def test_who_tells_nonsense_of_a_verification(case: str) -> None:
    """Nothing of it is taken."""
    with _told(_answering(*_NO_VERIFICATIONS[case])) as frames, pytest.raises(Corrupt):
        _asked(frames).verify([], Budget())


@pytest.mark.parametrize("asked", [[bytes(31), 0], [bytes(32), -1], [bytes(32)], ["0" * 32, 0], [bytes(32), 1 << 63]])
def test_who_wants_something_odd_is_lent_nothing(asked: list[object]) -> None:
    """The verification ends."""
    lender = Bytes(b"mine")
    with _told(_answering(frame(2, [["lend", asked]]), _WELL)) as frames, pytest.raises(Corrupt):
        _asked(frames).verify([], Budget(), lender=lender)
    assert lender.sent == 0


def test_what_is_told_of_a_verification_is_taken() -> None:
    """As it was told."""
    tick = ["tick", [b"a", 1, None, 2, 3]]
    with _told(_answering(frame(2, [_ROT, tick]), frame(2, []), _WELL)) as frames:
        done = _asked(frames).verify([], Budget())
    assert done == Verified(1, 2, (Damage(RepoPath(b"a"), "rot", "other bytes"),), 3, 4, 5)


def test_problems_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tells more than can be is not heard to the end."""
    monkeypatch.setattr(wire, "_DAMAGES", 50_000)
    with _told(_answering(frame(2, [_ROT] * 1000), _WELL)) as frames, pytest.raises(Corrupt, match="more problems"):
        _asked(frames).verify([], Budget())


_LISTS: dict[str, tuple[Any, Any]] = {
    "needs": ([bytes(32), 1, None, b"a"], lambda remote: remote.needs("0" * 40)),
    "draft": (["blob", b"abc"], lambda remote: remote.draft()),
    "advance": (["absent", b"a"], lambda remote: remote.advance(None, "0" * 40)),
}


@pytest.mark.parametrize("question", _LISTS)
def test_lists_have_an_end(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lists more than a repository has is not heard to the end."""
    monkeypatch.setattr(wire, "_LISTED", 10_000)
    part, ask = _LISTS[question]
    with _told(_answering(frame(2, [part] * 1000), frame(3, None))) as frames, pytest.raises(Corrupt, match="lists"):
        ask(_asked(frames))


@pytest.mark.parametrize("question", ["lacks", "prove"])
def test_no_more_comes_back_than_was_asked_about(question: str) -> None:
    """Who answers for ever is not heard to the end."""
    others = [number.to_bytes(32, "big") for number in range(20)]
    with _told(_answering(frame(2, others), frame(2, others))) as frames, pytest.raises(Corrupt, match="more comes"):
        getattr(_asked(frames), question)([_DIGEST])


@pytest.mark.parametrize("question", ["lacks", "prove"])
def test_all_may_come_back(question: str) -> None:
    """What was asked about, and no more."""
    with _told(_answering(frame(2, [_DIGEST]), frame(3, None))) as frames:
        assert getattr(_asked(frames), question)([_DIGEST]) == [_DIGEST]


def _asked(frames: Frames) -> Wire:
    """Who asks over these frames, and has begun."""
    with Wire(lambda: Line(frames, lambda: None, lambda error, _: error), b"") as remote:
        return remote


_NO_QUESTIONS: dict[str, list[Any]] = {
    "a time before now": [-1, None],
    "no time": [float("nan"), None],
    "for ever": [float("inf"), None],
    "a word": ["1", None],
    "less than nothing": [None, -1],
    "half a byte": [None, 0.5],
    "yes": [True, None],
}


@pytest.mark.parametrize("question", ["verify", "repair"])
@pytest.mark.parametrize("case", _NO_QUESTIONS)
def test_no_budget_is_no_question(case: str, question: str) -> None:
    """It is told, and the next one is answered."""
    asked = frame(QUESTION, question, *_NO_QUESTIONS[case]) + frame(3, None) + frame(QUESTION, "hello")
    assert [answer[0] for answer in _answers(asked)] == [4, 3]


@pytest.mark.parametrize("paths", [[1], ["a"], [None], [[b"a"]]])
def test_no_paths_are_no_question(paths: list[object]) -> None:
    """They are told too."""
    asked = frame(QUESTION, "verify", None, None) + frame(2, paths) + frame(3, None) + frame(QUESTION, "hello")
    assert [answer[0] for answer in _answers(asked)] == [4, 3]


def test_paths_have_an_end() -> None:
    """Nobody asks for so many at once."""
    asked = frame(QUESTION, "verify", None, None) + frame(2, [b""] * 50_000) * 3 + frame(3, None)
    (answer,) = _answers(asked)
    assert answer[:2] == (4, "refused")


@pytest.mark.parametrize("rights", [Rights(adds=False, works=False), Rights(works=False)])
def test_who_may_not_work_repairs_nothing(rights: Rights) -> None:
    """Whoever may ask may let it verify itself."""
    asked = b"".join(frame(QUESTION, name, None, None) + frame(3, None) for name in ("repair", "verify"))
    refused, well = _answers(asked, rights)
    assert refused[:2] == (4, "refused")
    assert well == (3, (0, 0, 0, 0, 0))


def _answers(asked: bytes, rights: Rights = Rights()) -> list[Any]:  # noqa: B008 - never changes
    """What is answered to questions; nothing is said meanwhile."""
    data = GREETING + frame(WHO, [1, 1], {}) + frame(QUESTION, "open", b"") + asked
    source, tell = os.pipe()
    with TemporaryFile() as heard:
        writer = threading.Thread(target=_write_all, args=(tell, numbered(data)))
        writer.start()
        with suppress(Garbled):
            Answering(Frames(source, heard.fileno(), patience=5), lambda _: Memory("a" * 32), rights).run()
        writer.join()
        heard.seek(len(GREETING))
        told = heard.read()
    os.close(source)
    found = []
    while told:
        size = int.from_bytes(told[:4], "big")
        found.append(msgpack.unpackb(told[HEAD : HEAD + size], use_list=False))
        told = told[HEAD + size :]
    return found[2:]


def _write_all(target: int, data: bytes) -> None:
    with open(target, "wb") as file:
        file.write(data)


def test_an_error_ends_an_exchange_and_not_a_content() -> None:
    """Whoever goes on after it hears of it again, and waits for nothing."""
    data = _answering(frame(7, [b"begun"]), frame(4, "corrupt", "the history is broken", ""))
    with _told(data) as frames:
        contents = _asked(frames).give([Ask(Digest(bytes(32))), Ask(Digest(b"1" * 32))])
        first = next(contents)
        assert next(first) == b"begun"
        for told in (first, contents):
            with pytest.raises(Corrupt, match="history is broken"):
                next(told)


def test_only_who_locked_gives_contents(tmp_path: Path) -> None:
    """Who comes at the same time could change what has no name yet."""
    Repository.init(tmp_path)
    with served(tmp_path) as remote:
        with pytest.raises(Refused, match="locked"):
            put(remote, digest(b"one"), 3, Bytes(b"one"))
        with remote.locked():
            put(remote, digest(b"one"), 3, Bytes(b"one"))
        remote.settle()
        assert remote.lacks([digest(b"one")]) == [digest(b"one")]


def test_many_digests_in_one_question(tmp_path: Path) -> None:
    """More than both directions of a connection hold."""
    Repository.init(tmp_path)
    many = [Digest(number.to_bytes(32, "big")) for number in range(400_000)]
    with served(tmp_path) as remote:
        assert remote.lacks(many) == many


@pytest.mark.parametrize("chunk", [(1, b"x" * 33), (b"1", b"x"), (1,), None])
def test_what_is_no_chunk(chunk: object) -> None:
    """It takes no room."""
    with pytest.raises(Corrupt):
        unpack_chunk(chunk)


def test_bytes_without_sense() -> None:
    """Any bytes behind the greeting; memory stays as it was."""
    chance = random.Random(7)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(INPUTS):
        said = chance.randbytes(chance.randrange(200))
        with (
            _told(GREETING + (headed(said) if chance.random() < 0.9 else said)) as frames,
            suppress(Garbled, Lost, Corrupt),
        ):
            _introduce(frames)
            while True:
                frames.receive()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (64 << 10)
