"""What a person says of a part of the files, as rules of a scope."""

from __future__ import annotations

import os
from collections.abc import Iterable

from annexish.codec.shards import nibbles
from annexish.diff.pieces import pieces
from annexish.diff.resolve import find_entry
from annexish.errors import Missing, Usage
from annexish.model.entry import Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath, join
from annexish.model.scope import Anchor, Pattern, Rule
from annexish.plan.wildcard import Wildcard

_WILD = b"*?["


def rules_of(load: Load, tree: TreeId, patterns: Iterable[bytes]) -> tuple[Rule, ...]:
    """Return a rule for each pattern: without wildcards, or where something is called so, the object at that path.

    Raise Missing for one that matches nothing in the snapshot, Usage for one that can match nothing at all.
    """
    return tuple(dict.fromkeys(_rule(load, tree, pattern) for pattern in patterns))


def _rule(load: Load, tree: TreeId, pattern: bytes) -> Rule:
    path = RepoPath(pattern.strip(b"/"))
    found = find_entry(load, tree, path, nibbles)
    if found is not None:
        return Anchor(path, found[0].ids)
    if not any(sign in pattern for sign in _WILD):
        raise Missing(f"there is no {os.fsdecode(pattern)!r} in the last commit", hint="`annexish ls` shows what is")
    wild = Pattern(pattern)
    try:
        covering = Wildcard(wild)
    except ValueError as error:
        raise Usage(f"{os.fsdecode(pattern)!r} is no pattern: {error}") from error
    if not _matches(load, tree, covering):
        raise Missing(f"{os.fsdecode(pattern)!r} matches nothing in the last commit")
    return wild


def _matches(load: Load, tree: TreeId, covering: Wildcard) -> bool:
    return any(
        covering.covers(join(piece.path, entry.name), directory=entry.kind is Kind.DIRECTORY)
        for piece in pieces(load, tree)
        for entry in piece.entries
    )
