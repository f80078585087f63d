"""A node as a Git tree object: one blob of entries, subtrees, shards, one descriptive blob.

The tree of a commit that confirms losses is the root node of a snapshot with one more blob, which is not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from annexish.errors import Corrupt
from annexish.model.ids import BlobId, ObjectId, TreeId

ENTRIES = b"entries"
DESCRIPTIVE = b"descriptive"
CONFLICTS = b"conflicts"
CONFIRMED = b"confirmed"

_DIRECTORY = b"40000 "
_FILE = b"100644 "
_NEVER = (b"", b".", b"..", b".git")
"""Names that Git refuses."""
_ROW = re.compile(rb"([^ \0]*) ([^\0]*)\0(.{20})", re.DOTALL)
_NIBBLES = {b"%x" % nibble: nibble for nibble in range(16)}


class TreeParts(NamedTuple):
    """What the Git tree of a node names."""

    entries: BlobId
    subtrees: Mapping[ObjectId, TreeId]
    shards: Mapping[int, TreeId]
    descriptive: BlobId | None
    conflicts: BlobId | None = None


def encode_tree(parts: TreeParts) -> bytes:
    """Return the bytes of the Git tree object, its names in Git's order (a directory sorts as if it ended in `/`)."""
    rows = [(id.hex().encode() + b"/", tree) for id, tree in parts.subtrees.items()]
    rows += [(b"%x/" % nibble, tree) for nibble, tree in parts.shards.items()]
    rows.append((ENTRIES, TreeId(parts.entries)))
    if parts.descriptive is not None:
        rows.append((DESCRIPTIVE, TreeId(parts.descriptive)))
    if parts.conflicts is not None:
        rows.append((CONFLICTS, TreeId(parts.conflicts)))
    rows.sort()
    return b"".join(
        [
            _DIRECTORY + name[:-1] + b"\0" + target if name[-1:] == b"/" else _FILE + name + b"\0" + target
            for name, target in rows
        ]
    )


def decode_tree(data: bytes) -> TreeParts:
    """Return what a Git tree object names; raise Corrupt for what is no node. Unknown blobs are passed over."""
    last = b""
    blobs: dict[bytes, BlobId] = {}
    subtrees: dict[ObjectId, TreeId] = {}
    shards: dict[int, TreeId] = {}
    at = 0
    while at < len(data):
        end = data.find(b"\0", at)
        if end < 0 or len(data) < end + 21:
            raise Corrupt("a tree object is cut short")
        mode, _, name = data[at:end].partition(b" ")
        target = data[end + 1 : end + 21]
        at = end + 21
        order = name + b"/" if mode == _DIRECTORY[:-1] else name
        if order <= last:
            raise Corrupt("the names of a tree object are not sorted")
        last = order
        if mode == b"40000" and len(name) == 32:
            subtrees[_object_id(name)] = TreeId(target)
        elif mode == b"40000" and name in _NIBBLES:
            shards[_NIBBLES[name]] = TreeId(target)
        elif mode == b"100644" and b"/" not in name and name.lower() not in _NEVER:
            blobs[name] = BlobId(target)
        else:
            raise Corrupt(f"a tree object is no annexish node: it names {name!r} with mode {mode!r}")
    if ENTRIES not in blobs:
        raise Corrupt("a tree object is no annexish node: it has no entries")
    return TreeParts(blobs[ENTRIES], subtrees, shards, blobs.get(DESCRIPTIVE), blobs.get(CONFLICTS))


def with_confirmed(data: bytes, blob: BlobId) -> bytes:
    """Return the Git tree of a commit that confirms losses: that of its snapshot, with the blob that names them."""
    at = next((start for start, _, order in _rows(data) if order > CONFIRMED), len(data))
    return data[:at] + _FILE + CONFIRMED + b"\0" + blob + data[at:]


def without_confirmed(data: bytes) -> tuple[bytes, BlobId | None]:
    """Return the Git tree of the snapshot of a commit, and the blob of losses that the commit confirms, if any."""
    for start, end, order in _rows(data):
        if order == CONFIRMED:
            return data[:start] + data[end:], BlobId(data[end - 20 : end])
    return data, None


def rows_in(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return (name, id) of what any Git tree names, that of a tree with a slash; what is cut short names nothing."""
    return [(name + b"/" if mode == b"40000" else name, target) for mode, name, target in _ROW.findall(data)]


def _rows(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, name as Git sorts it) of each row of a Git tree that is not cut short."""
    at = 0
    while (zero := data.find(b"\0", at)) >= 0 and len(data) >= zero + 21:
        mode, _, name = data[at:zero].partition(b" ")
        yield at, zero + 21, name + b"/" if mode == _DIRECTORY[:-1] else name
        at = zero + 21


def _object_id(name: bytes) -> ObjectId:
    try:
        id = bytes.fromhex(name.decode("ascii"))
    except ValueError as error:
        raise Corrupt(f"{name!r} is no object id") from error
    if id.hex().encode() != name:
        raise Corrupt(f"{name!r} is no object id")
    return ObjectId(id)
