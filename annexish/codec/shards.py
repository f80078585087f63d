"""How a large directory is split: by the BLAKE3 hash of the name, a nibble a level."""

from __future__ import annotations

from collections.abc import Iterator

from blake3 import blake3


def way_of(name: bytes) -> str:
    """Return the way of a name: the nibbles of its hash, as hexadecimal digits."""
    return blake3(name).hexdigest()


def nibbles(name: bytes) -> Iterator[int]:
    """Yield the nibbles of the BLAKE3-256 hash of a name, the high one of each byte first."""
    for byte in blake3(name).digest():
        yield byte >> 4
        yield byte & 15


def shard_of(name: bytes, level: int) -> int:
    """The shard in which `name` lies at a level, 0 being that of the directory itself."""
    digest = blake3(name).digest()
    byte = digest[level >> 1]
    return byte & 15 if level & 1 else byte >> 4
