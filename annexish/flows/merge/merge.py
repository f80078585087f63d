"""Merge a head of the history into this one: commit first, then make the snapshot, then go there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from annexish.codec.conflicts import unpack_conflict
from annexish.diff.compare import compare
from annexish.errors import Missing, Refused
from annexish.flows.commit import commit as commits
from annexish.flows.inspect.status import status
from annexish.flows.merge.deletions import too_much
from annexish.flows.merge.merging import Made, Merging
from annexish.flows.merge.reconcile import Fetch, Texts
from annexish.flows.net.received import carry_out_lawful
from annexish.flows.place.author import Signing, author, signed
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import commit_at
from annexish.flows.state.disputes import checked_in
from annexish.flows.state.passing import passing_between
from annexish.flows.tree.advance import advance
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.settle import settle
from annexish.history.bases import merge_bases
from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.ids import CommitId, TreeId
from annexish.model.path import TOP
from annexish.model.report import Advanced, Committed, MergeDone, Problem, Progress
from annexish.plan.here import Passing
from annexish.plan.steps import steps_of
from annexish.store.history import Nodes
from annexish.store.journal import Journal
from annexish.store.lock import Lock
from annexish.store.operations import Operations
from annexish.store.pack import PackWriter
from annexish.store.scratch import Scratch
from annexish.store.upkeep import tidy


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be merged. `adopt` joins a history that has nothing in common with this one."""

    revision: str
    adopt: bool = False
    allow_mass_deletion: bool = False
    progress: Progress | None = None


def merge(place: Place, request: Request) -> MergeDone:
    """Merge a revision into the head, and carry out here what that changes, and what it says was confirmed.

    A merge that was interrupted is finished first, and told of if there is nothing else to tell.
    """
    finished = _finished(place)
    here, there = _both(place, request)
    saved = _save(place, request) if _straight(place, here, there) is not here else None
    with Lock(place.lock):
        settle(place)
        tidy(place.history.packs)
        done = _merged(place, request)
        received, notes = carry_out_lawful(place)
        done = done._replace(received=received or done.received, notes=(*done.notes, *notes))
    if saved is None:
        return finished if finished is not None and done.commit is None else done
    return done._replace(saved=saved.commit, notes=(*saved.problems, *done.notes))


def _finished(place: Place) -> MergeDone | None:
    """Finish a merge that was interrupted, and return what it made; None if none was."""
    if Journal(place.control).pending() != "merge":
        return None
    with Lock(place.lock):
        settle(place)
        last, nodes = Operations(place.control).get(None), Nodes(place.history)
        if last is None or last.command != "merge":
            return None
        before, after = last.trees
        new = sorted({*checked_in(nodes, after)} - {*checked_in(nodes, before)})
    note = Problem(TOP, "note", "a merge that was interrupted is finished now")
    return _nothing()._replace(
        commit=last.after,
        changes=_changes(place, before, after),
        conflicts=[unpack_conflict(each) for each in new],
        notes=(note,),
    )


def plan(place: Place, request: Request) -> MergeDone:
    """Return what a merge of the revision and the head would do; nothing is written."""
    here, there = _both(place, request)
    target = _straight(place, here, there)
    if target is here:
        return _nothing()
    unsaved = status(place, (), ignored=False, progress=request.progress).difference
    too_much_gone = too_much(place, unsaved.changes, "commit of what is not committed")
    sink = Scratch()
    merging = Merging(Nodes(place.history, sink), place.history.commit)
    with closing(sink), _texts(place) as texts:
        if target is not None:
            after, done = target.tree, _nothing()._replace(changes=merging.changes(here.tree, target.tree))
        else:
            made = merging.commits(merging.base(here.id, there.id), here, there, texts)
            after, done = made.tree, _told(made, merging.changes(here.tree, made.tree))
        found = passing_between(place, merging.load, here.tree, after, done.changes)
        foreseen, count = _foreseen(place, found, texts), unsaved.counts.total()
        refused = None if request.allow_mass_deletion else too_much_gone or _refusal(place, found.here, request)
        return done._replace(done=foreseen, unsaved=count, refused=refused)


def _foreseen(place: Place, found: Passing, texts: Texts) -> Advanced:
    """What would be done; a content that neither the keep has nor is made of two others is absent."""
    with keep_of(place) as keep:

        def lacks(change: Change) -> bool:
            was, now = change.before, change.after
            if now is None or now.digest is None or not now.size or (was is not None and was.digest == now.digest):
                return False
            return keep.find(now.digest) is None and not texts.made(now.digest)

        absent = tuple(change.path for change in found.here if lacks(change))
        return Advanced(found.told(steps_of(found.here, lacks)), (), absent)


