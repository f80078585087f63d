"""A scope: canonical msgpack, version 1 (see docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgpack

from annexish.errors import Corrupt
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath
from annexish.model.scope import Anchor, Mark, Pattern, Rule, Scope

VERSION = 1
_ID = 16


def encode_scope(scope: Scope) -> bytes:
    """Return the bytes: rules and marks sorted, each once."""
    marks = [[*_packed(mark.anchor), mark.wanted] for mark in sorted(set(scope.marks))]
    parts: list[object] = [VERSION, _rules(scope.only), _rules(scope.without), marks]
    if scope.extensions:
        parts.append(dict(scope.extensions))
    packed: bytes = msgpack.packb(parts)
    return packed


def decode_scope(data: bytes) -> Scope:
    """Return the scope; raise Corrupt when the bytes are not what this version writes."""
    try:
        parts: Any = msgpack.unpackb(data, use_list=False, strict_map_key=False)
        if parts[0] != VERSION:
            raise Corrupt(f"a scope has version {parts[0]}; this program knows {VERSION}", hint="update annexish")
        scope = _scope(*parts[1:])
        if encode_scope(scope) != data:
            raise ValueError("it is not in its one form")
    except (
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
        msgpack.UnpackException,
        RecursionError,
        MemoryError,
    ) as e:
        raise Corrupt(f"a scope is malformed: {e}") from e
    return scope


def _scope(only: object, without: object, marks: object, extensions: object = ()) -> Scope:
    found = tuple([_mark(*_array(each)) for each in _array(marks)])
    if len({mark.anchor.ids for mark in found}) < len(found):
        raise ValueError("an object is marked twice")
    return Scope(
        tuple([_rule(each) for each in _array(only)]),
        tuple([_rule(each) for each in _array(without)]),
        found,
        _extensions(extensions) if extensions != () else (),
    )


def _extensions(fields: object) -> tuple[tuple[int, object], ...]:
    if not isinstance(fields, dict) or not all(type(key) is int and key >= 0 for key in fields):
        raise TypeError("extensions are no map of numbers")
    if any(one > other for one, other in pairwise(fields)):
        raise ValueError("extensions are not sorted")
    return tuple(fields.items())


def _rules(rules: Iterable[Rule]) -> list[object]:
    """Patterns first, then objects."""
    each = set(rules)
    patterns = sorted(rule for rule in each if isinstance(rule, bytes))
    return [*patterns, *(_packed(anchor) for anchor in sorted(rule for rule in each if isinstance(rule, Anchor)))]


def _packed(anchor: Anchor) -> tuple[bytes, bytes]:
    return anchor.path, b"".join(anchor.ids)


def _rule(value: object) -> Rule:
    return Pattern(value) if isinstance(value, bytes) else _anchor(*_array(value))


def _mark(path: object, ids: object, wanted: object) -> Mark:
    if type(wanted) is not bool:
        raise TypeError("a mark says neither yes nor no")
    return Mark(_anchor(path, ids), wanted)


def _anchor(path: object, ids: object) -> Anchor:
    if not isinstance(path, bytes) or not isinstance(ids, bytes):
        raise TypeError("an object has a path and ids")
    each = tuple([ObjectId(ids[at : at + _ID]) for at in range(0, len(ids), _ID)])
    if not each or len(ids) % _ID or any(one >= other for one, other in pairwise(each)):
        raise ValueError("ids are not sorted, or there is none")
    return Anchor(RepoPath(path), each)


def _array(value: object) -> tuple[object, ...]:
    if not isinstance(value, tuple):
        raise TypeError("it is no array")
    return value
