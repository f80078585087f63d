"""Two repositories become equal within their scopes: commit, exchange, merge, copy, advance, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import NamedTuple

from annexish.apply.dressing import DISK
from annexish.errors import AnnexishError, Busy, Corrupt, Missing, Refused, Unreachable
from annexish.flows.contents import Contents
from annexish.flows.deletions import too_much
from annexish.flows.fill import Manner
from annexish.flows.follow import follow
from annexish.flows.hub_sync import Wish, meet_hub
from annexish.flows.journey import Journey
from annexish.flows.meeting import fetch_history, push_history
from annexish.flows.merge import joined
from annexish.flows.needs import needs
from annexish.flows.opened import open_remote
from annexish.flows.origin import renewed
from annexish.flows.place import Place
from annexish.flows.remotes import hubs_first, is_hub, met, remote, remotes
from annexish.flows.room import require_room
from annexish.flows.saving import save
from annexish.flows.settle import settle
from annexish.flows.taking import Taking, way_of
from annexish.history.bases import merge_bases
from annexish.model.change import Change
from annexish.model.conflict import Conflict
from annexish.model.ids import CommitId, Digest
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from annexish.model.report import Advanced, Committed, Problem, Progress, Step, Tick
from annexish.remote.port import Need, Remote
from annexish.store.lock import Lock
from annexish.system.apart import Apart


class Request(NamedTuple):
    """With whom, and what is left out; without names every remote."""

    names: Sequence[str] = ()
    commit: bool = True
    content: bool = True
    adopt: bool = False
    allow_mass_deletion: bool = False
    manner: Manner = Manner()


class Met(NamedTuple):
    """What a sync with one remote did: steps there, bytes that crossed, what was not possible there."""

    name: str
    steps: Sequence[Step]
    sent: int
    received: int
    problems: Sequence[Problem]
    error: AnnexishError | None = None


class Synced(NamedTuple):
    """What a sync did: `commit` is the head, `saved` the commit of what was not committed here."""

    commit: CommitId | None
    saved: CommitId | None
    steps: Sequence[Step]
    conflicts: Sequence[Conflict]
    problems: Sequence[Problem]
    remotes: Sequence[Met]

    @property
    def bytes_copied(self) -> int:
        """Content bytes that crossed between repositories."""
        return sum(one.sent + one.received for one in self.remotes)


def sync(place: Place, request: Request) -> Synced:
    """Go through the remotes, one after the other; one that is away, or that a guard refuses, stops no other."""
    chosen = hubs_first([remote(place, name) for name in request.names] or remotes(place))
    if not chosen:
        raise Missing("there is no remote to sync with", hint="`annexish remote add NAME PATH` names one")
    renewed(place)
    work = _Sync(place, request, alone=len(chosen) == 1)
    with ExitStack() as stack:
        theirs = {one.name: stack.enter_context(Apart(partial(_saved_there, one, request))) for one in chosen}
        saved = _saved(place, request)
        for one in chosen:
            work.meet(one, theirs[one.name])
    return Synced(
        place.head(), saved.commit if saved else None, work.steps, work.conflicts,
        (*(saved.problems if saved else ()), *work.problems), work.met,
    )  # fmt: skip


def _saved(place: Place, request: Request) -> Committed | None:
    """Commit what is not committed here."""
    if not request.commit:
        return None
    return save(
        place, "before a sync", allow_mass_deletion=request.allow_mass_deletion, progress=request.manner.progress
    )


def _saved_there(known: Known, request: Request) -> Sequence[Problem]:
    """Commit what is not committed there, while the same is done here; a repository that is away is met later."""
    if not request.commit or is_hub(known):
        return ()
    try:
        with open_remote(known) as far:
            peer = far.hello()
            if not peer.tree or not peer.takes or (known.id and peer.id != known.id):
                return ()
            return far.commit("before a sync", allow_mass_deletion=request.allow_mass_deletion).problems
    except Refused as error:
        raise Refused(
            f"in {known.name!r}: {error}", hint=error.hint.replace("`annexish status`", "`annexish status` there")
        ) from error
    except Unreachable:
        return ()


class _Sync:
    """The steps here, and what was done with each remote."""

    def __init__(self, place: Place, request: Request, *, alone: bool) -> None:
        self._place = place
        self._alone = alone
        self._request = request
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.conflicts: list[Conflict] = []
        self.met: list[Met] = []

    def meet(self, known: Known, saved: Apart[Sequence[Problem]]) -> None:
        """Sync with one remote; what goes wrong is raised if nobody asked for another one."""
        try:
            if is_hub(known):
                self.met.append(self._with_hub(known))
                return
            with open_remote(known) as far:
                self.met.append(self._with(known, far, saved))
        except (Unreachable, Busy, Refused, Missing) as error:
            if self._alone and (self._request.names or isinstance(error, Refused)):
                raise
            self.met.append(Met(known.name, (), 0, 0, (), error))

    def _with_hub(self, known: Known) -> Met:
        asked = self._request
        try:
            done = meet_hub(self._place, known, Wish(asked.content, asked.adopt, asked.allow_mass_deletion))
        except Corrupt as error:
            if self._alone:
                raise
            return Met(known.name, (), 0, 0, (), error)
        self.steps += done.steps
        self.conflicts += done.conflicts
        self.problems += done.problems
        return Met(known.name, (), 0, done.received, (), done.error)

    def _with(self, known: Known, far: Remote, saved: Apart[Sequence[Problem]]) -> Met:
        peer = far.hello()
        met(self._place, known.name, peer)
        problems = list(saved.result())
        with _both_locked(self._place, peer, far):
            settle(self._place)
            peer = peer._replace(head=fetch_history(self._place, far).head)
            texts = _TextsFrom(self._place, far)
            target = self._target(peer, texts)
            if target is None:
                return Met(known.name, (), 0, 0, problems)
            journey = Journey.to(self._place, target)
            received = texts.received + self._received(far, target, journey)
            sent, there = self._there(peer, far, target)
            self._here(target, journey)
            if peer.takes:
                push_history(self._place, far, self._place.head())
                fetch_history(self._place, far)
        error = None if peer.takes else Unreachable(f"{peer.name!r} cannot be written to: it was only pulled from")
        return Met(known.name, there.steps, sent, received, (*problems, *self._not_named(there.problems)), error)

    def _target(self, peer: Peer, texts: _TextsFrom) -> CommitId | None:
        """The commit where both go: one of the heads, or a merge of both, which is made."""
        history, head = self._place.history, self._place.head()
        if head is None or peer.head is None or head == peer.head:
            return head or peer.head
        if history.leads_to(head, peer.head):
            return peer.head
        if history.leads_to(peer.head, head):
            return head
        if not self._request.adopt and not merge_bases(history.commit, head, peer.head):
            raise unrelated(peer)
        commit, made = joined(self._place, history.commit(head), history.commit(peer.head), self._agree, texts)
        self.conflicts += made.conflicts
        self.problems += made.notes
        return commit

    def _agree(self, changes: Sequence[Change]) -> None:
        refusal = None if self._request.allow_mass_deletion else too_much(self._place, changes, "sync")
        if refusal is not None:
            raise Refused(refusal, hint="look at `annexish sync --dry-run`, then repeat with --allow-mass-deletion")

    def _received(self, far: Remote, target: CommitId, journey: Journey | None) -> int:
        """Take what is lacking here into the keep; what cannot be had stays absent, and is named at the end."""
        wanted = list(needs(self._place, target, journey, new=self._request.content))
        if not wanted:
            return 0
        require_room(self._place, sum(need.size for need in wanted))
        with Contents(self._place) as here:
            taking = Taking(here, [far], way_of(self._place))
            for need in _told("fetching", wanted, self._request.manner.progress):
                with self._named(need, "absent"):
                    taking.take(need.digest, need.size, base=need.base)
            taking.settle()
            return taking.received

    @contextmanager
    def _named(self, need: Need, code: str) -> Iterator[None]:
        """Name a file whose content could not cross; what concerns the whole disk, or the other side, ends the sync."""
        try:
            yield
        except Unreachable:
            raise
        except AnnexishError as error:
            self.problems.append(Problem(need.path, code, str(error)))
        except OSError as error:
            if error.errno in DISK:
                raise Unreachable(f"contents cannot be copied: {error.strerror}") from error
            self.problems.append(Problem(need.path, code, error.strerror or str(error)))

    def _there(self, peer: Peer, far: Remote, target: CommitId) -> tuple[int, Advanced]:
        """Let the other side have the history and what it lacks, and go there."""
        nothing = Advanced((), (), ())
        if not peer.takes:
            return 0, nothing
        push_history(self._place, far, target)
        wanted = far.needs(target) if self._request.content else ()
        size = sum(need.size for need in wanted)
        if size > peer.free:
            raise Refused(
                f"{size:,} bytes are to go to {peer.name!r}, and {peer.free:,} are free there",
                hint="make room there, or let it hold less: `annexish scope`",
            )
        sent = self._sent(far, wanted)
        if not peer.tree:
            return sent, nothing
        return sent, far.advance(peer.head, target, allow_mass_deletion=self._request.allow_mass_deletion)

    def _sent(self, far: Remote, wanted: Sequence[Need]) -> int:
        sent = 0
        with Contents(self._place) as here:
            for need in _told("sending", wanted, self._request.manner.progress):
                # what is not here either is absent there, and named there
                with self._named(need, "changing"), suppress(Missing):
                    sent += far.write(need.digest, need.size, here, need.base)
            far.settle()
        return sent

    def _here(self, target: CommitId, journey: Journey | None) -> None:
        """Go there, fill what else is wanted, and publish."""
        allow, fill = self._request.allow_mass_deletion, self._request.content
        head = self._place.head()
        done = follow(self._place, head, target, allow_mass_deletion=allow, fill=fill, journey=journey)
        self.steps += done.steps
        self.problems += self._not_named(done.problems)

    def _not_named(self, problems: Sequence[Problem]) -> list[Problem]:
        """Leave out what was said when a content could not cross."""
        named = {problem.path for problem in self.problems}
        return [problem for problem in problems if problem.path not in named]


def _told(stage: str, wanted: Sequence[Need], progress: Progress | None) -> Iterator[Need]:
    """Go through what is to cross, and tell how far that is."""
    done, size = 0, sum(need.size for need in wanted)
    for number, need in enumerate(wanted):
        if progress is not None:
            progress(Tick(stage, b"", number, len(wanted), done, size))
        yield need
        done += need.size


def unrelated(peer: Peer) -> Refused:
    """What to say of a repository that nobody joined to this one."""
    return Refused(
        f"{peer.name!r} has a history of its own that has nothing in common with this one",
        hint="if both are of the same files, repeat with --adopt: what is the same becomes one",
    )


class _TextsFrom:
    """Takes the texts that a merge puts together; what cannot be had is left to a person."""

    def __init__(self, place: Place, far: Remote) -> None:
        self._place = place
        self._far = far
        self.received = 0

    def __call__(self, digest: Digest, size: int) -> None:
        with Contents(self._place) as here, suppress(Missing, Corrupt):
            taking = Taking(here, [self._far], way_of(self._place))
            taking.take(digest, size)
            taking.settle()
            self.received += taking.received


@contextmanager
def _both_locked(place: Place, peer: Peer, far: Remote) -> Iterator[None]:
    """Lock both repositories in the order of their ids, so that two syncs never wait for each other."""
    with ExitStack() as stack:
        ours: list[Callable[[], object]] = [lambda: stack.enter_context(Lock(place.lock))]
        if peer.takes:
            theirs: Callable[[], object] = lambda: stack.enter_context(far.locked())  # noqa: E731
            ours = [*ours, theirs] if place.identity()[0] < peer.id else [theirs, *ours]
        for lock in ours:
            lock()
        yield
