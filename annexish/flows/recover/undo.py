"""Take back what an operation did, object by object, where it is still as the operation left it; then commit."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import closing

from annexish.errors import Missing, Refused
from annexish.flows.commit import commit as commits
from annexish.flows.losses.losses import all_losses
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import carry_out, record
from annexish.flows.place.place import Place
from annexish.flows.state.disputes import packed_in
from annexish.flows.tree.reshape import undone
from annexish.flows.tree.settle import settle
from annexish.model.ids import TreeId
from annexish.model.path import TOP
from annexish.model.report import Committed, Operation, Problem, Progress, Recovered, Undone
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.journal import Request
from annexish.store.lock import Lock
from annexish.store.losses import Losses
from annexish.store.operations import Operations

Reopen = Callable[[AbstractSet[bytes]], AbstractSet[bytes]]


def undo(place: Place, number: int | None, progress: Progress | None) -> Undone:
    """Take back an operation; raise Missing or Refused if that cannot be.

    Without a number it is the newest one that somebody asked for here, not what others confirmed.
    """
    with Lock(place.lock):
        # what was interrupted is an operation too, once it is finished
        settle(place)
    known = Operations(place.control)
    meant = (one for one in known.newest_first() if one.command != "receive")
    found = next(meant, None) if number is None else known.get(number)
    if found is None:
        raise Missing(
            "nothing was done here yet" if number is None else f"there is no operation {number}",
            hint="`annexish operations` lists what was done",
        )
    if found.command == "confirm" and found.before != found.after:
        reason = "what was confirmed everywhere is recorded in the history; each repository lets go of it"
        return Undone(found, None, Recovered((), (Problem(TOP, "gone", reason),)))
    if found.command == "confirm":
        return Undone(found, None, _confirmed(place, found))
    if len(found.trees) != 2:
        raise Refused(f"{found.command} has nothing to take back", hint="`annexish operations` lists what was done")
    return _changed(place, found, progress)


def _changed(place: Place, found: Operation, progress: Progress | None) -> Undone:
    """Undo what changed the files: save what is not committed, take back, commit."""
    saved = _commit(place, f"before undoing operation {found.number}", progress)
    before, after = found.trees
    with Lock(place.lock):
        settle(place)
        head = place.head()
        assert head is not None, "what is undone was committed"
        now = place.history.commit(head).tree
        text = f"operation {found.number}: {found.text}"
        request = Request("undo", place.root, (), TOP, (now, after, before), text=text)
        done = carry_out(place, request, lambda: undone(place, now, after, before))
    made = _commit(place, f"undo of {request.text}", progress, _reopen(place, after, before))
    unread = [problem for problem in (*saved.problems, *made.problems) if problem.code != "note"]
    problems = tuple(dict.fromkeys((*done.problems, *unread)))
    return Undone(found, made.commit, Recovered(done.steps, problems))


def _commit(place: Place, message: str, progress: Progress | None, conflicts: Reopen | None = None) -> Committed:
    wanted = commits.Request(message, (), allow_mass_deletion=True, progress=progress, conflicts=conflicts)
    return commits.commit(place, wanted)


def _reopen(place: Place, after: TreeId, before: TreeId) -> Reopen:
    """Return what leaves out the conflicts that an operation added, and puts back those that it took away."""
    added_to, had = (set(packed_in(Nodes(place.history), tree)) for tree in (after, before))
    return lambda now: (now - (added_to - had)) | (had - added_to)


def _confirmed(place: Place, found: Operation) -> Recovered:
    """List again what was confirmed, as far as the bytes are still here for another reason."""
    with Lock(place.lock):
        settle(place)
        head = place.head()
        assert head is not None, "what was confirmed was committed"
        with closing(Cache(place.cache)) as cache, keep_of(place) as keep:
            losses = Losses(cache)
            known = {(loss.commit, loss.path) for loss in losses.newest_first()}
            back = [
                loss
                for loss in all_losses(place.history, head, lambda digest: keep.find(digest) is not None)
                if (loss.commit, loss.path) not in known
            ]
            cache.begin()
            losses.add(back)
            cache.finish({})
        record(place, "undo", f"operation {found.number}: {found.text}", (head, head))
    problems = () if back else (Problem(TOP, "gone", "the bytes of what was confirmed are gone"),)
    return Recovered((), problems)
