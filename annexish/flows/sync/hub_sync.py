"""A sync with a hub: what others pushed is merged, the head goes there, and what is here is pushed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from typing import NamedTuple

from annexish.errors import AnnexishError, Refused
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.needs import brings, needs_of
from annexish.flows.contents.taking import Taking, incoming_into, told, way_of
from annexish.flows.contents.telling import tell
from annexish.flows.merge.deletions import too_much
from annexish.flows.merge.follow import follow
from annexish.flows.merge.merge import joined
from annexish.flows.net.room import require_room
from annexish.flows.place.place import Place
from annexish.flows.remotes.hub import gather, publish, unmerged
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import met, repositories
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.settle import settle
from annexish.history.bases import merge_bases
from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.conflict import Conflict
from annexish.model.content import Want
from annexish.model.ids import CommitId, Digest
from annexish.model.remotes import Known
from annexish.model.report import Problem, Step
from annexish.remote.port import Need, Remote
from annexish.store.lock import Lock

_HINT = (
    "sync with a repository that has them, or look at `annexish sync --dry-run` and repeat with --allow-mass-deletion"
)


class Wish(NamedTuple):
    """What a person said of the sync: whether new files are fetched, and what may be done unasked."""

    content: bool
    adopt: bool
    allow_mass_deletion: bool


class Met(NamedTuple):
    """What was done here; `received` are bytes of contents from other remotes, `error` says why nothing was pushed."""

    steps: Sequence[Step]
    conflicts: Sequence[Conflict]
    problems: Sequence[Problem]
    received: int
    error: AnnexishError | None = None


def meet_hub(place: Place, known: Known, wish: Wish) -> Met:
    """Merge what was pushed to a hub, go there, and push; a hub that takes nothing is only pulled from."""
    with Lock(place.lock), ExitStack() as stack:
        settle(place)
        there = gather(place, known)
        work = _Work(place, known, wish, stack)
        work.go(unmerged(place, there))
        error: AnnexishError | None = None
        if place.head() is not None:
            tell(place)
            try:
                publish(place, known, there)
            except AnnexishError as found:
                error = found
    return Met(work.steps, work.conflicts, work.problems, work.received, error)


def require_related(find: Callable[[CommitId], Commit], known: Known, here: CommitId, there: CommitId) -> None:
    """Raise Refused for a head on a hub that has nothing in common with the one here."""
    if merge_bases(find, here, there):
        return
    name = find(there).name or there[:10]
    raise Refused(
        f"{known.name!r} has a history, of {name!r}, that has nothing in common with this one",
        hint="if both are of the same files, repeat with --adopt: what is the same becomes one",
    )


class _Work:
    """What was done here; other remotes are opened when the first content is asked for."""

    def __init__(self, place: Place, known: Known, wish: Wish, stack: ExitStack) -> None:
        self._place = place
        self._known = known
        self._wish = wish
        self._stack = stack
        self._lacking: dict[Digest, str] = {}
        self.steps: list[Step] = []
        self.conflicts: list[Conflict] = []
        self.problems: list[Problem] = []
        self.received = 0

    @cached_property
    def _holders(self) -> list[Remote]:
        found = []
        for known in repositories(self._place):
            with suppress(AnnexishError, OSError):
                far = self._stack.enter_context(open_remote(known))
                met(self._place, known.name, far.hello())
                found.append(far)
        return found

    def go(self, heads: Sequence[CommitId]) -> None:
        """Merge heads into the one here, and go to what that makes."""
        if heads and self._place.head() is None:
            self._follow(heads[0], None)
            heads = heads[1:]
        head = target = self._place.head()
        if head is None or target is None:
            return
        for one in heads if not self._wish.adopt else ():
            require_related(self._place.history.commit, self._known, head, one)
        for one in heads:
            target = self._merged(target, one)
        if target != head:
            journey = Journey.to(self._place, target)
            assert journey is not None, "there is a head"
            self._fetch(journey)
            self._agree_to_lack(journey)
            self._follow(target, journey)

    def _merged(self, here: CommitId, there: CommitId) -> CommitId:
        history = self._place.history
        if history.leads_to(here, there):
            return there
        commit, made = joined(self._place, history.commit(here), history.commit(there), self._agree, self._text)
        self.conflicts += made.conflicts
        self.problems += made.notes
        return commit

    def _agree(self, changes: Sequence[Change]) -> None:
        refusal = None if self._wish.allow_mass_deletion else too_much(self._place, changes, "sync")
        if refusal is not None:
            raise Refused(refusal, hint="look at `annexish sync --dry-run`, then repeat with --allow-mass-deletion")

    def _agree_to_lack(self, journey: Journey) -> None:
        """A file whose new content cannot be had goes from here: too many of them are as good as deleted."""
        if self._lacking and not self._wish.allow_mass_deletion:
            gone = [one._replace(after=None) if self._goes(one) else one for one in journey.passing.here]
            refusal = too_much(self._place, gone, "sync")
            if refusal is not None:
                raise Refused(f"{refusal}, as contents are in no repository that can be reached", hint=_HINT)

    def _goes(self, change: Change) -> bool:
        return change.before is not None and self._why_absent(change) is not None

    def _why_absent(self, change: Change) -> str | None:
        digest = change.entry.digest
        return self._lacking.get(digest) if brings(change) and digest is not None else None

    def _text(self, digest: Digest, size: int) -> None:
        """Take a text that a merge puts together; what cannot be had is left to a person."""
        self._take([Need(digest, size)])

    def _fetch(self, journey: Journey) -> None:
        """Take what changes here from whoever answers and has it; the rest is named, and absent."""
        new = self._wish.content
        self._lacking = self._take(list(needs_of(journey, new=new)))
        for change in journey.passing.here:
            why = self._why_absent(change)
            if why is not None and (new or change.before is not None):
                old = "; what was here is in the safety net" * (change.before is not None)
                self.problems.append(Problem(change.path, "absent", f"{why}{old}"))

    def _take(self, wanted: Sequence[Need]) -> dict[Digest, str]:
        """Take contents; return those that could not be had, and why."""
        lacking: dict[Digest, str] = {}
        if not wanted:
            return lacking
        require_room(self._place, sum(need.size for need in wanted) if self._holders else 0)
        with Contents(self._place) as here:
            taking = Taking(here, self._holders, incoming_into(here, way_of(self._place)))
            wants = (Want(need.digest, need.size, need.base) for need in wanted)
            for taken in taking.take_all(wants):
                if taken.error is not None:
                    lacking[taken.want.digest] = str(told(taken.error))
            taking.settle()
            self.received += taking.received
        return lacking

    def _follow(self, target: CommitId, journey: Journey | None) -> None:
        allow = self._wish.allow_mass_deletion
        head = self._place.head()
        done = follow(self._place, head, target, allow_mass_deletion=allow, fill=False, journey=journey)
        self.steps += done.steps
        named = {problem.path for problem in self.problems}
        self.problems += [problem for problem in done.problems if problem.path not in named]
