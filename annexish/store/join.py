"""Several packs to one, without unpacking: our packs hold whole objects only, so each is copied as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator

from annexish.store.pack import PackWriter

_OBJECTS = range(1, 4)


def join_packs(directory: str, bases: list[str]) -> None:
    """Replace packs (paths without suffix) by one that holds all their objects; packs of others stay.

    The new pack is durable before an old one goes, so an object is always in at least one.
    """
    ours = [base for base in bases if not os.path.exists(base + ".keep")]
    writer = PackWriter(directory)
    joined = []
    try:
        for base in ours:
            records = list(_records(base))
            if all(kind in _OBJECTS for _, kind, _, _ in records):
                _copy(base, records, writer)
                joined.append(base)
        made = writer.publish() if len(joined) > 1 else None
    finally:
        writer.abandon()
    for base in joined if made else ():
        if made != base + ".pack":
            os.unlink(base + ".idx")
            os.unlink(base + ".pack")


def _copy(base: str, records: list[tuple[bytes, int, int, int]], writer: PackWriter) -> None:
    with open(base + ".pack", "rb") as pack:
        for name, _, offset, length in records:
            writer.copy(name, os.pread(pack.fileno(), length, offset))


def _records(base: str) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield (name, kind, offset, length) of a pack's objects in their order, from its index of version 2."""
    with open(base + ".idx", "rb") as file:
        index = file.read()
    count = int.from_bytes(index[8 + 255 * 4 : 8 + 256 * 4], "big")
    names = 8 + 256 * 4
    small = names + count * 24
    large = small + count * 4
    places = []
    for at in range(count):
        offset = int.from_bytes(index[small + at * 4 : small + at * 4 + 4], "big")
        if offset >> 31:
            far = large + (offset & 0x7FFFFFFF) * 8
            offset = int.from_bytes(index[far : far + 8], "big")
        places.append((offset, index[names + at * 20 : names + at * 20 + 20]))
    places.sort()
    end = os.path.getsize(base + ".pack") - 20
    with open(base + ".pack", "rb") as pack:
        for (offset, name), (following, _) in zip(places, [*places[1:], (end, b"")], strict=True):
            kind = os.pread(pack.fileno(), 1, offset)[0] >> 4 & 7
            yield name, kind, offset, following - offset
