"""Contents that go in both directions over one connection at once; each side asks ahead (docs/protocol.md)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from annexish.codec import wire
from annexish.errors import AnnexishError, Corrupt
from annexish.model.content import Ask, Chunk, Holder, Piece, Span, Want
from annexish.model.ids import Digest
from annexish.remote.frames import CONTENTS, TOGETHER, Frames
from annexish.remote.port import GIFTS
from annexish.remote.speech import ASKS, PACK, WANTS
from annexish.system.chunks import CHUNKS_MOST

_Value = Any
Other = Callable[[int, _Value], None]
"""Is handed a frame that belongs to the question and not to the trade; raises what ends it."""

_AHEAD_BYTES = 16 << 20
_AHEAD = 4096
"""So many bytes and contents are asked for before they come: 40 ms of a connection with 3 GBit/s."""
_CHUNK = 256
"""A chunk of what is known weighs as many bytes, since the other side holds it."""
_NOTHING = 4096
"""What a piece without bytes counts for: no honest holder gives one."""
_FAST = 100 << 20
"""Bytes a second of a connection that is as fast as packing is."""
_LOOK = 0.25
"""Seconds after which somebody may find out what is waited for."""
_SLACK = 1 << 20
_INSIDE = 64
"""Frames of a list of chunks: more than there are of the longest."""
_QUEUED = 4 * _AHEAD
_UNREAD = 1 << 20
"""While more than this came and was not looked at, nothing is given: so each side can take what the other one sends."""


class Trade(Holder):
    """The contents of one question: what the other side has, as a holder, and what it asks for, from `holder`.

    Whoever looks into what comes also gives, so that both sides are always busy.
    """

    def __init__(self, frames: Frames, holder: Holder, other: Other) -> None:
        self._frames = frames
        self._holder = holder
        self._other = other
        self._since, self._starved, self._heard = time.monotonic(), frames.starved, frames.came
        self._hungry = False
        self._came: deque[_Value] = deque()
        self._expected: deque[int] = deque()
        """What each content that was asked for weighs."""
        self._ahead = 0
        self._open = False
        """Whether something of the content that comes next is still to come."""
        self._asked: deque[Ask] = deque()
        self._chunks = 0
        self._coming: _Coming | None = None
        """The chunks of the newest ask while they come."""
        self._broken: AnnexishError | None = None
        """What ended the exchange."""
        self._inside = 0
        """How many frames came while one content was given."""
        frames.packs = False
        self._asks_end = False
        self._wants: list[Want] = []
        self._wants_end = False
        self._giving: Iterator[_Value] | None = None

    def descriptor(self, digest: Digest) -> int | None:
        return None

    def read(self, digest: Digest, offset: int = 0, known: Any = None) -> Iterator[Piece]:  # noqa: ANN401
        raise AssertionError("contents are asked for one after the other")

    def offer(self, wants: Sequence[Want]) -> None:
        """Tell what is to be taken."""
        for batch in wire.batches(map(wire.pack_want, wants), TOGETHER):
            self._frames.send(WANTS, batch)
        self._frames.send(WANTS, ())

    def offered(self) -> list[Want]:
        """Return what is to be taken here."""
        while not self._wants_end:
            self.hear()
        return self._wants

    def give(self, asks: Iterable[Ask]) -> Iterator[Iterator[Piece]]:
        """Yield for each ask the pieces of its content."""
        rest = iter(asks)
        more = self._ask(rest)
        while self._expected:
            self._open = True
            yield self._content()
            self._pass_over()
            self._ahead -= self._expected.popleft()
            if more and self._ahead < _AHEAD_BYTES // 2 and len(self._expected) < _AHEAD // 2:
                more = self._ask(rest)

    def _pass_over(self) -> None:
        """Leave what nobody looked at of the content that is open; the other side knows how long it may be."""
        left = self._expected[0] + _SLACK
        while self._open:
            left -= wire.weight_of(self._value())
            if left < 0:
                raise self._frames.garbled("a content has no end")

    def _ask(self, asks: Iterator[Ask]) -> bool:
        """Ask for more, as much as may be on its way; return whether there may be still more."""
        more = True
        parts: list[_Value] = []
        while self._ahead < _AHEAD_BYTES and len(self._expected) < _AHEAD:
            ask = next(asks, None)
            if ask is None:
                more = False
                break
            parts.append(wire.pack_ask(ask))
            weight = ask.most
            if ask.known is not None:
                # the other side cuts its content while the chunks are on their way
                self._send_asks(parts)
                self._frames.flush()
                weight += _CHUNK * self._send_asks(wire.pack_chunks(ask.known.chunks, CHUNKS_MOST))
                parts = []
            self._expected.append(weight)
            self._ahead += weight
        self._send_asks(parts)
        return more

    def _send_asks(self, parts: Iterable[_Value]) -> int:
        """Send what is asked for; return how many parts that were."""
        count = 0
        for batch in wire.batches(parts, TOGETHER):
            self._frames.send(ASKS, batch)
            count += len(batch)
        return count

    def _ask_to_pack(self) -> None:
        """Whoever spends most of the time waiting for bytes asks for fewer of them."""
        frames, now = self._frames, time.monotonic()
        past = now - self._since
        if not frames.unpacks or past < _LOOK:
            return
        hungry = frames.starved - self._starved > past / 2 and frames.came - self._heard < _FAST * past
        self._since, self._starved, self._heard = now, frames.starved, frames.came
        if hungry != self._hungry:
            self._hungry = hungry
            self._frames.send(PACK, hungry)
            self._frames.flush()

    def _content(self) -> Iterator[Piece]:
        """Yield the pieces of the content that comes next."""
        while (value := self._value()) is not None:
            yield wire.unpack_piece(value)

    def _value(self) -> _Value:
        """Return what comes next of the content that is open; nil or an error, or what has no sense, is its end."""
        if self._broken is not None:
            raise self._broken
        while not self._came:
            self.hear()
        value = self._came.popleft()
        self._open = type(value) is bytes or (type(value) is tuple and len(value) == 2)
        return value

    @property
    def waits(self) -> bool:
        """Whether something that was asked for did not come yet."""
        return bool(self._expected)

    def end(self) -> None:
        """Say that nothing more is asked for."""
        self._frames.send(ASKS, ())

    def finish(self) -> None:
        """Give until nothing more is asked for here either."""
        self.end()
        while not self._asks_end or self._has_asked:
            self.hear()

    def hear(self) -> None:
        """Give what was asked for, and take in a frame; return without one if there is still something to give."""
        if self._has_asked and self._frames.unread < _UNREAD:
            self._give()
            if not self._frames.has_come():
                return
        self._listen()

    def _listen_inside(self) -> None:
        """Take in a frame while a content is given, which no error of it concerns."""
        self._inside += 1
        if self._inside > _INSIDE:
            raise self._frames.garbled("the list of what the other side has does not come")
        self._listen()

    def _listen(self) -> None:
        """Take in a frame; what ends the exchange is no error of a content, and is raised again by all that follows."""
        if self._broken is not None:
            raise self._broken
        try:
            self._take_in()
        except AnnexishError as error:
            self._broken = error
            raise

    def _take_in(self) -> None:
        first, *rest = self._frames.receive()
        if len(rest) != 1 or first not in (WANTS, ASKS, CONTENTS, PACK):
            self._other(first, rest)
        elif first == PACK:
            self._frames.packs = self._frames.unpacks and wire.unpack_flag(rest[0])
        elif first == CONTENTS:
            if not self._expected:
                raise self._frames.garbled("a content comes that nobody asked for")
            self._came.extend(wire.unpack_parts(rest[0]))
            self._ask_to_pack()
        elif first == ASKS:
            self._hear_asks(wire.unpack_parts(rest[0]))
        else:
            self._hear_wants(wire.unpack_parts(rest[0]))

    def _hear_wants(self, parts: Sequence[_Value]) -> None:
        if self._wants_end or len(self._wants) + len(parts) > GIFTS:
            raise self._frames.garbled("more is to be taken than was said")
        self._wants += map(wire.unpack_want, parts)
        self._wants_end = not parts

    def _hear_asks(self, parts: Sequence[_Value]) -> None:
        if self._asks_end:
            raise self._frames.garbled("something is asked for after the end")
        for part in parts:
            if self._coming is None:
                ask = wire.unpack_ask(part)
                if ask.known is not None:
                    self._coming = _Coming(self._listen_inside)
                    ask = ask._replace(known=ask.known._replace(chunks=self._coming))
                self._asked.append(ask)
            elif part is None:
                self._coming.whole = True
                self._coming = None
            elif self._coming.wanted:
                self._coming.chunks.append(wire.unpack_chunk(part))
                self._chunks += 1
        if len(self._asked) > _QUEUED or self._chunks > 2 * CHUNKS_MOST:
            raise self._frames.garbled("more is asked for at once than may be")
        self._asks_end = not parts

    @property
    def _has_asked(self) -> bool:
        """Whether the other side waits for a content."""
        return self._giving is not None or bool(self._asked)

    def _give(self) -> None:
        """Send a frame of what was asked for."""
        items: list[_Value] = []
        weight = 0
        while weight < TOGETHER and self._has_asked:
            if self._giving is None:
                self._inside = 0
                self._giving = self._given(self._asked.popleft())
            for item in self._giving:
                items.append(item)
                weight += wire.weight_of(item)
                if weight >= TOGETHER:
                    break
            else:
                self._giving = None
        self._frames.send(CONTENTS, items)
        self._frames.flush()

    def _given(self, ask: Ask) -> Iterator[_Value]:
        """Yield a content as it goes over the wire; an error ends it in place of nil."""
        left = ask.most
        try:
            for pieces in self._holder.give((ask,)):
                for piece in pieces:
                    left -= (piece.size if isinstance(piece, Span) else len(piece)) or _NOTHING
                    if left < 0:
                        raise Corrupt("it has more bytes than it should have")
                    yield from wire.pack_piece(piece)
        except AnnexishError as error:
            if error is self._broken:
                raise
            yield wire.pack_error(error)
        except OSError as error:
            yield wire.pack_error(Corrupt(f"it cannot be read there: {error.strerror}"))
        else:
            yield None
        if ask.known is not None and isinstance(ask.known.chunks, _Coming):
            self._chunks -= ask.known.chunks.leave()


class _Coming:
    """The chunks of what the other side has, as they come; who looks at them takes in more."""

    def __init__(self, listen: Callable[[], object]) -> None:
        self._listen = listen
        self.chunks: deque[Chunk] = deque()
        self.whole = False
        self.wanted = True
        self._seen = 0

    def __iter__(self) -> Iterator[Chunk]:
        while True:
            while self.chunks:
                self._seen += 1
                yield self.chunks.popleft()
            if self.whole:
                return
            self._listen()

    def leave(self) -> int:
        """Say that nobody looks at more of them; return how many came."""
        self.wanted = False
        came = self._seen + len(self.chunks)
        self.chunks.clear()
        return came
