"""What a sync would do: the same merge, of drafts of what would be committed, into a store that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext

from annexish.codec.scope import decode_scope
from annexish.diff.compare import compare
from annexish.diff.pieces import pieces
from annexish.errors import Corrupt, Missing, Refused, Unreachable
from annexish.flows.commit.drafting import draft
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.needs import brings
from annexish.flows.merge.merging import Merging
from annexish.flows.merge.reconcile import Texts
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.remotes.doors import doors
from annexish.flows.remotes.hub import gather, unmerged
from annexish.flows.remotes.meeting import fetch_history, head_in
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import hubs_first, is_hub, met, remote, remotes
from annexish.flows.state.passing import passing_between
from annexish.flows.state.scoped import scope_in
from annexish.flows.sync.hub_sync import require_related
from annexish.flows.sync.sync import Met, Request, Synced, unrelated
from annexish.history.bases import merge_bases
from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.conflict import Conflict
from annexish.model.entry import Kind
from annexish.model.ids import CommitId
from annexish.model.node import Load
from annexish.model.path import join
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from annexish.model.report import Step
from annexish.model.scope import EVERYTHING
from annexish.plan.scope import Placed
from annexish.plan.steps import steps_of
from annexish.remote.port import Draft, Remote
from annexish.store.history import Nodes
from annexish.store.holdings import KnownHoldings
from annexish.store.lock import Lock
from annexish.store.scratch import Scratch


class _Drafts:
    """Commits that nobody made, beside those of the history; their objects lie in a store that is thrown away."""

    def __init__(self, place: Place, sink: Scratch) -> None:
        self._history = place.history
        self._sink = sink
        self._known: dict[CommitId, Commit] = {}
        self.nodes = Nodes(place.history, sink)
        self.texts: list[Texts] = []

    def add(self, found: Draft) -> Commit | None:
        """Note a draft."""
        for each in found.objects:
            self._sink.put(each.kind, each.data)
        if found.commit is not None:
            self._known[found.commit.id] = found.commit
        return found.commit

    def find(self, commit: CommitId) -> Commit:
        """Return a commit, made or not."""
        known = self._known.get(commit)
        return self._history.commit(commit) if known is None else known

    def leads_to(self, old: Commit, new: Commit) -> bool:
        """Whether one of two commits is the other, or comes before it."""
        ends = [commit if commit not in self._known else None for commit in (old.id, new.id)]
        if old.id == new.id:
            return True
        if ends[0] is None:
            return False
        begin = [new.id] if ends[1] else list(new.parents)
        return any(self._history.leads_to(old.id, one) for one in begin)


def preview(place: Place, request: Request) -> Synced:
    """Return what a sync would do; only histories are fetched."""
    chosen = hubs_first([remote(place, name) for name in request.names] or remotes(place))
    if not chosen:
        raise Missing("there is no remote to sync with", hint="`annexish remote add NAME PATH` names one")
    with closing(Scratch()) as sink:
        drafts = _Drafts(place, sink)
        first = here = drafts.add(draft(place)) if request.commit else _head(place)
        told: list[Met] = []
        conflicts: list[Conflict] = []
        for one in chosen:
            try:
                if is_hub(one):
                    here, met_there, opened = _with_hub(place, request, drafts, here, one)
                else:
                    with open_remote(one) as far:
                        here, met_there, opened = _with(place, request, drafts, here, one, far)
                told.append(met_there)
                conflicts += opened
            except (Unreachable, Refused, Missing, Corrupt) as error:
                if len(chosen) == 1:
                    raise
                told.append(Met(one.name, (), 0, 0, (), error))
        steps = _here(place, drafts, first, here, alone=all(map(is_hub, chosen)))
        return Synced(None, None, steps, conflicts, (), told)


def _head(place: Place) -> Commit | None:
    head = place.head()
    return None if head is None else place.history.commit(head)


def _with(
    place: Place, request: Request, drafts: _Drafts, here: Commit | None, known: Known, far: Remote
) -> tuple[Commit | None, Met, Sequence[Conflict]]:
    peer = far.hello()
    met(place, known.name, peer)
    with Lock(place.lock):
        told = fetch_history(place, far)
    peer = peer._replace(head=head_in(told, peer.id))
    there = drafts.add(far.draft()) if peer.tree and request.commit else None
    if there is None and peer.head is not None:
        there = drafts.find(peer.head)
    target, conflicts = _towards(place, request, drafts, here, there, peer)
    steps = _there(place, drafts, peer, there, target) if peer.takes and peer.tree else ()
    return target, Met(known.name, steps, 0, 0, ()), conflicts


def _with_hub(
    place: Place, request: Request, drafts: _Drafts, here: Commit | None, known: Known
) -> tuple[Commit | None, Met, Sequence[Conflict]]:
    """The same for heads that were pushed to a hub, where nothing is copied."""
    with Lock(place.lock):
        heads = unmerged(place, gather(place, known))
    conflicts: list[Conflict] = []
    first = here
    for one in heads:
        if first is not None and not request.adopt:
            require_related(drafts.find, known, first.id, one)
        peer = Peer("", known.name, one)
        here, opened = _towards(place, request, drafts, here, drafts.find(one), peer)
        conflicts += opened
    return here, Met(known.name, (), 0, 0, ()), conflicts


def _towards(
    place: Place, request: Request, drafts: _Drafts, here: Commit | None, there: Commit | None, peer: Peer
) -> tuple[Commit | None, Sequence[Conflict]]:
    """Where both go: one of the heads, or a merge of both."""
    if here is None or there is None:
        return here or there, ()
    if drafts.leads_to(here, there):
        return there, ()
    return (here, ()) if drafts.leads_to(there, here) else _merged(place, request, drafts, here, there, peer)


def _merged(
    place: Place, request: Request, drafts: _Drafts, here: Commit, there: Commit, peer: Peer
) -> tuple[Commit, Sequence[Conflict]]:
    if not request.adopt and not merge_bases(drafts.find, here.id, there.id):
        raise unrelated(peer)
    settings = place.settings
    wanted = settings.on("merge.text") and settings.get("keep.mode") != "off"
    merging = Merging(drafts.nodes, drafts.find)
    with Texts(keep_of(place), place.control, wanted=wanted) as texts:
        made = merging.commits(merging.base(here.id, there.id), here, there, texts)
    drafts.texts.append(texts)
    newer = max(here, there, key=lambda each: (each.author.time, each.id))
    parents = (here.id, there.id)
    merged = newer._replace(id=CommitId(made.tree.hex()), tree=made.tree, parents=parents)
    return drafts.add(Draft(merged, ())) or merged, made.conflicts


def _here(place: Place, drafts: _Drafts, before: Commit | None, after: Commit | None, *, alone: bool) -> Sequence[Step]:
    """The steps of this working tree; `alone` with hubs, contents come from whoever else answers now."""
    if after is None or (before is None and alone):
        return ()
    load = Held(drafts.nodes)
    if before is None:
        return steps_of(_everything(load, after, scope_in(load, after.tree, place.scope)), _nothing_lacks)
    changes = list(compare(load, before.tree, after.tree))
    passing = passing_between(place, load, before.tree, after.tree, changes)
    steps = steps_of(passing.here, _lacking(place, drafts, passing.here) if alone else _nothing_lacks)
    return [one._replace(word="drop") if one.word == "delete" and one.path in passing.dropped else one for one in steps]


def _there(place: Place, drafts: _Drafts, peer: Peer, before: Commit | None, after: Commit | None) -> Sequence[Step]:
    """The steps of the working tree over there, as far as its scope is known here."""
    if after is None:
        return ()
    load = Held(drafts.nodes)
    known = KnownHoldings(place.history, place.identity()[0]).get(peer.id)
    scope = decode_scope(known.scope) if known is not None and known.scope else EVERYTHING
    placed = scope_in(load, after.tree, scope)
    if before is None:
        return steps_of(_everything(load, after, placed), _nothing_lacks)
    changes = compare(load, before.tree, after.tree)
    return steps_of((one for one in changes if placed.all or _concerns(placed, one)), _nothing_lacks)


def _concerns(placed: Placed, change: Change) -> bool:
    ends = [path for path in (change.path, change.old_path) if path is not None]
    return any(placed.takes(path, directory=change.kind is Kind.DIRECTORY) for path in ends)


def _everything(load: Load, commit: Commit, placed: Placed) -> Iterator[Change]:
    for piece in pieces(load, commit.tree):
        for entry in piece.entries:
            path = join(piece.path, entry.name)
            if placed.wants(path, directory=entry.kind is Kind.DIRECTORY):
                yield Change(None, entry, None, path)


def _lacking(place: Place, drafts: _Drafts, changes: Sequence[Change]) -> Callable[[Change], bool]:
    """Tell of which changes the content is neither here nor where somebody answers."""
    wanted = [one.entry.digest for one in changes if brings(one) and one.entry.digest is not None]
    made = {digest for digest in wanted if any(texts.made(digest) for texts in drafts.texts)}
    with Contents(place) as contents:
        left = contents.lacking(digest for digest in wanted if digest not in made)
    with doors(place) if left else nullcontext(()) as ways:
        for door in ways:
            with door.enter(0) as far:
                left = list(far.lacks(left))
    lacking = frozenset(left)
    return lambda change: brings(change) and change.entry.digest in lacking


def _nothing_lacks(_: Change) -> bool:
    """What is lacking is copied."""
    return False
