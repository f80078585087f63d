"""A scope in a snapshot of the history."""

from __future__ import annotations

from contextlib import suppress

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, search
from annexish.errors import Corrupt
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath
from annexish.model.scope import EVERYTHING, Scope
from annexish.plan.scope import Found, Placed
from annexish.plan.scope import place as placed
from annexish.store.history import Nodes
from annexish.store.scope import write_scope


def scope_in(load: Load, tree: TreeId, scope: Scope) -> Placed:
    """Return a scope as it is in a snapshot; nothing is loaded where it names no object."""

    def at(path: RepoPath) -> Entry | None:
        found = find_entry(load, tree, path, nibbles)
        return found[0] if found else None

    return placed(scope, at, lambda ids: (Found(*found) for found in search(load, tree, ids)))


def remember_places(place: Place, tree: TreeId) -> None:
    """Let the scope remember where its objects are in a snapshot; the writers' lock is held.

    What cannot be remembered is looked for again.
    """
    with suppress(Corrupt, OSError):
        scope = place.scope
        if scope != EVERYTHING:
            write_scope(place.control, scope_in(Held(Nodes(place.history)), tree, scope).scope)
