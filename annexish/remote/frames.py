"""Frames over two streams of bytes (docs/protocol.md): each has a length and one array."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Sequence
from typing import Any

import msgpack

from annexish.errors import AnnexishError, Corrupt, Unreachable

GREETING = b"annexish\n"
LARGEST = 1 << 20
"""Bytes of the longest frame."""
TOGETHER = 256 << 10
"""About so many bytes of parts go in one frame."""
_LENGTH = 4
_AHEAD = 4 << 20
"""So many bytes of frames that nobody asked for yet are held."""
_READ = 256 << 10
_BAD = (ValueError, TypeError, msgpack.UnpackException, RecursionError, MemoryError)


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

    def __init__(self, source: int, target: int, *, patience: float | None = None) -> None:
        self._source = source
        self._target = target
        self._patience = patience
        self._out = bytearray()
        self._come = bytearray()
        self._ended = False
        self._lost: AnnexishError | None = None
        self.explain: Callable[[AnnexishError], AnnexishError] = lambda error: error
        """Says more of an error that ends the connection; asked once."""
        os.set_blocking(source, False)
        os.set_blocking(target, False)

    def greet(self) -> None:
        """Say what is spoken."""
        self._out += GREETING
        self.flush()

    def greeted(self) -> None:
        """See whether the other side speaks the same; raise Garbled with what it says instead."""
        while len(self._come) < len(GREETING) and GREETING.startswith(self._come):
            self._wait()
        if not self._come.startswith(GREETING):
            said = bytes(self._come).split(b"\n")[0][:200].decode(errors="replace")
            raise self.garbled(f"what answers is not annexish; it says {said!r}")
        del self._come[: len(GREETING)]

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

    def send(self, *parts: Any) -> None:  # noqa: ANN401 - whatever a frame may hold
        """Send a frame."""
        self._require()
        body = msgpack.packb(parts)
        assert len(body) <= LARGEST, "who sends knows what fits"
        self._out += len(body).to_bytes(_LENGTH, "big") + body
        if len(self._out) >= TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with memoryview(bytes(self._out)) as rest:
            self._out.clear()
            at = 0
            while at < len(rest):
                at += self._written(rest[at:])

    def receive(self) -> Sequence[Any]:
        """Return the next frame, never an empty one."""
        self._require()
        self.flush()
        while (size := self._size()) is None or len(self._come) < _LENGTH + size:
            self._wait()
        body = bytes(self._come[_LENGTH : _LENGTH + size])
        del self._come[: _LENGTH + size]
        try:
            frame = msgpack.unpackb(body, use_list=False)
        except _BAD as error:
            raise self.garbled("what comes is no frame") from error
        if type(frame) is not tuple or not frame:
            raise self.garbled("what comes is no frame: it is no array")
        return frame

    def _require(self) -> None:
        if self._lost is not None:
            raise self._lost

    @property
    def unread(self) -> int:
        """How many bytes came that were not received yet."""
        return len(self._come)

    def has_come(self) -> bool:
        """Whether something came that was not received yet, or the end."""
        while not self._come and not self._ended and select.select([self._source], [], [], 0)[0]:
            self._take()
        return bool(self._come) or self._ended

    def _size(self) -> int | None:
        if len(self._come) < _LENGTH:
            return None
        size = int.from_bytes(self._come[:_LENGTH], "big")
        if size > LARGEST:
            raise self.garbled(f"what comes is no frame: it would have {size:,} bytes")
        return size

    def _wait(self) -> None:
        """Take in something that comes."""
        if self._ended:
            raise self.lost("the connection ended")
        if not select.select([self._source], [], [], self._patience)[0]:
            raise self.lost(f"nothing came for {self._patience:g} seconds")
        self._take()

    def _take(self) -> None:
        try:
            came = os.read(self._source, _READ)
        except BlockingIOError:
            return
        except OSError as error:
            raise self.lost(f"the connection is lost: {error.strerror}") from error
        self._ended = not came
        self._come += came

    def _written(self, data: memoryview) -> int:
        listens = [self._source] if len(self._come) < _AHEAD and not self._ended else []
        comes, goes, _ = select.select(listens, [self._target], [], self._patience)
        if not comes and not goes:
            raise self.lost(f"nothing could be sent for {self._patience:g} seconds")
        if comes:
            self._take()
        if not goes:
            return 0
        try:
            return os.write(self._target, data[:_READ])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self.lost(f"the connection is lost: {error.strerror}") from error
