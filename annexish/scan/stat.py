"""Stat records of many names at once, as columns of the words that statx(2) returns.

A *columns* value holds, for n names, ten runs of n little-endian 64-bit words: see `Stat`.
Two of them are equal exactly when nothing that is watched differs; no object is made for a name.
On Linux the kernel writes the records one behind the other into one buffer through ctypes
(`struct statx` is the same on every architecture); elsewhere `os.stat` fills the same columns.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from annexish.model.evidence import Stat

_EMPTY_PATH = 0x1000
_NO_FOLLOW = 0x100
_MASK = 0xFFF
_RECORD = 256
_WORDS = (2, 3, 4, 5, 12, 13, 14, 15, 10, 11)
_BATCH = 4096
WORD = 8
RUNS = len(_WORDS)
WIDTH = len(_WORDS) * WORD
"""Bytes of columns for one name."""


class Seen(NamedTuple):
    """What a fresh record says beyond the columns: the device it is on, blocks of 512 bytes, a device's own number."""

    device: tuple[int, int]
    blocks: int
    rdev: tuple[int, int]


_SIGNED = (4, 6, 8)
_CTIME = 4
"""The run of seconds of the ctime; that of its nanoseconds follows."""
_ONE = struct.Struct("<QQQQqQqQqQ")
_stat: Callable[[Iterable[int]], Stat] = partial(tuple.__new__, Stat)
"""`Stat._make`, without a call of Python for each."""


def unpack(columns: bytes) -> list[Stat]:
    """Return the records of a columns value, in its order."""
    count = len(columns) // WIDTH
    if count == 1:
        return [_stat(_ONE.unpack(columns))]
    runs = [
        struct.unpack_from(f"<{count}q" if at in _SIGNED else f"<{count}Q", columns, at * count * WORD)
        for at in range(len(_WORDS))
    ]
    return list(map(_stat, zip(*runs, strict=True)))


def last(columns: bytes) -> Stat:
    """Return the last record of a columns value."""
    runs = len(columns) // len(_WORDS)
    return _stat(_ONE.unpack(b"".join([columns[end - WORD : end] for end in range(runs, len(columns) + 1, runs)])))


def without_last(columns: bytes) -> bytes:
    """Return a columns value without its last record."""
    run = len(columns) // len(_WORDS)
    return b"".join([columns[start : start + run - WORD] for start in range(0, len(columns), run)])


def smudged(stat: Stat) -> Stat:
    """Return a record that no file ever has, so that the file is read again.

    It stands for one that is so young that the next change might not show in it.
    """
    return stat._replace(ctime_s=0, ctime_n=0)


def stack(records: Sequence[bytes]) -> bytes:
    """Return the columns of records of one name each."""
    words = memoryview(b"".join(records)).cast("Q")
    return b"".join([words[run :: len(_WORDS)].tobytes() for run in range(len(_WORDS))])


def replace(columns: bytes, records: Mapping[int, bytes]) -> bytes:
    """Return columns in which the names at some positions have other records."""
    if not records:
        return columns
    words = array("Q")
    words.frombytes(columns)
    count = len(words) // len(_WORDS)
    for at, record in records.items():
        words[at::count] = array("Q", record)
    return words.tobytes()


def younger(columns: bytes, time: int) -> list[int]:
    """Return the positions of the records whose ctime is not before `time` (ns)."""
    words = memoryview(columns).cast("q")
    count = len(words) // len(_WORDS)
    seconds, rest = divmod(time, 10**9)
    run = _CTIME * count
    return [
        at
        for at, second in enumerate(words[run : run + count])
        if second >= seconds and (second > seconds or words[run + count + at] >= rest)
    ]


def repack(stat: Stat) -> bytes:
    """Return the columns of one record."""
    return _ONE.pack(*stat)


def pick(columns: bytes, keep: Sequence[int]) -> bytes:
    """Return the columns of the names at the positions `keep`, in that order."""
    run = len(columns) // len(_WORDS)
    if not keep:
        return b""
    if len(keep) == 1:
        first = keep[0] * WORD
        return b"".join([columns[at : at + WORD] for at in range(first, len(columns), run)])
    spans = _spans(keep)
    if len(spans) * 4 <= len(keep):
        return b"".join([columns[at + a : at + b] for at in range(0, len(columns), run) for a, b in spans])
    words = memoryview(columns).cast("Q")
    choose, pack = itemgetter(*keep), struct.Struct(f"<{len(keep)}Q").pack
    count = run // WORD
    return b"".join([pack(*choose(words[at : at + count])) for at in range(0, len(words), count)])


def _spans(keep: Sequence[int]) -> list[tuple[int, int]]:
    """Return where the bytes of neighbouring positions begin and end in a run of words."""
    spans = []
    first = before = keep[0]
    for at in keep[1:]:
        if at != before + 1:
            spans.append((first * WORD, (before + 1) * WORD))
            first = at
        before = at
    spans.append((first * WORD, (before + 1) * WORD))
    return spans


