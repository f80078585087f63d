"""F7: frames, questions and answers that somebody spoiled; each ends in an error that is known, in little memory."""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import msgpack
import pytest

from annexish.errors import AnnexishError, Corrupt, Unreachable
from annexish.model.budget import Budget
from annexish.model.content import Ask, Gift, Want
from annexish.model.ids import CommitId, Digest
from annexish.remote import packing
from annexish.remote.answering import Answering, Rights
from annexish.remote.frames import CONTENTS, GREETING, LARGEST, Frames, Garbled, Lost
from annexish.remote.memory import Memory
from annexish.remote.speech import ASKS, END, ERROR, PART, QUESTION, WANTS, WHO
from annexish.remote.wire import Line, Wire
from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.foreign import HEAD, Made, history
from tests.giving import Bytes
from tests.remote.conformance.places import digest
from tests.remote.framed import headed, numbered
from tests.store.repositories import noise

PARTS = 20
INPUTS = 50_000 if DEEP else 100
"""So many in each part."""
MOST = 64 << 10
"""KiB that this may take."""
LARGE = noise(1 << 20)
HELD, KNOWN, LACKING = digest(b"held"), digest(LARGE), Digest(bytes(32))
COMMIT = CommitId("a" * 40)


class Told(Frames):
    """Frames to which somebody said this, and then nothing more; what is answered is read by nobody."""

    def __init__(self, data: bytes) -> None:
        self._null = os.open(os.devnull, os.O_RDWR)
        super().__init__(self._null, self._null, patience=5)
        self._data = BytesIO(data)

    def _take(self) -> bool:
        came = self._data.read(1 << 16)
        self._ended = not came
        self._come.add(came)
        return True

    def _written(self, data: memoryview) -> int:
        return len(data)

    def close(self) -> None:
        """Be done with it."""
        os.close(self._null)


