"""The descriptive blob of a directory: tags by object, canonical msgpack, version 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgpack

from annexish.errors import Corrupt
from annexish.model.ids import ObjectId

VERSION = 1

Tag = str | int | float | list[str] | list[int] | list[float]
Tags = Mapping[str, Tag]


def encode_descriptive(tags: Mapping[ObjectId, Tags]) -> bytes:
    """Return the blob: objects sorted by id, tags by name."""
    body = {id: dict(sorted(tags[id].items())) for id in sorted(tags)}
    packed: bytes = msgpack.packb([VERSION, body])
    return packed


def decode_descriptive(data: bytes) -> dict[ObjectId, Tags]:
    """Return the tags of each object; raise Corrupt when the bytes are not what this version writes."""
    try:
        parts: Any = msgpack.unpackb(data)
        version, body = parts
        if version != VERSION:
            raise Corrupt(f"a descriptive blob has version {version}, not {VERSION}", hint="update annexish")
        return {ObjectId(_id(id)): dict(tags) for id, tags in body.items()}
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException, RecursionError, MemoryError) as error:
        raise Corrupt(f"a descriptive blob is malformed: {error}") from error


def _id(id: object) -> bytes:
    if not isinstance(id, bytes) or len(id) != 16:
        raise ValueError("an object id has 16 bytes")
    return id
