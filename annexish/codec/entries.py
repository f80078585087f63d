"""The entries blob of a node: canonical msgpack, version 1 (see docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import lt
from typing import Any, NamedTuple, NoReturn

import msgpack

from annexish.errors import Corrupt
from annexish.model.entry import Attributes, Entry, Extensions, Kind, Owner
from annexish.model.ids import ROOT, Digest, ObjectId
from annexish.model.node import FULL

VERSION = 1
MORE_IDS, ATTRIBUTES, LINKS, HOLES = range(4)
"""Keys of the extension map that this version knows."""

_KINDS = tuple(Kind)
_FILE = Kind.FILE
_made = tuple.__new__
_BILLION = 10**9

_Packed = Any
"""What msgpack makes of bytes, before it is checked."""


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
        canonical = msgpack.packb(parts) == data
    except (ValueError, TypeError, OverflowError, msgpack.UnpackException, RecursionError, MemoryError) as error:
        raise Corrupt(f"an entries blob is not msgpack: {error}") from error
    if type(parts) is not tuple or not parts or type(parts[0]) is not int:
        _corrupt("it is no versioned array")
    if parts[0] != VERSION:
        raise Corrupt(f"an entries blob has version {parts[0]}; this program knows {VERSION}", hint="update annexish")
    if not canonical:
        _corrupt("a value is not in its shortest form, or a key is there twice")
    try:
        return _decoded(parts)
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise Corrupt(f"an entries blob is malformed: {error}") from error


def digests_in(data: bytes) -> list[Digest]:
    """Return the digests of the files of a blob, without looking at its entries: a tenth of the time.

    Raise Corrupt when that cannot be told.
    """
    unpacker = msgpack.Unpacker(max_buffer_size=len(data), strict_map_key=False)
    unpacker.feed(data)
    try:
        if unpacker.read_array_header() != 6 or unpacker.unpack() != VERSION:
            _corrupt("it is no array of this version")
        for _ in range(4):
            unpacker.skip()
        joined = unpacker.unpack()
    except (ValueError, msgpack.UnpackException) as error:
        raise Corrupt(f"an entries blob is not msgpack: {error}") from error
    if type(joined) is not bytes or len(joined) % 32 or unpacker.tell() != len(data):
        _corrupt("the digests are none")
    return [Digest(joined[at : at + 32]) for at in range(0, len(joined), 32)]


def names_in(data: bytes) -> list[bytes]:
    """Return the names of the entries of a blob that was checked before, without looking at anything else."""
    rows: Any = msgpack.unpackb(data, use_list=False, strict_map_key=False)[3]
    return [] if type(rows) is int else [row[0] for row in rows]


def _decoded(parts: tuple[Any, ...]) -> Decoded:
    _, own_row, owner_rows, body, ids, digests = parts
    if type(owner_rows) is not tuple:
        _corrupt("the owners are no array")
    owners = [_owner(row) for row in owner_rows]
    own = None if own_row is None else _own(own_row, owners)
    rows = () if type(body) is int else body
    _check_owners(owners, {row[3] for row in rows} | ({own_row[0][3]} if own else set()))
    if type(body) is int:
        if body <= FULL or ids != b"" or digests != b"":
            _corrupt("a split node has few entries, or holds some itself")
        return Decoded((), body, own)
    if type(body) is not tuple or len(body) > FULL:
        _corrupt("the entries are no array, or more than a node holds")
    if type(ids) is not bytes or type(digests) is not bytes or len(ids) != 16 * len(body) or len(digests) % 32:
        _corrupt("the ids or digests do not fit the entries")
    each = iter([digests[at : at + 32] for at in range(0, len(digests), 32)])
    entries = tuple(
        [
            _entry(row, owners, ids[at * 16 : at * 16 + 16], next(each, None) if row[1] == 0 else None)
            for at, row in enumerate(body)
        ]
    )
    if next(each, None) is not None:
        _corrupt("there are more digests than files")
    _check_names([entry[0] for entry in entries])
    return Decoded(entries, len(entries), own)


def _own(row: _Packed, owners: Sequence[Owner]) -> Entry:
    fields, id = row
    own = _entry(fields, owners, id, None)
    if own.name or own.kind is not Kind.DIRECTORY or own.ids != (ROOT,):
        _corrupt("the entry of the root is malformed")
    return own


def _check_owners(owners: Sequence[Owner], used: set[int]) -> None:
    if used != set(range(len(owners))) or any(one >= other for one, other in pairwise(owners)):
        _corrupt("owners are not sorted, or not used")


def _check_names(names: Sequence[bytes]) -> None:
    if not all(map(lt, names, names[1:])) or b"" in names:
        _corrupt("names are not sorted, or empty, or there twice")
    joined = b"".join(names)
    if b"/" in joined or b"\0" in joined or b"." in names or b".." in names or max(map(len, names), default=0) > 255:
        _corrupt("something cannot be a name")


def _pack(parts: list[Any]) -> bytes:
    packed: bytes = msgpack.packb(parts)
    return packed


def _owners(entries: Iterable[Entry], own: Entry | None) -> dict[Owner, int]:
    owners = {entry.owner for entry in entries}
    if own is not None:
        owners.add(own.owner)
    return {owner: index for index, owner in enumerate(sorted(owners))}


def _own_row(own: Entry | None, owners: dict[Owner, int]) -> tuple[_Packed, bytes] | None:
    return None if own is None else (_row(own, owners), own.ids[0])


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


def _owner(row: _Packed) -> Owner:
    uid, gid, user, group = row
    if not (type(row) is tuple and type(uid) is type(gid) is int and type(user) is type(group) is bytes):
        _corrupt("an owner is malformed")
    if uid < 0 or gid < 0:
        _corrupt("the number of an owner is out of range")
    return Owner(uid, gid, user, group)


def _entry(row: tuple[Any, ...], owners: Sequence[Owner], id: bytes, digest: bytes | None) -> Entry:
    plain = len(row) == 7
    name, number, mode, owner, seconds, nanoseconds, content = row if plain else row[:7]
    if type(row) is not tuple or type(name) is not bytes or type(id) is not bytes or len(id) != 16:
        _corrupt("a row, a name or an id is malformed")
    if not (type(number) is type(mode) is type(owner) is type(seconds) is type(nanoseconds) is int):
        _corrupt(f"a number of {name!r} is none")
    if not (0 <= mode <= 0o7777 and 0 <= nanoseconds < _BILLION and owner >= 0 and number >= 0):
        _corrupt(f"a number of {name!r} is out of range")
    time = seconds * _BILLION + nanoseconds
    if plain:
        ids: tuple[ObjectId, ...] = (ObjectId(id),)
        attributes, links, holes, more = _NO_EXTENSIONS
    else:
        ids, attributes, links, holes, more = _extended(id, *row[7:])
    if number == 0:
        if type(content) is not int or content < 0 or digest is None:
            _corrupt(f"the content of {name!r} does not fit its kind")
        # made as a tuple is, which takes half of the time
        return _made(
            Entry,
            (name, _FILE, ids, mode, owners[owner], time, content, digest, None, None, attributes, links, holes, more),
        )
    kind = _KINDS[number]
    target, device = _content(name, kind, content)
    return Entry(name, kind, ids, mode, owners[owner], time, 0, None, target, device, attributes, links, holes, more)


_NO_EXTENSIONS: tuple[Attributes, bytes | None, bool, Extensions] = ((), None, False, ())


def _content(name: bytes, kind: Kind, content: _Packed) -> tuple[bytes | None, tuple[int, int] | None]:
    if kind is Kind.SYMLINK and type(content) is bytes and content:
        return content, None
    if kind in (Kind.CHARACTER, Kind.BLOCK):
        major, minor = content
        if type(content) is tuple and type(major) is type(minor) is int and major >= 0 and minor >= 0:
            return None, (major, minor)
    if kind in (Kind.SYMLINK, Kind.CHARACTER, Kind.BLOCK) or content is not None:
        _corrupt(f"the content of {name!r} does not fit its kind")
    return None, None


def _extended(
    id: bytes, fields: dict[int, Any]
) -> tuple[tuple[ObjectId, ...], Attributes, bytes | None, bool, Extensions]:
    if type(fields) is not dict or not fields or not all(type(key) is int and key >= 0 for key in fields):
        _corrupt("extensions are no map of numbers, or an empty one")
    if any(one > other for one, other in pairwise(fields)):
        _corrupt("extensions are not sorted")
    known = {key: fields[key] for key in (MORE_IDS, ATTRIBUTES, LINKS, HOLES) if key in fields}
    # what is usual has no field, so that nothing can be said in two ways
    if any(value in ((), b"", None, False) for value in known.values()):
        _corrupt("an extension says nothing")
    joined = id + known.get(MORE_IDS, b"")
    ids = tuple(ObjectId(joined[at : at + 16]) for at in range(0, len(joined), 16))
    if len(joined) % 16 or any(one >= other for one, other in pairwise(ids)):
        _corrupt("ids are not sorted")
    links, holes = known.get(LINKS), known.get(HOLES, False)
    if not (links is None or (type(links) is bytes and len(links) == 16)) or type(holes) is not bool:
        _corrupt("an extension is malformed")
    more = tuple((key, value) for key, value in fields.items() if key not in known)
    return ids, _attributes(known.get(ATTRIBUTES, ())), links, holes, more


def _attributes(pairs: _Packed) -> Attributes:
    for pair in pairs:
        name, value = pair
        if type(pair) is not tuple or type(name) is not bytes or type(value) is not bytes:
            _corrupt("an attribute is malformed")
    if type(pairs) is not tuple or any(one[0] >= other[0] for one, other in pairwise(pairs)):
        _corrupt("attributes are not sorted")
    checked: Attributes = pairs
    return checked


def _corrupt(why: str) -> NoReturn:
    raise Corrupt(f"an entries blob is malformed: {why}")
