"""The other end of a connection: answers the questions of docs/protocol.md for any remote."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from annexish.codec import wire
from annexish.codec.wire import batches
from annexish.errors import AnnexishError, Corrupt, Refused, Unreachable
from annexish.model.content import Gift, Holder, Piece, Recipe
from annexish.model.ids import Digest
from annexish.model.report import Tick
from annexish.remote.beat import beating
from annexish.remote.frames import TOGETHER, Frames, Garbled, Lost
from annexish.remote.port import Remote
from annexish.remote.speech import END, ERROR, LONG, PART, QUESTION, greet, interval, meet, patience
from annexish.remote.trade import Trade

_Value = Any
_MUCH = 10_000
"""Frames that are passed over: what was on its way when the answer was known."""
_PATHS = 100_000
"""More are not asked for at once."""
_OFTEN = 1.0
"""Seconds between two times of telling how far a verification is."""
Open = Callable[[bytes], Remote]
"""Opens what is at a path that the other side names; raises what the other side is told."""


class Rights(NamedTuple):
    """What the other side may do: let contents and histories come (`adds`), and change the working tree (`works`)."""

    adds: bool = True
    works: bool = True


class _Question(NamedTuple):
    """How a question is answered: how many arguments it has, whether parts follow, and the rights that it needs."""

    answer: Callable[..., _Value]
    arguments: int = 0
    hears: bool = False
    adds: bool = False
    works: bool = False


class Answering:
    """Answers one question after the other, until the other side is gone."""

    def __init__(self, frames: Frames, opened: Open, rights: Rights = Rights()) -> None:  # noqa: B008 - never changes
        self._frames = frames
        self._opened = opened
        self._rights = rights
        self._ends = ExitStack()
        self._locks: list[ExitStack] = []
        self._remote: Remote | None = None
        self._hearing = False
        self._told = 0.0

    def run(self) -> None:
        """Answer; return when the other side ends the connection. Raise Garbled if it speaks another language."""
        self._frames.patience = patience()
        with self._ends, beating(self._frames.beat, interval()), suppress(Lost):
            try:
                greet(self._frames)
                meet(self._frames)
                if self._frames.patience is not None:
                    self._frames.patience *= LONG
                while True:
                    self._question()
            finally:
                while self._locks:
                    self._locks.pop().close()

    def _question(self) -> None:
        """Answer the next question."""
        first, *rest = self._frames.receive()
        if first != QUESTION or not rest or type(rest[0]) is not str:
            raise self._frames.garbled("what comes is no question")
        method, arguments = rest[0], rest[1:]
        question = self._QUESTIONS.get(method)
        self._hearing = question is not None and question.hears
        try:
            self._frames.send(END, self._answered(question, method, arguments))
        except (Lost, Garbled):
            raise
        except AnnexishError as error:
            self._frames.send(ERROR, *wire.pack_error(error))
        except OSError as error:
            self._frames.send(ERROR, Unreachable.code, f"it could not be done there: {error.strerror}", "")
        self._frames.flush()
        self._hear_out()

    def _answered(self, question: _Question | None, method: str, arguments: Sequence[_Value]) -> _Value:
        if question is None:
            raise Refused(f"there is no question {method[:80]!r} in this version")
        if len(arguments) != question.arguments:
            raise Corrupt(f"the question {method!r} has other arguments")
        self._require((self._rights.adds or not question.adds) and (self._rights.works or not question.works))
        return question.answer(self, *arguments)

    def _require(self, right: bool) -> None:  # noqa: FBT001 - a right is a yes or no
        if not right:
            raise Refused("this connection may not do that", hint="whoever has the repository there says what may be")

    def _hear_out(self) -> None:
        """Pass over what else belongs to the question: the other side ends it as soon as it sees an answer."""
        for _ in range(_MUCH):
            if not self._hearing:
                return
            first, *_ = self._frames.receive()
            self._hearing = first not in (END, ERROR)
        raise self._frames.garbled("a question has no end")

    @property
    def _it(self) -> Remote:
        if self._remote is None:
            raise Refused("nothing is open")
        return self._remote

    def _heard(self) -> tuple[int, _Value]:
        """The next frame of a question: a part or its end."""
        first, *rest = self._frames.receive()
        self._hearing = first == PART
        if first == ERROR:
            raise wire.unpack_error(tuple(rest))
        if first not in (PART, END) or len(rest) != 1:
            raise self._frames.garbled("what comes is no part of a question")
        return first, rest[0]

    def _parts(self) -> Iterator[_Value]:
        """Yield the parts of a question."""
        while self._hearing:
            first, value = self._heard()
            if first == PART:
                yield from wire.unpack_parts(value)

    def _tell(self, parts: Iterable[_Value], *, pack: bool = False) -> None:
        for batch in batches(parts, TOGETHER):
            self._frames.send(PART, batch, pack=pack)

    def _open(self, path: _Value) -> None:
        if self._remote is not None:
            raise Refused("something is open already")
        self._remote = self._ends.enter_context(self._opened(wire.unpack_path(path)))

    def _hello(self) -> _Value:
        peer, rights = self._it.hello(), self._rights
        return wire.pack_peer(peer._replace(tree=peer.tree and rights.works, takes=peer.takes and rights.adds))

    def _references(self) -> None:
        self._tell(self._it.references().items())

    def _objects(self) -> None:
        asked = [wire.fields(part, str, str) for part in self._parts()]
        wants = [name for what, name in asked if what == "want"]
        haves = [name for what, name in asked if what != "want"]
        self._tell(wire.pack_objects(self._it.objects(wants, haves)), pack=True)

    def _receive(self) -> None:
        references = dict(map(wire.unpack_reference, wire.unpack_parts(self._first_part())))
        self._it.receive(wire.unpack_objects(self._parts()), references)

    def _first_part(self) -> _Value:
        first, value = self._heard()
        if first != PART:
            raise Corrupt("a question ends too early")
        return value

    def _lacks(self) -> None:
        for digests in batches(map(wire.unpack_digest, self._parts()), TOGETHER):
            self._tell(self._it.lacks(digests))

    def _prove(self) -> None:
        for digests in batches(map(wire.unpack_digest, self._parts()), TOGETHER):
            self._tell(self._it.prove(digests))

    def _exchange(self) -> int:
        """Take what the other side has to give, and give it what it asks for."""
        trade = Trade(self._frames, self._it, self._broken_off)
        gift = Gift(trade.offered(), trade)
        if gift.wants:
            self._require(self._rights.adds)
            if not self._locks:
                # who comes at the same time could change what is not named yet
                raise Refused("contents are taken from who locked the repository only")
            deque(self._it.exchange((), gift), maxlen=0)
        trade.finish()
        self._tell(map(wire.pack_failure, gift.failed))
        return gift.came

    def _broken_off(self, first: int, rest: Sequence[_Value]) -> None:
        """What else comes during an exchange ends it."""
        self._hearing = first not in (END, ERROR)
        if first == ERROR:
            raise wire.unpack_error(tuple(rest))
        if first == END:
            raise Unreachable("the other side broke off")
        raise self._frames.garbled("what comes is no part of a question")

    def _settle(self) -> None:
        self._it.settle()

    def _lock(self) -> None:
        lock = ExitStack()
        lock.enter_context(self._it.locked())
        self._locks.append(lock)

    def _unlock(self) -> None:
        if not self._locks:
            raise Refused("nothing is locked")
        self._locks.pop().close()

    def _commit(self, message: _Value, allow: _Value, only: _Value) -> _Value:
        text, flag, id = wire.unpack_text(message), wire.unpack_flag(allow), wire.unpack_text(only)
        if not self._rights.works:
            return (None, False)
        saved = self._it.commit(text, allow_mass_deletion=flag, only=id).result()
        self._tell(map(wire.pack_problem, saved.problems))
        return (saved.head, saved.made)

    def _draft(self) -> _Value:
        draft = self._it.draft()
        self._tell(wire.pack_objects(draft.objects), pack=True)
        return wire.pack_commit(draft.commit)

    def _needs(self, commit: _Value) -> None:
        self._tell(map(tuple, self._it.needs(wire.unpack_commit_id(commit))))

    def _advance(self, head: _Value, commit: _Value, allow: _Value) -> None:
        before = wire.optional(head, wire.unpack_commit_id)
        after, flag = wire.unpack_commit_id(commit), wire.unpack_flag(allow)
        done = self._it.advance(before, after, allow_mass_deletion=flag)
        self._tell(("step", wire.pack_step(step)) for step in done.steps)
        self._tell(("problem", wire.pack_problem(problem)) for problem in done.problems)
        self._tell(("absent", path) for path in done.absent)

    def _verify(self, seconds: _Value, size: _Value) -> _Value:
        return self._verified(seconds, size, None)

    def _repair(self, seconds: _Value, size: _Value) -> _Value:
        return self._verified(seconds, size, _Lender(self))

    def _verified(self, seconds: _Value, size: _Value, lender: Holder | None) -> _Value:
        budget = wire.unpack_budget(seconds, size)
        paths = list(islice(map(wire.unpack_path, self._parts()), _PATHS + 1))
        if len(paths) > _PATHS:
            raise Refused("that are too many paths for one question")
        done = self._it.verify(paths, budget, lender=lender, progress=self._tick)
        self._tell(("problem", wire.pack_damage(problem)) for problem in done.problems)
        return wire.pack_counts(done)

    def _tick(self, tick: Tick) -> None:
        """Tell how far it is, now and then; so it is also seen that nobody listens any more."""
        now = time.monotonic()
        if now - self._told >= _OFTEN:
            self._told = now
            self._frames.send(PART, [("tick", wire.pack_tick(tick))])
            self._frames.flush()

    def lent(self, digest: Digest, offset: int) -> Iterator[Piece]:
        """Ask for a content that is to heal something; return what comes of it."""
        self._frames.send(PART, [("lend", (digest, offset))])
        self._frames.flush()
        # what still comes of another one ends when the other side sees that it is asked again
        self._hear_out()
        self._hearing = True
        return map(wire.unpack_piece, self._parts())

    _QUESTIONS: ClassVar[Mapping[str, _Question]] = {
        "open": _Question(_open, 1),
        "hello": _Question(_hello),
        "references": _Question(_references),
        "objects": _Question(_objects, hears=True),
        "receive": _Question(_receive, hears=True, adds=True),
        "lacks": _Question(_lacks, hears=True),
        "exchange": _Question(_exchange, hears=True),
        "settle": _Question(_settle, adds=True),
        "lock": _Question(_lock, adds=True),
        "unlock": _Question(_unlock, adds=True),
        "commit": _Question(_commit, 3),
        "draft": _Question(_draft, works=True),
        "needs": _Question(_needs, 1),
        "advance": _Question(_advance, 3, works=True),
        "prove": _Question(_prove, hears=True),
        "verify": _Question(_verify, 2, hears=True),
        "repair": _Question(_repair, 2, hears=True, works=True),
    }


class _Lender(Holder):
    """The other side as a holder of whatever it may have."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def descriptor(self, digest: Digest) -> int | None:
        return None

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        return self._answering.lent(digest, offset)
