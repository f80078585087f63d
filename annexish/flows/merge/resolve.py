"""Settle conflicts: choose a version, as a new commit, and carry out here what that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annexish.codec.conflicts import pack_conflict
from annexish.diff.compare import compare
from annexish.errors import Missing, Refused
from annexish.flows.commit import commit as commits
from annexish.flows.merge.choosing import Choice, Choosing, Wish
from annexish.flows.merge.dressed import Hands
from annexish.flows.place.author import Signing, author, signed
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.disputes import open_in, packed_in, with_conflicts
from annexish.flows.tree.advance import advance
from annexish.flows.tree.settle import settle
from annexish.model.conflict import Disagreement
from annexish.model.entry import Entry
from annexish.model.ids import CommitId, TreeId
from annexish.model.path import RepoPath, within
from annexish.model.report import Committed, Open, Progress, Resolved
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.pack import PackWriter


@dataclass(frozen=True, slots=True)
class Request:
    """Which conflicts, and what to choose: a `label` names the version that is from there."""

    paths: Sequence[RepoPath]
    choice: Choice | None
    label: str | None = None
    about: Disagreement | None = None
    progress: Progress | None = None


def resolve(place: Place, request: Request) -> Resolved:
    """Settle the conflicts that concern some paths; raise Missing if there are none, an error for what cannot be."""
    head = place.head()
    if head is None or not packed_in(Nodes(place.history), place.history.commit(head).tree):
        raise Missing("there is nothing to decide")
    first = _save(place, request)
    with Lock(place.lock):
        settle(place)
        head = place.head()
        assert head is not None, "a head never goes back"
        commit, chosen = _resolved(place, request, head)
        done = advance(place, commit, "resolve")
    return Resolved(commit, first.commit, chosen, done)


def _save(place: Place, request: Request) -> Committed:
    """Commit what is not committed; that most of it is gone nobody says who chooses a version."""
    wanted = commits.Request("before resolving", (), allow_mass_deletion=False, progress=request.progress)
    try:
        return commits.commit(place, wanted)
    except Refused as refused:
        hint = "look at `annexish status`; if it was meant, `annexish commit --allow-mass-deletion`, then repeat"
        raise Refused(str(refused), hint=hint) from refused


def _resolved(place: Place, request: Request, head: CommitId) -> tuple[CommitId, list[Open]]:
    """Make the commit; return it and what it settles."""
    pack = PackWriter(place.history.packs)
    try:
        nodes, tree = Nodes(place.history, pack), place.history.commit(head).tree
        chosen = [each for each in open_in(nodes, tree) if _is_meant(each, request)]
        if not chosen:
            raise Missing("there is no such conflict", hint="`annexish conflicts` lists those that are open")
        made = _snapshot(place, request, nodes, tree, chosen)
        counts = Counter(change.word for change in compare(nodes, tree, made, count_inside=False))
        settled = Signing(made, (head,), _message(chosen, request), counts)
        commit = CommitId(pack.put(b"commit", signed(place, settled, author(place))).hex())
        pack.publish()
    finally:
        pack.abandon()
    place.history.refresh()
    return commit, chosen


def _snapshot(place: Place, request: Request, nodes: Nodes, tree: TreeId, chosen: Sequence[Open]) -> TreeId:
    """The snapshot in which the chosen conflicts are settled, and the others open."""
    load = Held(nodes)
    save = load.saving(nodes.save)
    wish = Wish(request.choice, request.label, bytes.fromhex(place.identity()[0]))
    with keep_of(place) as keep:

        def is_here(entry: Entry) -> bool:
            return entry.digest is None or not entry.size or keep.find(entry.digest) is not None

        choosing = Choosing(Hands(nodes, load, save), tree, chosen, is_here)
        for each in chosen:
            choosing.settle(each, wish)
    left = set(packed_in(nodes, tree)) - {pack_conflict(each.conflict) for each in chosen}
    return with_conflicts(load, nodes, choosing.made(), left)


def _is_meant(each: Open, request: Request) -> bool:
    if request.about is not None and each.conflict.about is not request.about:
        return False
    return any(within(path, one) for path in each.paths for one in request.paths)


def _message(chosen: Sequence[Open], request: Request) -> str:
    what = request.choice or f"from {request.label}"
    where = chosen[0].path.decode("utf-8", "backslashreplace") if len(chosen) == 1 else f"{len(chosen)} conflicts"
    return f"resolve {where}: {what}"