def _save(place: Place, request: Request) -> Committed:
    """Commit what is not committed."""
    message = f"before merging {request.revision}"
    return commits.commit(place, commits.Request(message, (), request.allow_mass_deletion, progress=request.progress))


def _merged(place: Place, request: Request) -> MergeDone:
    """The same with the writers' lock: the snapshot becomes a commit, and the working tree goes there."""
    here, there = _both(place, request)
    target = _straight(place, here, there)
    if target is not None:
        checked_in(Nodes(place.history), target.tree)
        journey = Journey(place, here.tree, target.tree)
        _guard(place, journey.passing.here, request)
        changes = _changes(place, here.tree, target.tree)
        done = advance(place, target.id, "merge", journey)
        return _nothing()._replace(commit=None if target == here else target.id, changes=changes, done=done)
    commit, made = joined(place, here, there, lambda changes: _guard(place, changes, request))
    return made._replace(commit=commit, done=advance(place, commit, "merge"))


def joined(
    place: Place,
    here: Commit,
    there: Commit,
    agree: Callable[[Sequence[Change]], None],
    fetch: Fetch | None = None,
) -> tuple[CommitId, MergeDone]:
    """Make the merge of two heads, durably, with the texts that it puts together; the head stays where it is.

    `agree` is told what changes here, and may raise; `fetch` brings texts that are not here. The writers' lock is held.
    """
    pack = PackWriter(place.history.packs)
    try:
        with _texts(place, fetch) as texts:
            merging = Merging(Nodes(place.history, pack), place.history.commit)
            made = merging.commits(merging.base(here.id, there.id), here, there, texts)
            changes = merging.changes(here.tree, made.tree)
            agree(passing_between(place, merging.load, here.tree, made.tree, changes).here)
            texts.keep_all()
        commit = _commit(place, here, there, made.tree, changes, pack)
        pack.publish()
    finally:
        pack.abandon()
    place.history.refresh()
    return commit, _told(made, changes)


def _both(place: Place, request: Request) -> tuple[Commit, Commit]:
    """The head and what is merged into it; raise Refused if they are unrelated and that is not meant."""
    head = place.head()
    if head is None:
        raise Missing("nothing was committed here yet", hint="`annexish commit -m TEXT` makes the first commit")
    history = place.history
    here, there = history.commit(head), commit_at(history, request.revision)
    if not request.adopt and not merge_bases(history.commit, here.id, there.id):
        raise Refused(
            "the two histories have nothing in common",
            hint="if both are of the same files, repeat with --adopt: what is the same becomes one",
        )
    return here, there


def _straight(place: Place, here: Commit, there: Commit) -> Commit | None:
    """The commit to which the head can go without a merge: one of the two comes from the other."""
    if place.history.leads_to(there.id, here.id):
        return here
    return there if place.history.leads_to(here.id, there.id) else None


def _texts(place: Place, fetch: Fetch | None = None) -> Texts:
    """What puts texts together, if that is wanted and what is made can be kept."""
    settings = place.settings
    wanted = settings.on("merge.text") and settings.get("keep.mode") != "off"
    return Texts(keep_of(place), place.control, wanted=wanted, fetch=fetch)


def _changes(place: Place, before: TreeId, after: TreeId) -> list[Change]:
    return list(compare(Held(Nodes(place.history)), before, after))


def _guard(place: Place, changes: Sequence[Change], request: Request) -> None:
    """Refuse to let most of the files that are here go."""
    refusal = _refusal(place, changes, request)
    if refusal is not None:
        raise Refused(refusal, hint="look at `annexish merge --dry-run`, then repeat with --allow-mass-deletion")


def _refusal(place: Place, changes: Sequence[Change], request: Request) -> str | None:
    """Return why so many files may not go unasked, counted after moves; None if they may."""
    if request.allow_mass_deletion:
        return None
    return too_much(place, changes, "merge")


def _commit(
    place: Place, here: Commit, there: Commit, tree: TreeId, changes: Sequence[Change], pack: PackWriter
) -> CommitId:
    counts = Counter(change.word for change in changes)
    merged = Signing(tree, (here.id, there.id), f"merge {there.name or there.id[:10]}", counts)
    return CommitId(pack.put(b"commit", signed(place, merged, author(place))).hex())


def _nothing() -> MergeDone:
    return MergeDone(None, None, (), (), (), Advanced((), (), ()))


def _told(made: Made, changes: Sequence[Change]) -> MergeDone:
    notes = tuple(Problem(path, "note", text) for path, text in made.notes)
    return MergeDone(None, None, changes, made.conflicts, notes, Advanced((), (), ()))