Body = tuple[Any, ...]
_WHO: Body = (WHO, (1, 1), {packing.NAME: 1, "alive": 15})
_OPENED: list[Body] = [_WHO, (QUESTION, "open", b"")]
_QUESTIONS: list[list[Body]] = [
    [(QUESTION, "hello")],
    [(QUESTION, "references")],
    [(QUESTION, "objects"), (PART, [("want", COMMIT), ("have", "b" * 40)]), (END, None)],
    [(QUESTION, "receive"), (PART, [(HEAD, COMMIT)]), (PART, [(b"blob", b"data", True)]), (END, None)],
    [(QUESTION, "lacks"), (PART, [HELD, LACKING]), (END, None)],
    [(QUESTION, "prove"), (PART, [HELD, LACKING]), (END, None)],
    [(QUESTION, "exchange"), (WANTS, ()), (ASKS, [(HELD, 0, 4, None)]), (ASKS, ()), (END, None)],
    [
        (QUESTION, "exchange"),
        (WANTS, ()),
        (ASKS, [(KNOWN, 9, 1 << 20, 16384), (9, b"x" * 16), None]),
        (ASKS, ()),
        (END, None),
    ],
    [
        (QUESTION, "exchange"),
        (WANTS, [(digest(b"new"), 3, None)]),
        (WANTS, ()),
        (CONTENTS, [b"new", None]),
        (ASKS, ()),
        (END, None),
    ],
    [
        (QUESTION, "exchange"),
        (WANTS, [(digest(b"new"), 3, HELD)]),
        (WANTS, ()),
        (CONTENTS, [("missing", "no", "")]),
        (END, None),
    ],
    [(QUESTION, "settle")],
    [(QUESTION, "lock"), (QUESTION, "unlock")],
    [(QUESTION, "commit", "message", False, "")],
    [(QUESTION, "draft")],
    [(QUESTION, "needs", COMMIT)],
    [(QUESTION, "advance", None, COMMIT, False)],
    [(QUESTION, "verify", 1.0, None), (PART, [b"a"]), (END, None)],
    [(QUESTION, "repair", None, 10), (PART, []), (END, None)],
]
_ROT = ("problem", (b"a", "rot", "other bytes", False))
_ANSWERS: list[tuple[Callable[[Wire], object], list[Body]]] = [
    (lambda remote: remote.hello(), [(END, ("a" * 32, "name", COMMIT, True, True, 1 << 40))]),
    (lambda remote: remote.references(), [(PART, [(HEAD, COMMIT)]), (END, None)]),
    (lambda remote: list(remote.objects([COMMIT], [])), [(PART, [(b"blob", b"data", True)]), (END, None)]),
    (lambda remote: remote.lacks([HELD]), [(PART, [HELD]), (END, None)]),
    (lambda remote: remote.prove([HELD]), [(PART, [HELD]), (END, None)]),
    (lambda remote: remote.receive([], {}), [(END, None)]),
    (lambda remote: b"".join(map(bytes, remote.read(HELD))), [(CONTENTS, [b"held", None]), (ASKS, ()), (END, 0)]),
    (
        lambda remote: list(remote.exchange((), _gift())),
        [
            (ASKS, [(KNOWN, 0, 1 << 20, 16384), (9, b"x" * 16), None]),
            (ASKS, ()),
            (PART, [(KNOWN, "corrupt", "no", "")]),
            (END, 9),
        ],
    ),
    (
        lambda remote: [list(one) for one in remote.exchange([Ask(HELD, 0, None, 4)], _gift())],
        [(ASKS, [(KNOWN, 5, 9, None)]), (CONTENTS, [(0, 4), None]), (ASKS, ()), (END, 9)],
    ),
    (lambda remote: remote.settle(), [(END, None)]),
    (lambda remote: remote.commit("a").result(), [(PART, [(b"a", "code", "reason")]), (END, (COMMIT, True))]),
    (lambda remote: remote.draft(), [(PART, [(b"blob", b"data", True)]), (END, None)]),
    (lambda remote: remote.needs(COMMIT), [(PART, [(HELD, 4, None, b"a")]), (END, None)]),
    (
        lambda remote: remote.advance(None, COMMIT),
        [(PART, [("step", ("copy", b"a", 0, 4, None)), ("absent", b"b")]), (END, None)],
    ),
    (
        lambda remote: remote.verify([], Budget()),
        [(PART, [_ROT, ("tick", (b"a", 1, None, 2, None))]), (END, (1, 2, 3, 4, 5))],
    ),
    (
        lambda remote: remote.verify([], Budget(), lender=Bytes(LARGE)),
        [(PART, [("lend", (KNOWN, 0))]), (END, (1, 2, 3, 4, 5))],
    ),
]


def _gift() -> Gift:
    return Gift([Want(KNOWN, len(LARGE))], Bytes(LARGE))


def _some(chance: random.Random) -> object:
    """Any value."""
    return chance.choice(
        [
            None,
            True,
            False,
            0,
            -1,
            1 << 63,
            -(1 << 63),
            1.5,
            float("nan"),
            b"",
            b"\0",
            b"x" * 33,
            bytes(32),
            "",
            "a" * 40,
            "\x1b[2J",
            (),
            ((),),
            {},
            {"a": b"b"},
            [0] * 50,
            HELD,
            KNOWN,
            b"../x",
            chance.randbytes(5),
            chance.randrange(1 << 40),
        ]
    )


