"""Frames over two streams of bytes (docs/protocol.md): each has a length, a check and one array."""

from __future__ import annotations

import fcntl
import os
import select
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgpack

from annexish.errors import AnnexishError, Corrupt, Unreachable
from annexish.remote import packing
from annexish.remote.inflow import Inflow
from annexish.remote.pace import Pace

GREETING = b"annexish\n"
LARGEST = 1 << 20
"""Bytes of the longest frame."""
TOGETHER = 256 << 10
"""About so many bytes of parts go in one frame."""
CONTENTS, ALIVE = 7, 8
"""The first item of a frame with contents, and of one that says nothing else."""
_HEAD = 12
"""Bytes before a body: its length, and a check of each."""
_PACKED, _PARTLY = 1 << 31, 1 << 30
"""What the length of a frame says besides: its body is packed; only the beginning of it is checked."""
_BEGINNING = 4096
"""Of contents, which have digests, the check covers so many bytes."""
_SAID = 200
"""So many bytes of what is said in place of a greeting are shown."""
_AHEAD = 4 << 20
"""So many bytes of frames that nobody asked for yet are held."""
_CHANGED = "what comes is no frame: it was changed on its way, or another one is missing"
_READ = 1 << 20
_WRITE = 256 << 10
_PIPE = 1 << 20
_BAD = (ValueError, TypeError, msgpack.UnpackException, RecursionError, MemoryError)
_BEAT = msgpack.packb((ALIVE,))


class Lost(Unreachable):
    """The other side is gone."""


class Garbled(Corrupt):
    """What comes is no frame, so that nobody knows where the next one begins."""


