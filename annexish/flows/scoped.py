"""A scope in a snapshot of the history."""

from __future__ import annotations

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, search
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath
from annexish.model.scope import Scope
from annexish.plan.scope import Found, Placed, place


def scope_in(load: Load, tree: TreeId, scope: Scope) -> Placed:
    """Return a scope as it is in a snapshot; nothing is loaded where it names no object."""

    def at(path: RepoPath) -> Entry | None:
        found = find_entry(load, tree, path, nibbles)
        return found[0] if found else None

    return place(scope, at, lambda ids: (Found(*found) for found in search(load, tree, ids)))
