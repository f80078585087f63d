"""The blob of a commit that confirms losses for every repository: canonical msgpack, version 1."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgpack

from annexish.errors import Corrupt
from annexish.model.ids import Digest, LossId, ObjectId

VERSION = 1
_ID, _CONTENT = 16, 48
"""The bytes of an object id, and of one with a digest behind it."""


def encode_confirmed(losses: Collection[LossId]) -> bytes:
    """Return the blob: objects with the digest that they lost, then objects without one; each sorted and once."""
    contents = sorted({id + digest for id, digest in losses if digest is not None})
    others = sorted({id for id, digest in losses if digest is None})
    packed: bytes = msgpack.packb([VERSION, b"".join(contents), b"".join(others)])
    return packed


def decode_confirmed(data: bytes) -> frozenset[LossId]:
    """Return the losses that a blob names; raise Corrupt when the bytes are not what this version writes."""
    try:
        parts: Any = msgpack.unpackb(data)
        version = parts[0]
        if version != VERSION:
            raise Corrupt(f"a blob of confirmed losses has version {version}, not {VERSION}", hint="update annexish")
        _, contents, others = parts
        losses = frozenset(
            [*map(_content, _cut(contents, _CONTENT)), *((ObjectId(id), None) for id in _cut(others, _ID))]
        )
    except (ValueError, TypeError, LookupError, msgpack.UnpackException, RecursionError, MemoryError) as error:
        raise Corrupt(f"a blob of confirmed losses is malformed: {error}") from error
    if encode_confirmed(losses) != data:
        raise Corrupt("a blob of confirmed losses is malformed: it is not in its one form")
    return losses


def _content(part: bytes) -> LossId:
    return ObjectId(part[:_ID]), Digest(part[_ID:])


def _cut(joined: object, size: int) -> list[bytes]:
    if not isinstance(joined, bytes) or len(joined) % size:
        raise ValueError(f"its parts have not {size} bytes each")
    return [joined[at : at + size] for at in range(0, len(joined), size)]
