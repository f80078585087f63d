"""The entries blob of a node: canonical msgpack, version 1 (see docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import msgpack

from annexish.errors import Corrupt
from annexish.model.entry import Entry, Kind, Owner
from annexish.model.ids import Digest, ObjectId

VERSION = 1
ATTRIBUTES, LINKS, HOLES = 1, 2, 3
"""Keys of the extension map that this version knows."""

_KINDS = tuple(Kind)
_BILLION = 10**9


class Decoded(NamedTuple):
    """What an entries blob holds; `total` counts the entries here and in all shards."""

    entries: tuple[Entry, ...]
    total: int
    own: Entry | None


def encode_entries(entries: Sequence[Entry], own: Entry | None = None) -> bytes:
    """Return the blob of an unsplit node; `entries` are sorted by name, without twins."""
    owners = _owners(entries, own)
    return _pack([VERSION, own and _row(own, owners), list(owners), [_row(entry, owners) for entry in entries]])


def encode_split(total: int, own: Entry | None = None) -> bytes:
    """Return the blob of a node whose `total` entries are in its shards."""
    owners = _owners((), own)
    return _pack([VERSION, own and _row(own, owners), list(owners), total])


def decode_entries(data: bytes) -> Decoded:
    """Return what a blob holds, checked; raise Corrupt when the bytes are not what this version writes."""
    try:
        parts = msgpack.unpackb(data, use_list=False, strict_map_key=False)
    except (ValueError, msgpack.UnpackException, RecursionError, MemoryError) as error:
        raise Corrupt(f"an entries blob is not msgpack: {error}") from error
    if not isinstance(parts, tuple) or not parts or not isinstance(parts[0], int):
        _corrupt("it is no versioned array")
    if parts[0] != VERSION:
        raise Corrupt(f"an entries blob has version {parts[0]}; this program knows {VERSION}", hint="update annexish")
    try:
        return _decoded(parts)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise Corrupt(f"an entries blob is malformed: {error}") from error


def _decoded(parts: tuple[Any, ...]) -> Decoded:
    _, own_row, owner_rows, body = parts
    owners = [_owner(*row) for row in owner_rows]
    own = None if own_row is None else _entry(own_row, owners)
    if isinstance(body, int):
        return Decoded((), body, own)
    entries = tuple([_entry(row, owners) for row in body])
    last = b""
    for entry in entries:
        name = entry[0]
        if name <= last:
            _corrupt("names are not sorted, or empty, or there twice")
        if len(name) > 255 or b"/" in name or b"\0" in name or name in (b".", b".."):
            _corrupt(f"{name!r} cannot be a name")
        last = name
    return Decoded(entries, len(entries), own)


def _pack(parts: list[Any]) -> bytes:
    packed: bytes = msgpack.packb(parts)
    return packed


def _owners(entries: Iterable[Entry], own: Entry | None) -> dict[Owner, int]:
    owners = {entry.owner for entry in entries}
    if own is not None:
        owners.add(own.owner)
    return {owner: index for index, owner in enumerate(sorted(owners))}


def _row(entry: Entry, owners: dict[Owner, int]) -> tuple[Any, ...]:
    name, kind, ids, mode, owner, time, size, digest, target, device, attributes, links, holes, more = entry
    seconds, nanoseconds = divmod(time, _BILLION)
    row = (
        name,
        int(kind),
        ids[0] if len(ids) == 1 else b"".join(ids),
        mode,
        owners[owner],
        seconds,
        nanoseconds,
        size,
        digest or target or device,
    )
    if attributes or links or holes or more:
        return (*row, _extension_map(entry))
    return row


def _extension_map(entry: Entry) -> dict[int, Any]:
    fields: dict[int, Any] = dict(entry.extensions)
    if entry.attributes:
        fields[ATTRIBUTES] = [list(pair) for pair in entry.attributes]
    if entry.links:
        fields[LINKS] = entry.links
    if entry.holes:
        fields[HOLES] = True
    return dict(sorted(fields.items()))


def _owner(uid: int, gid: int, user: bytes, group: bytes) -> Owner:
    if not (type(uid) is int and type(gid) is int and type(user) is bytes and type(group) is bytes):
        _corrupt("an owner is malformed")
    return Owner(uid, gid, user, group)


def _entry(row: tuple[Any, ...], owners: Sequence[Owner]) -> Entry:
    name, number, ids, mode, owner, seconds, nanoseconds, size, content = row[:9]
    kind = _KINDS[number]
    if type(name) is not bytes or type(ids) is not bytes or len(ids) % 16 or not ids:
        _corrupt("a name or an id is malformed")
    if not (0 <= mode <= 0o7777 and size >= 0 and 0 <= nanoseconds < _BILLION and number >= 0 <= owner):
        _corrupt(f"a number of {name!r} is out of range")
    digest, target, device = _content(name, kind, content)
    known = (ObjectId(ids),) if len(ids) == 16 else _ids(ids)
    time = seconds * _BILLION + nanoseconds
    if len(row) == 9:
        return Entry(name, kind, known, mode, owners[owner], time, size, digest, target, device)
    attributes, links, holes, more = _extended(row[9])
    return Entry(
        name, kind, known, mode, owners[owner], time, size, digest, target, device, attributes, links, holes, more
    )


def _content(name: bytes, kind: Kind, content: Any) -> tuple[Digest | None, bytes | None, tuple[int, int] | None]:
    if kind is Kind.FILE:
        if type(content) is bytes and len(content) == 32:
            return Digest(content), None, None
    elif kind is Kind.SYMLINK:
        if type(content) is bytes and content:
            return None, content, None
    elif kind in (Kind.CHARACTER, Kind.BLOCK):
        major, minor = content
        return None, None, (int(major), int(minor))
    elif content is None:
        return None, None, None
    _corrupt(f"the content of {name!r} does not fit its kind")


def _ids(joined: bytes) -> tuple[ObjectId, ...]:
    ids = tuple(ObjectId(joined[at : at + 16]) for at in range(0, len(joined), 16))
    if list(ids) != sorted(set(ids)):
        _corrupt("ids are not sorted")
    return ids


def _extended(fields: dict[int, Any]) -> tuple[tuple[tuple[bytes, bytes], ...], bytes | None, bool, Any]:
    attributes = fields.pop(ATTRIBUTES, ())
    if not all(len(pair) == 2 and type(pair[0]) is bytes and type(pair[1]) is bytes for pair in attributes):
        _corrupt("attributes are malformed")
    links = fields.pop(LINKS, None)
    holes = fields.pop(HOLES, False)
    if not (links is None or type(links) is bytes) or type(holes) is not bool:
        _corrupt("an extension is malformed")
    return tuple(attributes), links, holes, tuple(sorted(fields.items()))


def _corrupt(why: str) -> NoReturn:
    raise Corrupt(f"an entries blob is malformed: {why}")