def concatenate(parts: Sequence[bytes]) -> bytes:
    """Return the columns of the names of all parts, one part behind the other."""
    if len(parts) == 1:
        return parts[0]
    sizes = [len(part) // len(_WORDS) for part in parts]
    return b"".join(
        [
            part[run * size : (run + 1) * size]
            for run in range(len(_WORDS))
            for part, size in zip(parts, sizes, strict=True)
        ]
    )


class Statter:
    """Takes stat records relative to an open directory, never following a link; of up to `most` names at once."""

    def __init__(self, most: int = _BATCH) -> None:
        self._most = most
        self._buffer = ctypes.create_string_buffer(_RECORD * (most + 1))
        self._words = memoryview(self._buffer).cast("B").cast("Q")
        base = ctypes.addressof(self._buffer)
        self._places = [ctypes.c_void_p(base + _RECORD * at) for at in range(most + 1)]
        self.call = _statx()

    def columns(self, descriptor: int, names: Sequence[bytes]) -> bytes | None:
        """Return the columns of `names`, None as soon as one of them has no record."""
        if len(names) <= self._most:
            return self._batch(descriptor, names)
        parts = []
        for at in range(0, len(names), self._most):
            part = self._batch(descriptor, names[at : at + self._most])
            if part is None:
                return None
            parts.append(part)
        return concatenate(parts)

    def columns_and_own(self, descriptor: int, names: Sequence[bytes]) -> bytes | None:
        """Return the columns of up to 4,096 names and last of the directory itself, None if a name has no record."""
        if any(map(self.call, repeat(descriptor), names, repeat(_NO_FOLLOW), repeat(_MASK), self._places)):
            return None
        if self.call(descriptor, b"", _EMPTY_PATH, _MASK, self._places[len(names)]):
            return None
        return self._gather(len(names) + 1)

    def own(self, descriptor: int) -> bytes:
        """Return the columns of an open file or directory itself."""
        if self.call(descriptor, b"", _EMPTY_PATH, _MASK, self._places[0]):
            raise _error(b"")
        return self._gather(1)

    def one(self, descriptor: int, name: bytes) -> tuple[bytes, Seen]:
        """Return the columns of one name (b"" for the open file itself) and what they do not hold; raise OSError."""
        flags = _NO_FOLLOW if name else _EMPTY_PATH
        if self.call(descriptor, name, flags, _MASK, self._places[0]):
            raise _error(name)
        words = self._words
        return self._gather(1), Seen(_pair(words[17]), words[6], _pair(words[16]))

    def each(self, descriptor: int, names: Sequence[bytes]) -> Iterator[tuple[bytes, OSError | None]]:
        """Yield the columns of each name alone, or the error that stands in their place."""
        for name in names:
            try:
                yield self.one(descriptor, name)[0], None
            except OSError as error:
                yield b"", error

    def _batch(self, descriptor: int, names: Sequence[bytes]) -> bytes | None:
        # any() stops at the first call that returns -1: a name without a record
        if any(map(self.call, repeat(descriptor), names, repeat(_NO_FOLLOW), repeat(_MASK), self._places)):
            return None
        return self._gather(len(names))

    def _gather(self, count: int) -> bytes:
        words = self._words[: count * _RECORD // WORD]
        step = _RECORD // WORD
        return b"".join([words[at::step].tobytes() for at in _WORDS])


def _pair(word: int) -> tuple[int, int]:
    return (word & 0xFFFFFFFF, word >> 32)


def _error(name: bytes) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), name)


Call = Callable[[int, bytes, int, int, ctypes.c_void_p], int]


def _statx() -> Call:
    """Return statx of the C library, or a function that does the same with `os.stat`."""
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    found = getattr(library, "statx", None) if sys.byteorder == "little" else None
    if found is None:
        return portable_statx
    found.restype = ctypes.c_int
    call: Call = found
    return call


def portable_statx(descriptor: int, name: bytes, flags: int, _: int, place: ctypes.c_void_p) -> int:
    """Fill one record as statx(2) does, from `os.stat`."""
    try:
        itself = flags & _EMPTY_PATH
        found = os.fstat(descriptor) if itself else os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError as error:
        ctypes.set_errno(error.errno or 0)
        return -1
    words = [0] * (_RECORD // WORD)
    words[2] = found.st_nlink & 0xFFFFFFFF | found.st_uid << 32
    words[3] = found.st_gid | (found.st_mode & 0xFFFF) << 32
    words[4], words[5] = found.st_ino, found.st_size
    words[6] = getattr(found, "st_blocks", 0)
    words[12], words[13] = _split(found.st_ctime_ns)
    words[14], words[15] = _split(found.st_mtime_ns)
    words[10], words[11] = _split(int(getattr(found, "st_birthtime", 0) * 10**9))
    words[16] = _joined(getattr(found, "st_rdev", 0))
    words[17] = _joined(found.st_dev)
    ctypes.memmove(place, struct.pack("<32Q", *words), _RECORD)
    return 0


def _split(nanoseconds: int) -> tuple[int, int]:
    seconds, rest = divmod(nanoseconds, 10**9)
    return (seconds & 0xFFFFFFFFFFFFFFFF, rest)


def _joined(device: int) -> int:
    return os.major(device) | os.minor(device) << 32
