"""Objects that nobody will keep: what `status` builds to compare with."""

from __future__ import annotations

from collections.abc import Iterator

from annexish.codec.objects import object_name
from annexish.model.objects import GitObject
from annexish.store.spool import Spool


class Scratch:
    """Takes and gives objects as a pack writer does, and forgets them."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._index: dict[bytes, tuple[int, int, bytes]] = {}

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        """Hold an object; return its name."""
        name = object_name(kind, data)
        if name not in self._index:
            self._index[name] = (self._spool.append(data), len(data), kind)
        return name

    def get(self, name: bytes) -> bytes | None:
        """Return the bytes of an object that was put here, None for others."""
        place = self._index.get(name)
        return None if place is None else self._spool.read(*place[:2])

    def objects(self) -> Iterator[GitObject]:
        """Yield all objects, in the order in which they came."""
        for at, length, kind in self._index.values():
            yield GitObject(kind, self._spool.read(at, length))

    def close(self) -> None:
        """Forget everything."""
        self._spool.close()
        self._index.clear()
