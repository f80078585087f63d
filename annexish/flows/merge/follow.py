"""Go where another repository went: from the head to a commit that follows it, under a guard."""

from __future__ import annotations

from annexish.errors import Refused
from annexish.flows.contents.fill import NOTHING, Manner
from annexish.flows.contents.filled import fill_wanted
from annexish.flows.contents.telling import tell
from annexish.flows.merge.deletions import too_much
from annexish.flows.net.received import carry_out_lawful
from annexish.flows.place.place import Place
from annexish.flows.state.begin import begin
from annexish.flows.state.disputes import checked_in
from annexish.flows.tree.advance import advance
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.settle import settle
from annexish.model.ids import CommitId
from annexish.model.report import Advanced, Step
from annexish.store.history import Nodes
from annexish.store.lock import Lock

_HINT = "look at `annexish sync --dry-run`, then repeat with --allow-mass-deletion"


def follow(
    place: Place,
    head: CommitId | None,
    commit: CommitId,
    *,
    allow_mass_deletion: bool = False,
    fill: bool = True,
    journey: Journey | None = None,
) -> Advanced:
    """Let a commit of the history be the head, fill what is wanted from the keep, and publish what is held.

    Without `fill` what is absent stays so. Raise Refused if the head is not what the caller took it for. Most of the
    files going away needs `allow_mass_deletion`. What a `journey` found is not looked for again.
    """
    with Lock(place.lock):
        settle(place)
        if place.head() != head:
            raise Refused("the head moved meanwhile", hint="repeat the command")
        if head is None:
            begin(place, commit, "sync: begin")
            done = Advanced((), (), ())
        else:
            trees = place.history.commit(head).tree, place.history.commit(commit).tree
            if journey is None or not journey.is_between(*trees):
                journey = Journey(place, *trees)
            done = _advanced(journey, head, commit, allow_mass_deletion=allow_mass_deletion)
        steps: list[Step] = []
        filled = fill_wanted(place, (), Manner(steps.append)) if fill else NOTHING
        notes = carry_out_lawful(place)[1] if head != commit else ()
        tell(place)
    return done._replace(steps=(*done.steps, *steps), problems=(*done.problems, *filled.problems, *notes))


def _advanced(journey: Journey, head: CommitId, commit: CommitId, *, allow_mass_deletion: bool) -> Advanced:
    if head == commit:
        return Advanced((), (), ())
    place = journey.place
    checked_in(Nodes(place.history), journey.after)
    what = f"sync into {place.identity()[1]!r}"
    refusal = None if allow_mass_deletion else too_much(place, journey.passing.here, what)
    if refusal is not None:
        raise Refused(refusal, hint=_HINT)
    return advance(place, commit, "sync", journey)
