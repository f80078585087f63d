"""The entries blob of a node: canonical msgpack, version 1 (see docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import msgpack

from annexish.errors import Corrupt
from annexish.model.entry import Attributes, Entry, Extensions, Kind, Owner
from annexish.model.ids import Digest, ObjectId

VERSION = 1
MORE_IDS, ATTRIBUTES, LINKS, HOLES = range(4)
"""Keys of the extension map that this version knows."""

_KINDS = tuple(Kind)
_BILLION = 10**9


class Encoded(NamedTuple):
    """An entries blob; its last `random` bytes are ids and digests, which no compression makes smaller."""

    data: bytes
    random: int


class Decoded(NamedTuple):
    """What an entries blob holds; `total` counts the entries here and in all shards."""

    entries: tuple[Entry, ...]
    total: int
    own: Entry | None


def encode_entries(entries: Sequence[Entry], own: Entry | None = None) -> Encoded:
    """Return the blob of an unsplit node; `entries` are sorted by name, without twins."""
    owners = _owners(entries, own)
    rows = [_row(entry, owners) for entry in entries]
    ids = b"".join([entry.ids[0] for entry in entries])
    digests = b"".join([entry.digest for entry in entries if entry.digest])
    data = _pack([VERSION, _own_row(own, owners), list(owners), rows, ids, digests])
    return Encoded(data, len(ids) + len(digests))


def encode_split(total: int, own: Entry | None = None) -> Encoded:
    """Return the blob of a node whose `total` entries are in its shards."""
    owners = _owners((), own)
    return Encoded(_pack([VERSION, _own_row(own, owners), list(owners), total, b"", b""]), 0)


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
    _, own_row, owner_rows, body, ids, digests = parts
    owners = [_owner(*row) for row in owner_rows]
    own = None if own_row is None else _entry(own_row[0], owners, own_row[1], None)
    if isinstance(body, int):
        return Decoded((), body, own)
    if type(ids) is not bytes or type(digests) is not bytes or len(ids) != 16 * len(body) or len(digests) % 32:
        _corrupt("the ids or digests do not fit the entries")
    each = iter([digests[at : at + 32] for at in range(0, len(digests), 32)])
    entries = tuple(
        [
            _entry(row, owners, ids[at * 16 : at * 16 + 16], next(each) if row[1] == 0 else None)
            for at, row in enumerate(body)
        ]
    )
    if next(each, None) is not None:
        _corrupt("there are more digests than files")
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


def _own_row(own: Entry | None, owners: dict[Owner, int]) -> Any:
    return None if own is None else [_row(own, owners), own.ids[0]]


def _row(entry: Entry, owners: dict[Owner, int]) -> tuple[Any, ...]:
    name, kind, ids, mode, owner, time, size, _, target, device, attributes, links, holes, more = entry
    seconds, nanoseconds = divmod(time, _BILLION)
    content = size if kind == 0 else target or device
    if attributes or links or holes or more or len(ids) > 1:
        return (name, kind, mode, owners[owner], seconds, nanoseconds, content, _extension_map(entry))
    return (name, kind, mode, owners[owner], seconds, nanoseconds, content)


def _extension_map(entry: Entry) -> dict[int, Any]:
    fields: dict[int, Any] = dict(entry.extensions)
    if len(entry.ids) > 1:
        fields[MORE_IDS] = b"".join(entry.ids[1:])
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


def _entry(row: tuple[Any, ...], owners: Sequence[Owner], id: bytes, digest: bytes | None) -> Entry:
    name, number, mode, owner, seconds, nanoseconds, content = row[:7]
    if type(name) is not bytes or type(id) is not bytes or number < 0:
        _corrupt("a name or an id is malformed")
    if not (0 <= mode <= 0o7777 and 0 <= nanoseconds < _BILLION and owner >= 0):
        _corrupt(f"a number of {name!r} is out of range")
    time = seconds * _BILLION + nanoseconds
    ids: tuple[ObjectId, ...] = (ObjectId(id),)
    attributes, links, holes, more = _NO_EXTENSIONS
    if len(row) == 8:
        ids, attributes, links, holes, more = _extended(id, dict(row[7]))
    if number == 0:
        if type(content) is not int or content < 0 or digest is None:
            _corrupt(f"the content of {name!r} does not fit its kind")
        return Entry(
            name, Kind.FILE, ids, mode, owners[owner], time, content, Digest(digest), None, None,
            attributes, links, holes, more,
        )  # fmt: skip
    kind = _KINDS[number]
    target, device = _content(name, kind, content)
    return Entry(name, kind, ids, mode, owners[owner], time, 0, None, target, device, attributes, links, holes, more)


_NO_EXTENSIONS: tuple[Attributes, bytes | None, bool, Extensions] = ((), None, False, ())


def _content(name: bytes, kind: Kind, content: Any) -> tuple[bytes | None, tuple[int, int] | None]:
    if kind is Kind.SYMLINK:
        if type(content) is bytes and content:
            return content, None
    elif kind in (Kind.CHARACTER, Kind.BLOCK):
        major, minor = content
        return None, (int(major), int(minor))
    elif content is None:
        return None, None
    _corrupt(f"the content of {name!r} does not fit its kind")


def _extended(
    id: bytes, fields: dict[int, Any]
) -> tuple[tuple[ObjectId, ...], Attributes, bytes | None, bool, Extensions]:
    joined = id + fields.pop(MORE_IDS, b"")
    ids = tuple(ObjectId(joined[at : at + 16]) for at in range(0, len(joined), 16))
    if len(joined) % 16 or list(ids) != sorted(set(ids)):
        _corrupt("ids are not sorted")
    attributes = tuple(fields.pop(ATTRIBUTES, ()))
    if not all(len(pair) == 2 and type(pair[0]) is bytes and type(pair[1]) is bytes for pair in attributes):
        _corrupt("attributes are malformed")
    links = fields.pop(LINKS, None)
    holes = fields.pop(HOLES, False)
    if not (links is None or (type(links) is bytes and len(links) == 16)) or type(holes) is not bool:
        _corrupt("an extension is malformed")
    return ids, attributes, links, holes, tuple(sorted(fields.items()))


def _corrupt(why: str) -> NoReturn:
    raise Corrupt(f"an entries blob is malformed: {why}")
