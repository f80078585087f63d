"""Fetch contents that are absent: from now on they are wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import Missing, Refused
from annexish.flows.contents.fill import Filled, Manner, fill
from annexish.flows.contents.filled import note_gaps
from annexish.flows.contents.telling import tell
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.remotes.doors import doors
from annexish.flows.state.scoped import scope_in
from annexish.flows.tree.settle import settle
from annexish.model.path import RepoPath, split, within
from annexish.model.scope import Anchor
from annexish.plan.scope import Placed
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.scope import write_scope


class Part(NamedTuple):
    """What is wanted at and below some paths."""

    placed: Placed
    paths: Sequence[RepoPath]
    all: bool = False

    def wants(self, path: RepoPath, *, directory: bool = False) -> bool:
        """Whether what is at a path is wanted, and asked for."""
        return any(within(path, one) for one in self.paths) and self.placed.wants(path, directory=directory)

    def enters(self, path: RepoPath) -> bool:
        """Whether something below a directory may be."""
        return self.placed.enters(path) and any(within(path, one) or within(one, path) for one in self.paths)


def get(place: Place, paths: Sequence[RepoPath], manner: Manner) -> Filled:
    """Let what is at and below paths be here; raise Missing for a path that the last commit does not have."""
    with Lock(place.lock):
        settle(place)
        head = place.head()
        if head is None:
            raise Missing("nothing was committed here yet", hint="`annexish sync` brings the history of a remote")
        load, tree = Held(Nodes(place.history)), place.history.commit(head).tree
        anchors = []
        for path in paths:
            found = find_entry(load, tree, path, nibbles)
            if found is None:
                raise Missing(
                    f"there is no {os.fsdecode(path)!r} in the last commit", hint="`annexish ls -R` lists all"
                )
            anchors.append(Anchor(path, found[0].ids))
        placed = scope_in(load, tree, place.scope)
        for path in paths:
            if not placed.enters(split(path)[0]) or not (placed.takes(path) or placed.enters(path)):
                raise Refused(f"{os.fsdecode(path)!r} is out of scope", hint="`annexish scope add` takes it in")
        write_scope(place.control, placed.marked(anchors, wanted=True))
        note_gaps(place)
        placed = scope_in(load, tree, place.scope)
        with doors(place, manner.rate) as ways:
            done = fill(place, ways, Part(placed, paths), manner)
        tell(place)
    return done
