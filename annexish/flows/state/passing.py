"""What a commit changes in a working tree that holds a part."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.flows.place.place import Place
from annexish.flows.state.past import Past
from annexish.flows.state.recorded import Recorded
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.state import State
from annexish.model.change import Change
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import RepoPath, split
from annexish.plan.here import Passing, Scopes, passing
from annexish.system.descend import Descent


def passing_between(place: Place, load: Load, before: TreeId, after: TreeId, changes: Sequence[Change]) -> Passing:
    """Return what the changes between two snapshots are here; the cache describes the first one.

    Who holds everything has all of them.
    """
    old = scope_in(load, before, place.scope)
    scopes = Scopes(old, scope_in(load, after, old.scope))
    if old.all and scopes.new.all:
        return Passing(scopes, changes, changes)

    def at(path: RepoPath) -> Entry | None:
        found = find_entry(load, after, path, nibbles)
        return found[0] if found else None

    def inside(path: RepoPath) -> Iterator[Entry]:
        found = find_entry(load, after, path, nibbles)
        assert found is not None, "it is in the snapshot"
        assert found[1] is not None, "it is a directory"
        return (entry for node in leaves(load, found[1]) for entry in node.entries)

    with closing(State(place)) as state, Descent(place.root) as descent:
        recorded = Recorded(state.cache, Past(state.cache, load))

        def is_here(path: RepoPath, entry: Entry) -> bool:
            """What nobody knows to be here is, if something has its path: that is looked at before it is touched."""
            found = recorded.here(path, entry)
            return _exists(descent, path) if found is None else found

        return passing(changes, scopes, is_here, at, inside)


def _exists(descent: Descent, path: RepoPath) -> bool:
    parent, name = split(path)
    try:
        os.stat(name or b".", dir_fd=descent.open(parent), follow_symlinks=False)
    except OSError:
        return False
    return True
