"""Which contents a repository lacks to go to a commit, and to have what it wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

from annexish.diff.pieces import pieces
from annexish.flows.contents.contents import NOTHING, Contents
from annexish.flows.contents.filled import has_gaps
from annexish.flows.contents.kin import Kin
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import gaps_of
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.state import State
from annexish.flows.tree.journey import Journey
from annexish.model.change import Change, content_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId, Digest, ObjectId, TreeId
from annexish.model.path import RepoPath, join
from annexish.remote.port import Need
from annexish.store.history import Nodes

_Wanted = tuple[RepoPath, Entry, Entry | None]
"""Where something is wanted, what, and what it replaces."""


def needs(place: Place, commit: CommitId, journey: Journey | None, *, new: bool = True) -> Iterator[Need]:
    """Yield what is wanted of the commit and not here, each content once; without `new` only of files that are here.

    `journey` goes from the head to the commit, if there is a head.
    """
    after = place.history.commit(commit).tree
    return _lacking(place, after, _wanted(journey, new=new) if journey is not None else _all(place, after))


def needs_of(journey: Journey, *, new: bool = True) -> Iterator[Need]:
    """Yield the same of what changes on a journey alone; what was absent before is passed over."""
    return _lacking(journey.place, journey.after, _changed(journey, new=new))


def _lacking(place: Place, after: TreeId, wanted: Iterable[_Wanted]) -> Iterator[Need]:
    seen: set[Digest] = {NOTHING}
    with Contents(place) as here:
        kin = Kin(here, Nodes(place.history), after)
        for path, entry, before in wanted:
            digest = entry.digest
            if digest is not None and digest not in seen:
                seen.add(digest)
                if here.lacking((digest,)):
                    yield Need(digest, entry.size, kin.of(entry, before), path)


def _changed(journey: Journey, *, new: bool) -> Iterator[_Wanted]:
    for change in journey.passing.here if journey.before != journey.after else ():
        if brings(change) and (new or change.before is not None):
            yield change.path, change.entry, change.before


def _wanted(journey: Journey, *, new: bool) -> Iterator[_Wanted]:
    yield from _changed(journey, new=new)
    place, load = journey.place, journey.load
    if new and has_gaps(place):
        with closing(State(place)) as state:
            now, outdated = scope_in(load, journey.before, place.scope), _outdated(journey)
            for gap in gaps_of(state.cache, load, journey.before, now):
                for entry in gap.entries:
                    if outdated.isdisjoint(entry.ids):
                        yield join(gap.path, entry.name), entry, None


def _outdated(journey: Journey) -> set[ObjectId]:
    """The objects of which nobody wants the content of before any more: they are gone, or have another one."""
    changed = (
        change.before
        for change in journey.changes
        if change.before and (change.after is None or content_of(change.before) != content_of(change.after))
    )
    return {id for entry in changed for id in entry.ids}


def brings(change: Change) -> bool:
    """Whether a change of the working tree needs a content: another one than was there."""
    before, after = change.before, change.after
    return after is not None and after.kind is Kind.FILE and (before is None or content_of(before) != content_of(after))


def _all(place: Place, tree: TreeId) -> Iterator[_Wanted]:
    load = Nodes(place.history)
    placed = scope_in(load, tree, place.scope)
    for piece in pieces(load, tree):
        for entry in piece.entries:
            path = join(piece.path, entry.name)
            if entry.kind is Kind.FILE and placed.wants(path):
                yield path, entry, None
