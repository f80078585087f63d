"""The holdings of a repository: canonical msgpack, version 1 (see docs/format.md)."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import msgpack

from annexish.errors import Corrupt
from annexish.model.holdings import Checked, Disk, Holdings
from annexish.model.ids import CommitId, ObjectId

VERSION = 1
LARGEST = 16 << 20
"""Bytes of the largest blob: a million exceptions."""

_ID, _COMMIT = 16, 20
_WORD, _SCOPE = 1 << 10, 4 << 20
"""Bytes of the longest name, and of the largest scope."""
_MOST = (1 << 63) - 1
_WRONG = (ValueError, TypeError, LookupError, msgpack.UnpackException, RecursionError, MemoryError)


def encode_holdings(holdings: Holdings) -> bytes:
    """Return the blob; names that are too long are cut, and what is no text in them becomes visible."""
    disk = [_cut(holdings.disk.id), _cut(holdings.disk.label)]
    head = None if holdings.head is None else bytes.fromhex(holdings.head)
    exceptions = [b"".join(sorted(ids)) for ids in (holdings.besides, holdings.lacking)]
    packed: bytes = msgpack.packb(
        [
            VERSION, bytes.fromhex(holdings.id), _cut(holdings.name), holdings.counter, holdings.time,
            head, holdings.scope, *exceptions, disk, list(holdings.checked),
        ]
    )  # fmt: skip
    return packed


def decode_holdings(data: bytes) -> Holdings:
    """Return what a blob says; raise Corrupt when the bytes are not what this version writes."""
    try:
        if len(data) > LARGEST:
            raise ValueError("it is too large")
        parts: Any = msgpack.unpackb(data)
        if parts[0] != VERSION:
            raise Corrupt(f"holdings have version {parts[0]}, not {VERSION}", hint="update annexish")
        _, id, name, counter, time, head, scope, besides, lacking, disk, checked = parts
        holdings = Holdings(
            _bytes(id, _ID).hex(),
            _text(name),
            _number(counter),
            _number(time),
            None if head is None else CommitId(_bytes(head, _COMMIT).hex()),
            _bytes(scope, most=_SCOPE),
            _ids(besides),
            _ids(lacking),
            Disk(*map(_text, disk)),
            Checked(*map(_number, checked)),
        )
        if encode_holdings(holdings) != data:
            raise ValueError("it is not in its one form")
    except _WRONG as error:
        raise Corrupt(f"holdings are malformed: {error}") from error
    return holdings


def fits(exceptions: Collection[ObjectId]) -> bool:
    """Whether so many exceptions go into a blob."""
    return len(exceptions) * _ID <= LARGEST - _SCOPE - 8 * _WORD


def _cut(text: str) -> str:
    """Return what is left of a text that may be too long, or may be no text."""
    return text.encode(errors="backslashreplace")[:_WORD].decode(errors="ignore")


def _bytes(value: object, size: int | None = None, *, most: int = 0) -> bytes:
    if not isinstance(value, bytes) or (len(value) > most if size is None else len(value) != size):
        raise ValueError("a part has another length")
    return value


def _ids(joined: object) -> frozenset[ObjectId]:
    ids = _bytes(joined, most=LARGEST)
    found = [ObjectId(ids[at : at + _ID]) for at in range(0, len(ids), _ID)]
    if len(ids) % _ID or any(one >= other for one, other in pairwise(found)):
        raise ValueError("exceptions are not sorted")
    return frozenset(found)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is no text")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST:
        raise ValueError("a number is negative, too large or none")
    return value
