"""Where a HEIF picture (ISO/IEC 23008-12) keeps its EXIF fields: Pillow does not read this format."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

_NEAR = 1 << 18
"""The boxes that describe the items lie within so many bytes of the beginning."""

_LONGEST = 1 << 22


def exif_of(stream: BinaryIO) -> bytes | None:
    """The EXIF fields as a TIFF file, None if the picture has none."""
    stream.seek(0)
    described = dict(_boxes(dict(_boxes(stream.read(_NEAR))).get(b"meta", b"")[4:]))
    item = _exif_item(described.get(b"iinf", b""))
    place = None if item is None else _place_of(item, described.get(b"iloc", b""))
    if place is None:
        return None
    offset, length = place
    stream.seek(offset)
    block = stream.read(min(length, _LONGEST))
    return block[4 + int.from_bytes(block[:4]) :] or None


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while (size := int.from_bytes(content[at : at + 4])) >= 8:
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def _exif_item(infos: bytes) -> int | None:
    """The number of the item of type `Exif` in the body of an `iinf` box."""
    for _, info in _boxes(infos[6 if infos[:1] == b"\0" else 8 :]):
        wide = 4 if info[:1] == b"\3" else 2
        if info[6 + wide : 10 + wide] == b"Exif":
            return int.from_bytes(info[4 : 4 + wide])
    return None


def _place_of(item: int, locations: bytes) -> tuple[int, int] | None:
    """Offset in the file and length of an item in one piece, from the body of an `iloc` box."""
    version = locations[0] if locations else 0
    body = io.BytesIO(locations[4:])
    sizes, more = _number(body, 1), _number(body, 1)
    index = more & 15 if version else 0
    wide = 4 if version > 1 else 2
    for _ in range(min(_number(body, wide), len(locations))):
        found = _number(body, wide)
        method = _number(body, 2) & 15 if version else 0
        body.seek(2, io.SEEK_CUR)
        base, pieces = _number(body, more >> 4), _number(body, 2)
        start = body.tell() + index
        if found == item:
            body.seek(start)
            place = base + _number(body, sizes >> 4), _number(body, sizes & 15)
            return place if (method, pieces) == (0, 1) else None
        body.seek(pieces * (index + (sizes >> 4) + (sizes & 15)), io.SEEK_CUR)
    return None


def _number(body: io.BytesIO, size: int) -> int:
    return int.from_bytes(body.read(size))
