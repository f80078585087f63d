"""Write one Git pack, version 2, with its index, version 2 (gitformat-pack(5)).

libgit2's own writer makes 19,000 objects a second; trees and small blobs that are
written once need neither its deltas nor its object database.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from array import array

_TYPES = {b"commit": 1, b"tree": 2, b"blob": 3}
_CHUNK = 1 << 20
_STORED_BLOCK = 0xFFFF
_STORE_FROM = 64
"""Fewer random bytes than this are compressed with the rest: a flush costs a few bytes."""


def object_name(kind: bytes, data: bytes) -> bytes:
    """The 20 bytes that Git calls an object of this kind and these bytes."""
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data, usedforsecurity=False).digest()


class PackWriter:
    """Collects objects in a temporary file beside the packs; `publish` makes them a durable pack."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._temporary = os.path.join(directory, f"tmp_annexish_{os.getpid()}_{os.urandom(4).hex()}")
        self._file = open(self._temporary, "xb+", buffering=_CHUNK)  # noqa: SIM115
        self._file.write(b"PACK" + (2).to_bytes(4, "big") + bytes(4))
        self._at = 12
        self._index: dict[bytes, int] = {}
        self._checks = array("L")

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        """Add an object, once; return its name. The last `random` bytes are stored as they are."""
        name = object_name(kind, data)
        if name in self._index:
            return name
        self.copy(name, _header(_TYPES[kind], len(data)) + deflated(data, random))
        return name

    def copy(self, name: bytes, packed: bytes) -> None:
        """Add an object as it lies in another pack: its header and its compressed bytes."""
        if name not in self._index:
            self._file.write(packed)
            self._index[name] = self._at
            self._checks.append(zlib.crc32(packed))
            self._at += len(packed)

    def get(self, name: bytes) -> bytes | None:
        """Return the bytes of an object that was put here, None for others."""
        offset = self._index.get(name)
        if offset is None:
            return None
        self._file.flush()
        unpack = zlib.decompressobj()
        descriptor, data = self._file.fileno(), b""
        block = os.pread(descriptor, 4096, offset)
        block = block[_header_length(block) :]
        offset += 4096
        while not unpack.eof:
            data += unpack.decompress(block)
            block = os.pread(descriptor, _CHUNK, offset)
            offset += len(block)
        return data

    def publish(self) -> str | None:
        """Make what was put durable and visible; return the path of the pack, None if nothing was put."""
        if not self._index:
            self.abandon()
            return None
        self._file.seek(8)
        self._file.write(len(self._index).to_bytes(4, "big"))
        trailer = self._checksum()
        self._file.seek(0, os.SEEK_END)
        self._file.write(trailer)
        self._file.flush()
        os.fchmod(self._file.fileno(), 0o444)
        os.fsync(self._file.fileno())
        self._file.close()
        return self._install(trailer)

    def abandon(self) -> None:
        """Throw away what was put, if it was not published."""
        if not self._file.closed:
            self._file.close()
            os.unlink(self._temporary)

    def _install(self, trailer: bytes) -> str:
        base = os.path.join(self._directory, f"pack-{trailer.hex()}")
        index = self._temporary + ".idx"
        with open(index, "xb") as file:
            file.write(_index(self._index, self._checks, trailer))
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        # Git looks for packs by their index, so the index appears last
        os.rename(self._temporary, base + ".pack")
        os.rename(index, base + ".idx")
        _sync_directory(self._directory)
        return base + ".pack"

    def _checksum(self) -> bytes:
        self._file.flush()
        self._file.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while block := self._file.read(_CHUNK):
            digest.update(block)
        return digest.digest()


def deflated(data: bytes, random: int) -> bytes:
    """Return a zlib stream (RFC 1950) of `data` whose last `random` bytes are in stored blocks (RFC 1951, 3.2.4).

    Compressing random bytes costs time and gains nothing; a full flush ends the compressed part on a byte.
    """
    if random < _STORE_FROM:
        return zlib.compress(data, 1)
    cut = len(data) - random
    deflate = zlib.compressobj(1)
    out = [deflate.compress(data[:cut]), deflate.flush(zlib.Z_FULL_FLUSH)]
    for at in range(cut, len(data), _STORED_BLOCK):
        part = data[at : at + _STORED_BLOCK]
        last = at + _STORED_BLOCK >= len(data)
        out.append(b"%c%b%b" % (last, len(part).to_bytes(2, "little"), (len(part) ^ 0xFFFF).to_bytes(2, "little")))
        out.append(part)
    out.append(zlib.adler32(data).to_bytes(4, "big"))
    return b"".join(out)


def _header(kind: int, size: int) -> bytes:
    first = kind << 4 | size & 15
    size >>= 4
    out = bytearray()
    while size:
        out.append(first | 128)
        first = size & 127
        size >>= 7
    out.append(first)
    return bytes(out)


def _header_length(block: bytes) -> int:
    length = 1
    while block[length - 1] & 128:
        length += 1
    return length


def _index(offsets: dict[bytes, int], checks: array[int], trailer: bytes) -> bytes:
    rows = sorted((name, check, offset) for (name, offset), check in zip(offsets.items(), checks, strict=True))
    fanout = bytearray()
    count = 0
    for first in range(256):
        while count < len(rows) and rows[count][0][0] <= first:
            count += 1
        fanout += count.to_bytes(4, "big")
    large = [offset for _, _, offset in rows if offset >= 1 << 31]
    places = iter(range(len(large)))
    small = [offset if offset < 1 << 31 else 1 << 31 | next(places) for _, _, offset in rows]
    body = b"".join(
        [
            b"\377tOc" + (2).to_bytes(4, "big") + bytes(fanout),
            *[name for name, _, _ in rows],
            *[check.to_bytes(4, "big") for _, check, _ in rows],
            *[offset.to_bytes(4, "big") for offset in small],
            *[offset.to_bytes(8, "big") for offset in large],
            trailer,
        ]
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _sync_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
