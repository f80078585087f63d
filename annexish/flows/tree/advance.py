"""Bring the working tree, the stat cache and the head from the head to a commit that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from annexish.apply.keeps import Keeps
from annexish.errors import Refused
from annexish.flows.losses.losses import Passage, note_losses
from annexish.flows.place.keeping import Mending, keep_for_commit, keep_of
from annexish.flows.place.operations import record_request
from annexish.flows.place.place import Place
from annexish.flows.state.disputes import number_in
from annexish.flows.state.outset import now_there
from annexish.flows.state.past import Past
from annexish.flows.state.recorded import Recorded
from annexish.flows.state.state import State
from annexish.flows.state.unkept import KEEPING
from annexish.flows.tree.arrive import Arrival, Arrived
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.reshape import Reached, reached
from annexish.model.commit import Commit
from annexish.model.entry import Entry
from annexish.model.ids import CommitId
from annexish.model.path import TOP, RepoPath
from annexish.model.report import Advanced, Problem
from annexish.scan.filesystem import COARSE, FINE, kind_of, trusted
from annexish.store.cache import GAPS, Cache
from annexish.store.history import Nodes
from annexish.store.journal import Journal, Request
from annexish.store.losses import Losses
from annexish.store.operations import Operations
from annexish.store.scope import write_scope


def advance(place: Place, commit: CommitId, command: str, journey: Journey | None = None) -> Advanced:
    """Let a commit that comes from the head be the head, with its snapshot in the working tree.

    The writers' lock is held, the commit is durable, and the working tree is the head's snapshot.
    What is not as it was recorded is left alone and named; it is then a change against the new head.
    `command` is what the journal and the operations call it. The head itself needs nothing. A journey that
    somebody looked at already is not made again.
    """
    head = place.head()
    if head == commit:
        return Advanced((), (), ())
    if head is None or not place.history.leads_to(head, commit):
        raise Refused("the head is no longer one that this commit comes from", hint="repeat the command")
    before, target = place.history.commit(head), place.history.commit(commit)
    journal, number = Journal(place.control), Operations(place.control).next_number()
    trees, text = (before.tree, target.tree), target.message.split("\n")[0]
    request = Request(command, place.root, (), TOP, trees, head, commit, text, number)
    journal.write(request)
    if journey is None or not journey.is_between(before.tree, target.tree):
        journey = Journey(place, before.tree, target.tree)
    done = _carried_out(journey, before, target)
    record_request(place, request)
    journal.clear()
    return done


def advanced(place: Place, request: Request) -> None:
    """Finish what was interrupted: all that comes before the head moves is done again, and what is done is left."""
    assert request.head is not None, "the journal names where the head was"
    assert request.commit is not None, "the journal names the commit"
    if place.head() != request.commit:
        before, target = place.history.commit(request.head), place.history.commit(request.commit)
        _carried_out(Journey(place, before.tree, target.tree), before, target)


def _carried_out(journey: Journey, head: Commit, target: Commit) -> Advanced:
    """Change the working tree, then the cache, then the head."""
    place, found = journey.place, reached(journey)
    problems = _remembered(journey, head, target, found)
    place.history.move_head(target.id, "advance: " + target.message.split("\n")[0])
    write_scope(place.control, found.passing.scopes.new.scope)
    return Advanced(found.done.steps, (*found.done.problems, *problems), found.absent)


def _remembered(journey: Journey, head: Commit, target: Commit, found: Reached) -> list[Problem]:
    """Let the cache describe the commit, in one transaction."""
    place, load = journey.place, journey.load
    fresh = now_there(place) - (FINE if trusted(kind_of(place.root)) else COARSE)
    with closing(State(place)) as state, closing(Cache(place.cache)) as cache:
        cache.begin()
        arrival = Arrival(state, cache, load, found, fresh)
        facts = arrival.run(target.tree)
        problems, unkept = _noted(state, cache, journey, (head, target), arrival.arrived)
        # what could not be kept now, the next commit tries to keep
        again = {KEEPING: ""} if unkept else {}
        conflicts = number_in(Nodes(place.history), target.tree)
        gaps = {GAPS: "yes"} if found.absent or facts["absent"] != "0" else {}
        cache.finish({**facts, **again, **gaps, **conflicts, "commit": target.id, "confirm": "off"})
    return problems


def _noted(
    state: State, cache: Cache, journey: Journey, between: tuple[Commit, Commit], arrived: Sequence[Arrived]
) -> tuple[list[Problem], bool]:
    """Record what the commit loses and what came back; return what is worth saying, and whether some is not kept."""
    place, load, (head, target) = journey.place, journey.load, between
    losses, keep = Losses(cache), keep_for_commit(place)
    losses.settle_returned((one.path, one.entry.digest) for one in arrived)
    mending = Mending(place, keep, losses, Nodes(place.history), target.tree) if keep else None
    passage = Passage(target.id, head.author.time, target.author.time)
    was_here = Recorded(state.cache, Past(state.cache, load)).here
    with keep_of(place) as kept:

        def held(path: RepoPath, entry: Entry) -> bool:
            return bool(was_here(path, entry)) or bool(entry.digest and entry.size and kept.may_have(entry.digest))

        problems = note_losses(losses, journey.changes, passage, mending, held)
    unkept = False
    if keep:
        unkept = _note_kept(keep, losses, arrived)
        keep.sync()
        keep.close()
    return problems, unkept


def _note_kept(keep: Keeps, losses: Losses, arrived: Sequence[Arrived]) -> bool:
    """Note contents that more than one inode has, and those that are not kept; return whether one is not."""
    bare = False
    for one in arrived:
        if one.entry.digest is None or not one.entry.size:
            continue
        kept = keep.find(one.entry.digest)
        if kept is None:
            bare = True
            losses.set_bare((one.entry.digest,), bare=True)
        elif kept.inode != one.inode:
            losses.add_twins((one.entry.digest,))
    return bare
