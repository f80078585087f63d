"""Read contents again: do they still have the digests that were recorded?

Only regular files are opened, and no link is followed. What differs in size needs no reading.
Bytes that differ although nobody wrote them are told from an edit by the record: it is the one
that the stat cache has, and so old that a write could not hide in it.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from blake3 import blake3

from annexish.model.path import split
from annexish.system.descend import Descent
from annexish.system.turns import in_turns

RIGHT, WRONG, CHANGED, BROKEN, UNREADABLE, GONE, LEFT = range(7)
"""It has its digest; other bytes that nobody wrote; an edit; the device has no bytes; this user gets none;
nothing is there; no time for it."""

YOUNG = 2_000_000_000
"""A record of the last two seconds, in ns, may hide a write that follows."""

_BLOCK = 1 << 20
"""Large enough that calls cost nothing, small enough to stay in a processor's cache until it is hashed."""
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
_OTHER = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENOTDIR})
"""What opening says of a name that is no regular file any more."""
_BROKEN = frozenset({errno.EIO, errno.EBADMSG, errno.EUCLEAN, errno.EILSEQ})
"""What reading says of bytes that the device or the file system knows to be bad."""

Record = tuple[int, int, int, int]
"""Size, mtime and ctime in ns, inode."""


class Claim(NamedTuple):
    """A content that is said to be at a path; `at` is the caller's number for it.

    `record` is the one that goes with the digest, None if nobody knows it. A `kept` content has none:
    nobody may write it, so other bytes are never an edit.
    """

    at: int
    path: bytes
    digest: bytes
    size: int
    record: Record | None
    kept: bool


class Proof(NamedTuple):
    """What reading a claim gave: bytes read, the digest of other bytes, why nothing could be read."""

    at: int
    state: int
    size: int
    found: bytes
    reason: str


class Clock(NamedTuple):
    """The time of the file system in ns when a monotonic clock stood at `start`; `end` is when to stop."""

    now: int
    start: float
    end: float

    def young(self, record: Record) -> bool:
        """Whether a write could hide in a record, now."""
        now = self.now + int((time.monotonic() - self.start) * 1e9)
        return any(now - YOUNG < moment < now + YOUNG for moment in record[1:3])


def prove(
    root: bytes,
    batches: Sequence[Any],
    load: Callable[[Any], list[Claim]],
    processes: int,
    clock: Clock,
    meanwhile: Callable[[], object],
) -> Iterator[list[Proof]]:
    """Yield the proofs of each batch, in their order; `load` gives the claims of one, in any process.

    `meanwhile` is done here while other processes read.
    """

    def work(number: int, of: int) -> Iterator[list[tuple[Any, ...]]]:
        with Descent(root) as descent:
            prover = _Prover(descent, clock)
            for batch in batches[number::of]:
                yield [tuple(prover(claim)) for claim in load(batch)]

    for results in in_turns(work, min(processes, len(batches)), meanwhile):
        yield [Proof._make(values) for values in results]


def record_of(found: os.stat_result) -> Record:
    """The part of a record that tells an edit."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


class _Prover:
    """Reads one claim after the other."""

    def __init__(self, descent: Descent, clock: Clock) -> None:
        self._descent = descent
        self._clock = clock
        self._buffer = bytearray(_BLOCK)

    def __call__(self, claim: Claim) -> Proof:
        """Return what a claim is worth."""
        if time.monotonic() >= self._clock.end:
            return Proof(claim.at, LEFT, 0, b"", "")
        try:
            parent, name = split(claim.path)
            descriptor = os.open(name, _FLAGS, dir_fd=self._descent.open(parent))
        except OSError as error:
            return _failed(claim, error)
        try:
            return self._read(claim, descriptor)
        except OSError as error:
            return _failed(claim, error)
        finally:
            os.close(descriptor)

    def _read(self, claim: Claim, descriptor: int) -> Proof:
        before = os.fstat(descriptor)
        if not modes.S_ISREG(before.st_mode):
            return Proof(claim.at, CHANGED, 0, b"", "")
        if before.st_size != claim.size and not claim.kept and not self._untouched(claim.record, record_of(before)):
            return Proof(claim.at, CHANGED, 0, b"", "")
        size, digest = self._digest(descriptor)
        if digest == claim.digest:
            return Proof(claim.at, RIGHT, size, b"", "")
        untouched = claim.kept or self._untouched(claim.record, record_of(os.fstat(descriptor)))
        return Proof(claim.at, WRONG if untouched else CHANGED, size, digest, "")

    def _untouched(self, claimed: Record | None, found: Record) -> bool:
        """Whether times and inode say that nobody wrote; then not even another size is an edit."""
        return claimed is not None and claimed[1:] == found[1:] and not self._clock.young(found)

    def _digest(self, descriptor: int) -> tuple[int, bytes]:
        hasher = blake3()
        view = memoryview(self._buffer)
        size = 0
        while count := os.readv(descriptor, [view]):
            hasher.update(view[:count])
            size += count
        return size, hasher.digest()


def _failed(claim: Claim, error: OSError) -> Proof:
    number = error.errno or 0
    missing = GONE if isinstance(error, FileNotFoundError) else UNREADABLE
    state = BROKEN if number in _BROKEN else CHANGED if number in _OTHER else missing
    return Proof(claim.at, state, 0, b"", error.strerror or "unreadable")
