"""Write one Git pack, version 2, with its index, version 2 (gitformat-pack(5)).

libgit2's own writer makes 19,000 objects a second; trees and small blobs that are
written once need neither its deltas nor its object database.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from array import array

from annexish.codec.objects import object_name

_TYPES = {b"commit": 1, b"tree": 2, b"blob": 3}
_FIRST = 16 << 10
"""Bytes that are read at once of an object: nearly all are smaller."""
_CHUNK = 1 << 20
_STORED_BLOCK = 0xFFFF
_STORE_FROM = 64
"""Fewer random bytes than this are compressed with the rest: a flush costs a few bytes."""
TEMPORARY = "tmp_annexish_"
"""So the files of a pack are called until it is whole; a killed command leaves them for upkeep."""


class PackWriter:
    """Collects objects in a temporary file beside the packs; `publish` makes them a durable pack."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._temporary = os.path.join(directory, f"{TEMPORARY}{os.getpid()}_{os.urandom(4).hex()}")
        self._file = open(self._temporary, "xb+", buffering=_CHUNK)
        self._file.write(b"PACK" + (2).to_bytes(4, "big") + bytes(4))
        self._at = 12
        self._index = _Index()

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        """Add an object, once; return its name. The last `random` bytes are stored as they are."""
        name = object_name(kind, data)
        if name in self._index:
            return name
        self.copy(name, packed(kind, data, random))
        return name

    def copy(self, name: bytes, data: bytes) -> None:
        """Add an object as it lies in a pack: its header and its compressed bytes."""
        if name not in self._index:
            self._file.write(data)
            self._index.add(name, self._at, zlib.crc32(data))
            self._at += len(data)

    def get(self, name: bytes) -> bytes | None:
        """Return the bytes of an object that was put here, None for others."""
        if name not in self._index:
            return None
        offset = self._index.offset(name)
        self._file.flush()
        unpack = zlib.decompressobj()
        descriptor, data = self._file.fileno(), b""
        block = os.pread(descriptor, _FIRST, offset)
        block = block[_header_length(block) :]
        offset += _FIRST
        while True:
            data += unpack.decompress(block)
            if unpack.eof:
                return data
            block = os.pread(descriptor, _CHUNK, offset)
            offset += len(block)

    def publish(self) -> str | None:
        """Make what was put durable and visible; return the path of the pack, None if nothing was put."""
        if not len(self._index):
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
            file.write(self._index.encoded(trailer))
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


def packed(kind: bytes, data: bytes, random: int = 0) -> bytes:
    """Return an object as it lies in a pack."""
    return _header(_TYPES[kind], len(data)) + deflated(data, random)


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


class _Index:
    """Names, offsets and checksums in the order of the pack: 40 bytes an object, and where each first is."""

    def __init__(self) -> None:
        self._names = bytearray()
        self._offsets = array("Q")
        self._checks = array("L")
        self._known: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._offsets)

    def __contains__(self, name: bytes) -> bool:
        return self._position(name) >= 0

    def add(self, name: bytes, offset: int, check: int) -> None:
        """Note one object."""
        self._names += name
        self._offsets.append(offset)
        self._checks.append(check)
        self._known.setdefault(int.from_bytes(name[:8], "big"), len(self) - 1)

    def offset(self, name: bytes) -> int:
        """Return where an object that is there begins."""
        return self._offsets[self._position(name)]

    def encoded(self, trailer: bytes) -> bytes:
        """Return the bytes of the index file for a pack with this trailer."""
        names = self._names
        order = sorted(range(len(self)), key=lambda at: names[at * 20 : at * 20 + 20])
        fanout = array("L", [0] * 256)
        for at in order:
            fanout[names[at * 20]] += 1
        total, counts = 0, bytearray()
        for count in fanout:
            total += count
            counts += total.to_bytes(4, "big")
        large = [at for at in order if self._offsets[at] >= 1 << 31]
        far = {at: place for place, at in enumerate(large)}
        body = bytearray(b"\377tOc" + (2).to_bytes(4, "big") + counts)
        for at in order:
            body += names[at * 20 : at * 20 + 20]
        for at in order:
            body += self._checks[at].to_bytes(4, "big")
        for at in order:
            body += (1 << 31 | far[at] if at in far else self._offsets[at]).to_bytes(4, "big")
        for at in large:
            body += self._offsets[at].to_bytes(8, "big")
        body += trailer
        return bytes(body) + hashlib.sha1(body, usedforsecurity=False).digest()

    def _position(self, name: bytes) -> int:
        """Where a name is in the order of the pack, -1 if it is not there; names that begin alike are searched for."""
        at = self._known.get(int.from_bytes(name[:8], "big"), -1) * 20
        while at >= 0 and (at % 20 or self._names[at : at + 20] != name):
            at = self._names.find(name, at + 1)
        return at // 20


def _sync_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