def _spoiled(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - any value
    """The value, or one that is a little different."""
    if chance.random() < 0.2:
        return _some(chance)
    if isinstance(value, list | tuple) and value:
        items = list(value)
        at = chance.randrange(len(items))
        way = chance.randrange(5)
        if way == 0:
            del items[at]
        elif way == 1:
            items.insert(at, _some(chance))
        elif way == 2:
            items.insert(at, items[chance.randrange(len(items))])
        else:
            items[at] = _spoiled(items[at], chance)
        return items
    return _some(chance)


def _frames(bodies: list[Body], chance: random.Random) -> Iterator[bytes]:
    for body in bodies:
        with suppress(OverflowError, ValueError):
            packed = bytes(msgpack.packb(body))
            if chance.random() < 0.1:
                packed = _flipped(packed, chance)
            yield headed(packed)


def _flipped(data: bytes, chance: random.Random) -> bytes:
    spoiled = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _said(first: list[Body], bodies: list[Body], chance: random.Random) -> bytes:
    """What somebody says who spoils a frame or two, or their order, and sometimes the bytes themselves."""
    bodies = list(bodies)
    for _ in range(chance.randrange(1, 3)):
        at = chance.randrange(len(bodies))
        way = chance.randrange(8)
        if way == 0:
            bodies.insert(at, bodies[chance.randrange(len(bodies))])
        elif way == 1 and len(bodies) > 1:
            del bodies[at]
        else:
            bodies[at] = _spoiled(bodies[at], chance)
    data = numbered(GREETING + b"".join(_frames([*first, *bodies], chance)))
    return _flipped(data, chance) if chance.random() < 0.1 else data


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_frames(part: int, record_property: Record) -> None:
    """No bytes but a frame are one."""
    chance, before = random.Random(part), _peak()
    whole = numbered(GREETING + b"".join(headed(msgpack.packb(body)) for body in (_WHO, (END, [LARGE[:500], "a"]))))
    for _ in range(INPUTS):
        data = _flipped(whole, chance) if chance.random() < 0.5 else numbered(GREETING + headed(chance.randbytes(40)))
        frames = Told(data)
        with suppress(Lost, Garbled):
            frames.greeted()
            for _ in range(3):
                assert type(frames.receive()) is tuple
        frames.close()
    assert _peak() < before + MOST
    record_property("tried", ("spoiled frames", INPUTS))


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_packings(part: int, record_property: Record) -> None:
    """Nothing grows beyond a frame."""
    chance, before = random.Random(part), _peak()
    seeds = [packing.pack(data) or b"" for data in (bytes(LARGEST), bytes(99_000) + LARGE[:2000], b"words " * 900)]
    for _ in range(INPUTS // 10):
        with suppress(AnnexishError):
            assert len(packing.unpack(_flipped(chance.choice(seeds), chance), LARGEST)) <= LARGEST
    assert _peak() < before + MOST
    record_property("tried", ("spoiled packed frames", INPUTS // 10))


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_questions(part: int, record_property: Record) -> None:
    """They are answered or refused, and nothing is set that was not asked for."""
    chance, before = random.Random(part), _peak()
    made = Made()
    _, head = history(made)
    for number in range(INPUTS):
        memory = Memory("a" * 32)
        memory.contents |= {HELD: b"held", KNOWN: LARGE}
        if number % 10 == 0:
            memory.receive(made, {HEAD: head})
        rights = Rights(adds=chance.random() < 0.8, works=chance.random() < 0.8)
        frames = Told(_said(_OPENED, chance.choice(_QUESTIONS), chance))
        with suppress(Garbled, Corrupt, Unreachable):
            Answering(frames, lambda _, memory=memory: memory, rights).run()  # type: ignore[misc]
        frames.close()
        assert set(memory.references()) <= {HEAD}
        assert all(digest(data) == name for name, data in memory.contents.items())
    assert _peak() < before + MOST
    record_property("tried", ("spoiled questions", INPUTS))


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_answers(part: int, record_property: Record) -> None:
    """They are taken or refused by who asked."""
    chance, before = random.Random(part), _peak()
    for _ in range(INPUTS):
        ask, answer = chance.choice(_ANSWERS)
        first: list[Body] = [_WHO, (END, None)]
        if answer is not _ANSWERS[0][1]:
            first.append((ERROR, "missing", "", ""))
        frames = Told(_said(first, answer, chance))
        line = Line(frames, lambda: None, lambda error, _: error)
        with suppress(AnnexishError), Wire(lambda line=line: line, b"", alone=True) as remote:  # type: ignore[misc]
            ask(remote)
        frames.close()
    assert _peak() < before + MOST
    record_property("tried", ("spoiled answers", INPUTS))
