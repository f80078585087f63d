"""Conflicts as lines for people and as items for programs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from annexish.cli.changes import owner_of
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import Printer, name
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.path import RepoPath
from annexish.model.report import Open

WORDS = {
    Disagreement.CONTENT: "both edited",
    Disagreement.METADATA: "both changed",
    Disagreement.PLACE: "moved to two places",
    Disagreement.NAME: "one name for several",
}


def write(place: Place, opened: Iterable[Open], items: Items) -> None:
    """Write a `conflict` item for each."""
    for each in opened:
        items.item("conflict", _fields(place, each))


def show(place: Place, opened: Iterable[Open], out: Printer) -> None:
    """Print a line for each conflict, and a line for each of its versions."""
    for each in opened:
        conflict = each.conflict
        what = ", ".join(_field(field) for field in conflict.fields)
        out.line(f"{name(place.outward(each.path))}: {WORDS[conflict.about]}" + (f" ({what})" if what else ""))
        for version, path in zip(conflict.versions, each.places, strict=True):
            out.line(f"    {name(version.label):<16}  {_what(place, conflict, version, path)}")


def opened_by(conflicts: Iterable[Conflict]) -> list[Open]:
    """New conflicts, which are where they were found; where a side wants what it moved `conflicts` looks up."""
    return [Open(each, each.path, tuple(map(partial(_found_at, each), each.versions))) for each in conflicts]


def _found_at(conflict: Conflict, version: Version) -> RepoPath | None:
    return version.path if conflict.about is not Disagreement.PLACE else None


def _fields(place: Place, each: Open) -> dict[str, object]:
    conflict = each.conflict
    return {
        **named("path", place.outward(each.path)),
        "conflict": conflict.about.value,
        "fields": [_field(field) for field in conflict.fields],
        "versions": [
            {
                **named("from", version.label),
                "repository": version.repository.hex(),
                **(named("path", place.outward(path)) if path is not None else {"path": None}),
                "kind": version.state.entry.kind.word,
                "size": version.state.entry.size,
                "digest": version.state.entry.digest.hex() if version.state.entry.digest else None,
                **(named("name", version.state.position.name) if version.state.position else {}),
            }
            for version, path in zip(conflict.versions, each.places, strict=True)
        ],
    }


def _what(place: Place, conflict: Conflict, version: Version, path: RepoPath | None) -> str:
    """What a version is, as far as it differs from the others."""
    where = name(place.outward(path)) if path is not None else "(no longer there)"
    entry = version.state.entry
    if conflict.about is Disagreement.METADATA:
        return ", ".join(_value(version, field) for field in conflict.fields)
    if conflict.about is Disagreement.PLACE and path is None:
        return f"wanted the name {name(entry.name)}"
    return where


def _value(version: Version, field: bytes) -> str:
    entry = version.state.entry
    kind, _, key = field.partition(b" ")
    if kind == b"mode":
        return f"mode {entry.mode:04o}"
    if kind == b"owner":
        return f"owner {owner_of(entry)}"
    return f"{_field(field)} {name(dict(entry.attributes).get(key, b'(none)'))}"


def _field(field: bytes) -> str:
    return name(field)
