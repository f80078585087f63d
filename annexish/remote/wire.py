"""A repository behind a connection: the port, asked over frames (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple, Self

from annexish.codec import wire
from annexish.codec.wire import batches
from annexish.errors import AnnexishError, Corrupt, Missing, Unreachable
from annexish.model.budget import Budget
from annexish.model.content import BLOCK, Ask, Gift, Holder, Piece, Recipe, Want
from annexish.model.ids import CommitId, Digest
from annexish.model.objects import GitObject
from annexish.model.path import RepoPath
from annexish.model.peer import Peer
from annexish.model.report import Advanced, Damage, Progress, Verified
from annexish.remote.beat import beating
from annexish.remote.frames import TOGETHER, Frames
from annexish.remote.port import GIFTS, Draft, Need, Saved, Waiting
from annexish.remote.speech import END, ERROR, LONG, PART, QUESTION, greet, interval, meet
from annexish.remote.trade import Trade

_Value = Any
_MUCH = 10_000
"""Frames that are passed over when the rest of an answer is of no use."""
_KEPT = 64 << 20
"""Bytes of answers that are kept until somebody asks for them."""
_REFERENCES = 100_000
"""More are not told by any repository."""

_LISTED = 512 << 20
"""Bytes of an answer that lists files and is held as a whole: some four million of them."""
_DAMAGES, _EACH = 256 << 20, 500
"""So many bytes of problems are told by no verification; what each of them takes beside its path and reason."""


class Line(NamedTuple):
    """A connection on which nothing was said yet.

    `explain` ends it and says what a person can do about one that broke, or did not even begin as it should.
    """

    frames: Frames
    close: Callable[[], object]
    explain: Callable[[AnnexishError, bool], AnnexishError]


class Wire(Holder):
    """Implements `Remote`, between entering and leaving it; `connect` is asked for a line each time.

    One that is `alone` is used by another process later, and gives no signs of life before.
    """

    def __init__(self, connect: Callable[[], Line], path: bytes, *, alone: bool = False) -> None:
        self._connect = connect
        self._path = path
        self._alone = alone

    def __enter__(self) -> Self:
        self._line = self._connect()
        self._frames = self._line.frames
        self._asked = self._heard_all = 0
        self._kept = 0
        self._refused: AnnexishError | None = None
        """Why the other side did not open the repository."""
        self._late: dict[int, list[Sequence[_Value]]] = {}
        """The answers that somebody is going to ask for, by the number of their question."""
        self._begun = self._busy = False
        self._frames.explain = lambda error: self._line.explain(error, self._begun)
        self._ends = ExitStack()
        try:
            greet(self._frames, beats=not self._alone)
            self._ask("open", self._path)
            self._hello = self._ask_for_later("hello")
            self._frames.flush()
            if not self._alone:
                self._ends.enter_context(beating(self._frames.beat, interval()))
        except BaseException:
            self._line.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
        self._line.close()

    @contextmanager
    def lent(self) -> Iterator[Self]:
        """Let a process that was forked use the connection, and nobody else from now on."""
        with beating(self._frames.beat, interval()):
            yield self

    def hello(self) -> Peer:
        asked, self._hello = self._hello or self._ask_for_later("hello"), 0
        return wire.unpack_peer(self._later(asked)[1])

    def references(self) -> Mapping[str, str]:
        self._ask("references")
        told = dict(islice(map(wire.unpack_reference, self._parts()), _REFERENCES))
        if not self._is_answered:
            raise Corrupt("there are more references than a repository has")
        return told

    def objects(self, wants: Sequence[str], haves: Sequence[str]) -> Iterator[GitObject]:
        self._ask("objects")
        self._tell([*(("want", name) for name in wants), *(("have", name) for name in haves)])
        return wire.unpack_objects(self._parts())

    def receive(self, objects: Iterable[GitObject], references: Mapping[str, str]) -> None:
        self._ask("receive")
        self._get_ready()
        self._frames.send(PART, list(references.items()))
        self._give(batches(wire.pack_objects(objects), TOGETHER), pack=True)
        with self._patiently():
            self._answer()

    def lacks(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        return self._of(digests, "lacks")

    def prove(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        return self._of(digests, "prove")

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """Wait longer for who makes something durable, and can say nothing meanwhile."""
        usual = self._frames.patience
        self._frames.patience = None if usual is None else usual * LONG
        try:
            yield
        finally:
            self._frames.patience = usual

    def _of(self, digests: Sequence[Digest], question: str) -> Sequence[Digest]:
        told: set[Digest] = set()
        # more at once could fill both directions of the connection
        for at in range(0, len(digests) or 1, GIFTS):
            some = digests[at : at + GIFTS]
            self._ask(question)
            self._tell(some)
            for count, digest in enumerate(self._parts()):
                if count >= len(some):
                    raise Corrupt("more comes back than was asked about")
                told.add(wire.unpack_digest(digest))
        return [digest for digest in digests if digest in told]

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        for pieces in self.give((Ask(digest, offset, known),)):
            yield from pieces

    def give(self, asks: Iterable[Ask]) -> Iterator[Iterator[Piece]]:
        return self.exchange(asks, Gift())

    def descriptor(self, digest: Digest) -> int | None:
        return None

    def exchange(self, asks: Iterable[Ask], gift: Gift) -> Iterator[Iterator[Piece]]:
        yield from self._exchanged(asks, gift, gift.wants[:GIFTS])
        for at in range(GIFTS, len(gift.wants), GIFTS):
            yield from self._exchanged((), gift, gift.wants[at : at + GIFTS])

    def _exchanged(self, asks: Iterable[Ask], gift: Gift, wants: Sequence[Want]) -> Iterator[Iterator[Piece]]:
        def other(first: int, rest: Sequence[_Value]) -> None:
            first, value = self._meant(first, rest)
            if first == PART:
                gift.failed += map(wire.unpack_failure, wire.unpack_parts(value))
                if len(gift.failed) > len(gift.wants):
                    raise Corrupt("more could not be taken than there was")
            elif trade.waits:
                raise Corrupt("an answer ends too early")
            else:
                gift.came += wire.unpack_size(value)

        self._ask("exchange")
        self._get_ready()
        trade = Trade(self._frames, gift.holder, other)
        self._busy = True
        try:
            trade.offer(wants)
            yield from trade.give(asks)
            trade.end()
            while not self._is_answered:
                trade.hear()
        finally:
            self._busy = False
            with suppress(AnnexishError):
                self._frames.send(END, None)

    def _give(self, parts: Iterable[_Value], *, pack: bool = False) -> None:
        """Send parts until the other side says something; it hears of what goes wrong with them here."""
        try:
            for part in parts:
                self._frames.send(PART, part, pack=pack)
                if self._frames.has_come():
                    break
        except BaseException as error:
            told = error if isinstance(error, AnnexishError) else Unreachable("it cannot be read there")
            self._frames.send(ERROR, *wire.pack_error(told))
            raise
        self._frames.send(END, None)

    def settle(self) -> None:
        self._ask("settle")
        with self._patiently():
            self._answer()

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._ask("lock")
        self._answer()
        try:
            yield
        finally:
            # it is done before what is asked next, and at the end of the connection in any case
            self._ask("unlock")
            self._frames.flush()

    def commit(self, message: str, *, allow_mass_deletion: bool = False, only: str = "") -> Waiting[Saved]:
        asked = self._ask_for_later("commit", message, allow_mass_deletion, only)
        self._frames.flush()
        return _Late(self, asked)

    def saved(self, number: int) -> Saved:
        """Return what came of a question for a commit."""
        problems, value = self._later(number)
        head, made = wire.fields(value, (str, type(None)), bool)
        return Saved(wire.optional(head, wire.unpack_commit_id), made, list(map(wire.unpack_problem, problems)))

    def draft(self) -> Draft:
        self._ask("draft")
        parts, value = self._all()
        return Draft(wire.unpack_commit(value), list(wire.unpack_objects(parts)))

    def needs(self, commit: CommitId) -> Sequence[Need]:
        self._ask("needs", commit)
        return list(map(_need, self._all()[0]))

    def advance(self, head: CommitId | None, commit: CommitId, *, allow_mass_deletion: bool = False) -> Advanced:
        self._ask("advance", head, commit, allow_mass_deletion)
        with self._patiently():
            parts, _ = self._all()
        told = [wire.fields(part, str, (tuple, bytes)) for part in parts]
        return Advanced(
            tuple(wire.unpack_step(value) for what, value in told if what == "step"),
            tuple(wire.unpack_problem(value) for what, value in told if what == "problem"),
            tuple(wire.unpack_path(value) for what, value in told if what == "absent"),
        )

    def verify(
        self,
        paths: Sequence[RepoPath],
        budget: Budget,
        *,
        lender: Holder | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        self._ask("verify" if lender is None else "repair", *budget)
        self._tell(paths)
        problems: list[Damage] = []
        weight = 0
        while True:
            first, value = self._heard()
            if first == END:
                return wire.unpack_verified(value, problems)
            for part in wire.unpack_parts(value):
                what, told = wire.fields(part, str, tuple)
                if what == "problem":
                    problems.append(wire.unpack_damage(told))
                    weight += len(problems[-1].path) + len(problems[-1].reason) + _EACH
                elif what == "lend" and lender is not None:
                    self._lend(lender, told)
                elif what == "tick":
                    tick = wire.unpack_tick(told)
                    if progress is not None:
                        progress(tick)
                else:
                    raise Corrupt("what comes is no part of a verification")
                if weight > _DAMAGES:
                    raise Corrupt("there are more problems than can be told")

    def _lend(self, lender: Holder, asked: _Value) -> None:
        """Give a content that is to heal something there; who asked for one that is not here goes on without it."""
        digest, at = wire.fields(asked, bytes, int)
        ask = Ask(wire.unpack_digest(digest), wire.unpack_size(at))
        parts = (part for pieces in lender.give((ask,)) for piece in pieces for part in wire.pack_piece(piece))
        with suppress(Missing, Corrupt, OSError):
            self._give(batches(parts, BLOCK))

    def _ask(self, question: str, *arguments: _Value) -> None:
        """Ask the next question; what nobody hears of earlier answers is passed over then."""
        assert not self._busy, "contents are heard before something else is asked"
        self._asked += 1
        self._frames.send(QUESTION, question, *arguments)

    def _ask_for_later(self, question: str, *arguments: _Value) -> int:
        """Ask, and keep the answer; return the number of the question."""
        self._ask(question, *arguments)
        self._late[self._asked] = []
        return self._asked

    def _tell(self, parts: Iterable[_Value]) -> None:
        for batch in batches(parts, TOGETHER):
            self._frames.send(PART, batch)
        self._frames.send(END, None)

    @property
    def _is_answered(self) -> bool:
        return self._heard_all >= self._asked

    def _heard(self) -> tuple[int, _Value]:
        """The next frame of the newest answer: a part or its end; raise the error that it ends with."""
        self._get_ready()
        first, *rest = self._frames.receive()
        return self._meant(first, rest)

    def _get_ready(self) -> None:
        """Hear what comes before the newest answer."""
        self._begin()
        for _ in range(_MUCH):
            if self._heard_all == self._asked - 1:
                return
            self._pass_over()
        raise self._frames.lost("an answer has no end")

    def _begin(self) -> None:
        """Hear who the other side is, once; raise why it did not open the repository."""
        if self._refused is not None:
            raise self._refused
        if not self._begun:
            meet(self._frames)
            self._begun = True
            first, *rest = self._frames.receive()
            try:
                self._meant(first, rest)
            except AnnexishError as error:
                self._refused = error
                raise

    def _pass_over(self) -> None:
        """Take in a frame of an earlier answer."""
        frame = self._frames.receive()
        if self._heard_all + 1 in self._late:
            self._late[self._heard_all + 1].append(frame)
            self._kept += wire.weight_of(frame)
            if self._kept > _KEPT:
                raise self._frames.lost("an answer has no end")
        self._heard_all += frame[0] in (END, ERROR)

    def _meant(self, first: int, rest: Sequence[_Value]) -> tuple[int, _Value]:
        self._heard_all += first in (END, ERROR)
        return _meaning(first, rest)

    def _later(self, number: int) -> tuple[list[_Value], _Value]:
        """The answer to an earlier question."""
        self._begin()
        while self._heard_all < number and len(self._late[number]) < _MUCH:
            self._pass_over()
        parts: list[_Value] = []
        for first, *rest in self._late.pop(number):
            meant, value = _meaning(first, rest)
            if meant == END:
                return parts, value
            parts += wire.unpack_parts(value)
        raise self._frames.lost("an answer has no end")

    def _answer(self) -> _Value:
        first, value = self._heard()
        if first != END:
            raise Corrupt("an answer has parts that nobody asked for")
        return value

    def _parts(self) -> Iterator[_Value]:
        """Yield the parts of an answer; when something else is asked, the rest is lost."""
        return self._streamed(self._asked)

    def _streamed(self, asked: int) -> Iterator[_Value]:
        while True:
            assert asked == self._asked, "an answer is heard before something else is asked"
            first, value = self._heard()
            if first == END:
                return
            yield from wire.unpack_parts(value)

    def _all(self) -> tuple[list[_Value], _Value]:
        parts: list[_Value] = []
        left = _LISTED
        while True:
            first, value = self._heard()
            if first == END:
                return parts, value
            left -= wire.weight_of(value)
            if left < 0:
                raise Corrupt("an answer lists more than a repository has")
            parts += wire.unpack_parts(value)


class _Late(NamedTuple):
    """A commit that is made there meanwhile."""

    remote: Wire
    number: int

    def result(self) -> Saved:
        """Wait for it."""
        return self.remote.saved(self.number)


def _meaning(first: int, rest: Sequence[_Value]) -> tuple[int, _Value]:
    """A part of an answer or its end; raise the error that it ends with."""
    if first == ERROR:
        error = wire.unpack_error(tuple(rest))
        raise Unreachable(f"on the other side: {error}", hint=error.hint) if isinstance(error, Unreachable) else error
    if first not in (PART, END) or len(rest) != 1:
        raise Corrupt("what comes is no answer")
    return first, rest[0]


def _need(value: _Value) -> Need:
    digest, size, base, path = wire.fields(value, bytes, int, (bytes, type(None)), bytes)
    return Need(
        wire.unpack_digest(digest), wire.unpack_size(size),
        wire.optional(base, wire.unpack_digest), wire.unpack_path(path),
    )  # fmt: skip
