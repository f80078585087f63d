"""The conflicts of a snapshot: canonical msgpack, version 1 (see docs/format.md).

Each conflict is packed by itself, so that sets of conflicts can be merged without a look at what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgpack

from annexish.codec.entries import decode_entries, encode_entries
from annexish.errors import Corrupt
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath
from annexish.model.state import Position, State

VERSION = 1
_FIELD = re.compile(rb"mode|owner|attribute .+|extension (0|[1-9][0-9]{0,9})", re.DOTALL)
_WRONG = (ValueError, TypeError, LookupError, msgpack.UnpackException, RecursionError, MemoryError)


def encode_conflicts(packed: Iterable[bytes]) -> bytes:
    """Return the blob of packed conflicts: each once, sorted."""
    blob: bytes = msgpack.packb([VERSION, sorted(set(packed))])
    return blob


def decode_conflicts(data: bytes) -> list[bytes]:
    """Return the packed conflicts of a blob; raise Corrupt when the bytes are not what this version writes."""
    try:
        parts: Any = msgpack.unpackb(data)
        if parts[0] != VERSION:
            raise Corrupt(f"a blob of conflicts has version {parts[0]}, not {VERSION}", hint="update annexish")
        _, packed = parts
        if not all(type(each) is bytes for each in packed) or any(one >= other for one, other in pairwise(packed)):
            raise ValueError("they are not sorted")
        if encode_conflicts(packed) != data:
            raise ValueError("a value is not in its shortest form")
    except _WRONG as error:
        raise Corrupt(f"a blob of conflicts is malformed: {error}") from error
    return list(packed)


def pack_conflict(conflict: Conflict) -> bytes:
    """Return one conflict as bytes."""
    versions = [
        [each.label, each.repository, each.path, each.holder, *_packed_state(each.state)] for each in conflict.versions
    ]
    base = _packed_state(conflict.base) if conflict.base is not None else None
    packed: bytes = msgpack.packb([conflict.about.value, conflict.path, base, versions, list(conflict.fields)])
    return packed


def unpack_conflict(packed: bytes) -> Conflict:
    """Return what `pack_conflict` packed; raise Corrupt for anything else."""
    try:
        about, path, base, versions, fields = msgpack.unpackb(packed)
        conflict = Conflict(
            Disagreement(about),
            RepoPath(_bytes(path)),
            None if base is None else _state(*base),
            tuple([_version(*each) for each in versions]),
            tuple([_bytes(each) for each in fields]),
        )
        _check(conflict)
        if pack_conflict(conflict) != packed:
            raise ValueError("it is not in its one form")
    except _WRONG as error:
        raise Corrupt(f"a conflict is malformed: {error}") from error
    return conflict


def _check(conflict: Conflict) -> None:
    """Refuse what no merge makes and `resolve` could do nothing with."""
    if len(conflict.versions) < 2:
        raise ValueError("there is nothing to decide")
    if conflict.about in (Disagreement.PLACE, Disagreement.NAME):
        states = (conflict.base, *(version.state for version in conflict.versions))
        if any(state is not None and state.position is None for state in states):
            raise ValueError("the root is nowhere else")
    if bool(conflict.fields) != (conflict.about is Disagreement.METADATA):
        raise ValueError("fields are those of metadata")
    if not all(_FIELD.fullmatch(field) for field in conflict.fields):
        raise ValueError("there is no such field")


def _version(label: object, repository: object, path: object, holder: object, parent: object, entry: object) -> Version:
    return Version(_bytes(label), _bytes(repository), RepoPath(_bytes(path)), _id(holder), _state(parent, entry))


def _packed_state(state: State) -> list[bytes | None]:
    """Where something is, and its entry as a directory that has nothing else would hold it."""
    entry = state.entry
    held = encode_entries((entry,)) if entry.name else encode_entries((), entry)
    return [state.position.parent if state.position is not None else None, held.data]


def _state(parent: object, data: object) -> State:
    held = decode_entries(_bytes(data))
    entry: Entry | None = held.own if held.own is not None else held.entries[0]
    if entry is None or (parent is None) != (entry is held.own) or len(held.entries) > 1:
        raise ValueError("it is not about one entry")
    return State(None if parent is None else Position(_id(parent), entry.name), entry)


def _id(value: object) -> ObjectId:
    if not isinstance(value, bytes) or len(value) != 16:
        raise ValueError("an object id has 16 bytes")
    return ObjectId(value)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("it is not bytes")
    return value
