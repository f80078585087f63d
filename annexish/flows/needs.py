"""Which contents a repository lacks to go to a commit, and to have what it wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from annexish.diff.compare import compare
from annexish.diff.pieces import pieces
from annexish.flows.contents import NOTHING, Contents
from annexish.flows.filled import has_gaps
from annexish.flows.gaps import gaps_of
from annexish.flows.held import Held
from annexish.flows.kin import Kin
from annexish.flows.passing import passing_between
from annexish.flows.place import Place
from annexish.flows.scoped import scope_in
from annexish.flows.state import State
from annexish.model.change import Change, content_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId, Digest, TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath, join
from annexish.plan.scope import Placed
from annexish.remote.port import Need
from annexish.store.history import Nodes


def needs(place: Place, commit: CommitId, *, new: bool = True) -> Iterator[Need]:
    """Yield what is wanted of the commit and not here, each content once; without `new` only of files that are here."""
    head, history = place.head(), place.history
    load, after = Held(Nodes(history)), history.commit(commit).tree
    placed = scope_in(load, after, place.scope)
    seen: set[Digest] = {NOTHING}
    with Contents(place) as here:
        kin = Kin(here, Nodes(history), after)
        wanted = _wanted(place, load, after, new=new) if head is not None else _all(load, after, placed)
        for path, entry, before in wanted:
            digest = entry.digest
            if digest is not None and digest not in seen:
                seen.add(digest)
                if here.lacking((digest,)):
                    yield Need(digest, entry.size, kin.of(entry, before), path)


def _wanted(place: Place, load: Load, after: TreeId, *, new: bool) -> Iterator[tuple[RepoPath, Entry, Entry | None]]:
    """Yield what is wanted, and what it replaces."""
    with closing(State(place)) as state:
        if state.tree is None:
            return
        if state.tree != after:
            changes = list(compare(load, state.tree, after, count_inside=False))
            for change in passing_between(place, load, state.tree, after, changes).here:
                if _brings(change) and (new or change.before is not None):
                    yield change.path, change.entry, change.before
        if new and has_gaps(place):
            now = scope_in(load, state.tree, place.scope)
            for gap in gaps_of(state.cache, load, state.tree, now):
                yield from ((join(gap.path, entry.name), entry, None) for entry in gap.entries)


def _brings(change: Change) -> bool:
    """Whether a change of the working tree needs a content: another one than was there."""
    before, after = change.before, change.after
    return after is not None and after.kind is Kind.FILE and (before is None or content_of(before) != content_of(after))


def _all(load: Load, tree: TreeId, placed: Placed) -> Iterator[tuple[RepoPath, Entry, None]]:
    for piece in pieces(load, tree):
        for entry in piece.entries:
            path = join(piece.path, entry.name)
            if entry.kind is Kind.FILE and placed.wants(path):
                yield path, entry, None