class Frames:
    """Frames to and from the other side, over two descriptors that somebody else closes.

    What is sent waits until there is much of it, or until something is received. While it is written, what comes is
    taken in, so that two sides that write never wait for each other. After `patience` seconds in which nothing comes
    that is waited for, the other side is given up; None waits without end.
    Raise Lost when the other side is gone, Garbled for what is no frame.
    """

    def __init__(self, source: int, target: int, *, patience: float | None = None, rate: int = 0) -> None:
        self._source = source
        self._target = target
        self.patience = patience
        self._pace = Pace(rate)
        self._out = bytearray()
        self._come = Inflow()
        self._sent = self._received = 0
        """How many frames there were in each direction: the check of a frame begins with its number."""
        self._next_size: int | None = None
        """The length of the frame that comes next, once its head is here."""
        self._writes = self._ended = False
        self._lost: AnnexishError | None = None
        self.unpacks = self.packs = False
        """Whether both sides can pack, and whether the other one asked for it."""
        self.starved = 0.0
        """How many seconds this side waited for something to come."""
        self.came = 0
        """How many bytes came."""
        self.explain: Callable[[AnnexishError], AnnexishError] = lambda error: error
        """Says more of an error that ends the connection; asked once."""
        for descriptor in (source, target):
            os.set_blocking(descriptor, False)
            with suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)  # neither is a pipe everywhere

    def greet(self) -> None:
        """Say what is spoken."""
        self._out += GREETING
        self.flush()

    def greeted(self) -> None:
        """See whether the other side speaks the same; raise Garbled with what it says instead."""
        while len(said := self._come.peek(_SAID)) < len(GREETING) and GREETING.startswith(said):
            self._wait()
        if not said.startswith(GREETING):
            line = said.split(b"\n")[0].decode(errors="replace")
            raise self.garbled(f"what answers is not annexish; it says {line!r}")
        self._come.take(len(GREETING))

    def lost(self, why: str) -> AnnexishError:
        """Give the other side up: from now on nothing is sent and nothing comes; return what to raise."""
        return self._ended_by(Lost(why))

    def garbled(self, why: str) -> AnnexishError:
        """The same, since nobody knows where the next frame begins, or what it means."""
        return self._ended_by(Garbled(why))

    def _ended_by(self, error: AnnexishError) -> AnnexishError:
        if self._lost is None:
            self._lost = error
            self._lost = self.explain(error)
        return self._lost

    def send(self, *parts: Any, pack: bool = False) -> None:  # noqa: ANN401 - whatever a frame may hold
        """Send a frame, packed if that is asked for or pays."""
        self._require()
        body = msgpack.packb(parts)
        assert len(body) <= LARGEST, "who sends knows what fits"
        packed = packing.pack(body) if self.packs or (pack and self.unpacks) else None
        flag = 0 if packed is None else _PACKED
        if parts[0] == CONTENTS and len(body) > _BEGINNING:
            flag |= _PARTLY
        self._writes = True
        self._out += self._framed(body if packed is None else packed, flag)
        self._writes = False
        if len(self._out) >= TOGETHER:
            self.flush()

    def _framed(self, body: bytes, flag: int) -> bytes:
        self._sent += 1
        length = (len(body) | flag).to_bytes(4, "big")
        checks = _check(length, self._sent), _check(body, self._sent, flag)
        return length + b"".join(check.to_bytes(4, "big") for check in checks) + body

    def beat(self) -> None:
        """Say that this side is alive, with what waits to be sent, or a frame that says nothing else."""
        if self._lost is not None or self._writes or not select.select([], [self._target], [], 0)[1]:
            return
        if not self._out:
            self._out += self._framed(_BEAT, 0)
        with suppress(OSError):  # whoever sends or receives next hears why
            del self._out[: os.write(self._target, self._out[:_WRITE])]

    def flush(self) -> None:
        """Write what waits."""
        self._require()
        self._writes = True
        out, self._out = self._out, bytearray()
        with memoryview(out) as rest:
            at = 0
            while at < len(rest):
                at += self._written(rest[at:])
        self._writes = False

    def receive(self) -> Sequence[Any]:
        """Return the next frame, never an empty one."""
        while (frame := self._next())[0] == ALIVE:
            pass
        return frame

    def _next(self) -> Sequence[Any]:
        self._require()
        self.flush()
        while (size := self._size()) is None or len(self._come) < _HEAD + size:
            self._wait()
        body, partly = self._body(size)
        try:
            frame = msgpack.unpackb(body, use_list=False)
        except _BAD as error:
            raise self.garbled("what comes is no frame") from error
        if type(frame) is not tuple or not frame:
            raise self.garbled("what comes is no frame: it is no array")
        if partly and frame[0] != CONTENTS:
            raise self.garbled("what comes is no frame: only contents are checked in part")
        return frame

    def _body(self, size: int) -> tuple[bytes | memoryview, bool]:
        """Take the next body away, which is here as a whole; return also whether only its beginning is checked."""
        head = self._come.take(_HEAD)
        flags, check = int.from_bytes(head[:4], "big"), int.from_bytes(head[8:], "big")
        body = self._come.take(size)
        self._received += 1
        self._next_size = None
        if _check(body, self._received, flags) != check:
            raise self.garbled(_CHANGED)
        partly = bool(flags & _PARTLY)
        if not flags & _PACKED:
            return body, partly
        try:
            return packing.unpack(body, LARGEST), partly
        except (Corrupt, ImportError) as error:
            raise self.garbled(str(error)) from error

    def _require(self) -> None:
        if self._lost is not None:
            raise self._lost

    @property
    def unread(self) -> int:
        """How many bytes came that were not received yet."""
        return len(self._come)

    def has_come(self) -> bool:
        """Whether something came that was not received yet, or the end; signs of life do not count."""
        self._require()
        while True:
            while self._is_beat():
                self._next()
            if len(self._come) > _HEAD + len(_BEAT) or self._ended:
                return True
            if not select.select([self._source], [], [], 0)[0]:
                return len(self._come) > _HEAD and self._size() != len(_BEAT)
            self._take()

    def _is_beat(self) -> bool:
        whole = _HEAD + len(_BEAT)
        return len(self._come) >= whole and self._size() == len(_BEAT) and self._come.peek(whole).endswith(_BEAT)

    def _size(self) -> int | None:
        if len(self._come) < _HEAD:
            return None
        if self._next_size is None:
            head = self._come.peek(8)
            if _check(head[:4], self._received + 1) != int.from_bytes(head[4:], "big"):
                raise self.garbled(_CHANGED)
            self._next_size = int.from_bytes(head[:4], "big") & ~(_PACKED | _PARTLY)
            if self._next_size > LARGEST:
                raise self.garbled(f"what comes is no frame: it would have {self._next_size:,} bytes")
        return self._next_size

    def _wait(self) -> None:
        """Take in something that comes."""
        if self._ended:
            raise self.lost("the connection ended")
        if self._take():
            return
        begin = time.monotonic()
        if not select.select([self._source], [], [], self.patience)[0]:
            raise self.lost(f"nothing came for {self.patience:g} seconds")
        self.starved += time.monotonic() - begin
        self._take()

    def _take(self) -> bool:
        """Take in what is there; return whether there was anything, be it the end."""
        try:
            came = os.read(self._source, min(_READ, self._pace.most))
        except BlockingIOError:
            return False
        except OSError as error:
            raise self.lost(f"the connection is lost: {error.strerror}") from error
        self._ended = not came
        self._come.add(came)
        self.came += len(came)
        self.starved += self._pace.passed(len(came))
        return True

    def _written(self, data: memoryview) -> int:
        """Write the beginning of it; where that cannot be, take in what comes, so that the other side can go on."""
        try:
            count = os.write(self._target, data[: min(_WRITE, self._pace.most)])
        except BlockingIOError:
            self._wait_to_write()
            return 0
        except OSError:
            # what came before the other side was gone is still of use; who waits for more hears of it
            return len(data)
        self._pace.passed(count)
        return count

    def _wait_to_write(self) -> None:
        listens = [self._source] if len(self._come) < _AHEAD and not self._ended else []
        comes, goes, _ = select.select(listens, [self._target], [], self.patience)
        if not comes and not goes:
            raise self.lost(f"nothing could be sent for {self.patience:g} seconds")
        if comes:
            self._take()


def _check(body: bytes | memoryview, number: int, flags: int = 0) -> int:
    """CRC-32, begun with the number of the frame: so one that is missing, or came twice, is seen too."""
    return zlib.crc32(body[:_BEGINNING] if flags & _PARTLY else body, number & 0xFFFFFFFF)
