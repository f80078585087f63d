"""Two repositories become equal within their scopes: commit, exchange, merge, copy, advance, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from annexish.errors import AnnexishError, Busy, Corrupt, Missing, Refused, Unreachable
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.crossing import Crossing
from annexish.flows.contents.fill import Manner
from annexish.flows.contents.needs import needs
from annexish.flows.contents.taking import Taking, incoming_into, way_of
from annexish.flows.merge.deletions import too_much
from annexish.flows.merge.follow import follow
from annexish.flows.net.room import require_room
from annexish.flows.place.origin import renewed
from annexish.flows.place.place import Place
from annexish.flows.remotes.meeting import fetch_history, head_in, is_news, push_history
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import hubs_first, is_hub, met, remote, remotes
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.settle import settle
from annexish.history.bases import merge_bases
from annexish.model.change import Change
from annexish.model.conflict import Conflict
from annexish.model.content import Want
from annexish.model.ids import CommitId, Digest
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from annexish.model.report import Advanced, Committed, Problem, Step
from annexish.remote.port import Remote, Saved, Waiting
from annexish.store.lock import Lock


class Request(NamedTuple):
    """With whom, and what is left out; without names every remote."""

    names: Sequence[str] = ()
    commit: bool = True
    content: bool = True
    adopt: bool = False
    allow_mass_deletion: bool = False
    manner: Manner = Manner()


class Met(NamedTuple):
    """What a sync with one remote did: steps there, bytes that crossed, what was not possible there.

    A `hub` has the history alone.
    """

    name: str
    steps: Sequence[Step]
    sent: int
    received: int
    problems: Sequence[Problem]
    error: AnnexishError | None = None
    hub: bool = False


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
        theirs = [_there(stack, one, request) for one in chosen]
        saved = _saved(place, request)
        for one in theirs:
            work.meet(one)
    return Synced(
        place.head(), saved.commit if saved else None, work.steps, work.conflicts,
        (*(saved.problems if saved else ()), *work.problems), work.met,
    )  # fmt: skip


def _saved(place: Place, request: Request) -> Committed | None:
    """Commit what is not committed here."""
    if not request.commit:
        return None
    # what takes long to import waits until the other machines have been asked
    from annexish.flows.commit.saving import save

    return save(
        place, "before a sync", allow_mass_deletion=request.allow_mass_deletion, progress=request.manner.progress
    )


class _There(NamedTuple):
    """A remote that is open, and what is committed there while the same is done here; or why it is not open."""

    known: Known
    far: Remote | AnnexishError | None
    saving: Waiting[Saved] | None = None

    def problems(self) -> Sequence[Problem]:
        """What could not be committed there."""
        if self.saving is None:
            return ()
        try:
            return self.saving.result().problems
        except Refused as error:
            hint = error.hint.replace("`annexish status`", "`annexish status` there")
            raise Refused(f"in {self.known.name!r}: {error}", hint=hint) from error


def _there(stack: ExitStack, known: Known, request: Request) -> _There:
    """Open a remote, and let it commit; a hub is nothing that is open."""
    if is_hub(known):
        return _There(known, None)
    try:
        far = stack.enter_context(open_remote(known._replace(limit=request.manner.rate)))
        if not request.commit:
            return _There(known, far)
        allow = request.allow_mass_deletion
        return _There(known, far, far.commit("before a sync", allow_mass_deletion=allow, only=known.id))
    except AnnexishError as error:
        return _There(known, error)


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

    def meet(self, there: _There) -> None:
        """Sync with one remote; what goes wrong is raised if nobody asked for another one."""
        try:
            if there.far is None:
                self.met.append(self._with_hub(there.known))
            elif isinstance(there.far, AnnexishError):
                raise there.far
            else:
                self.met.append(self._with(there, there.known, there.far))
        except AnnexishError as error:
            if self._alone and (self._request.names or not isinstance(error, Unreachable | Busy | Missing)):
                raise
            self.met.append(Met(there.known.name, (), 0, 0, (), error))

    def _with_hub(self, known: Known) -> Met:
        from annexish.flows.sync.hub_sync import Wish, meet_hub

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
        return Met(known.name, (), 0, done.received, (), done.error, hub=True)

    def _with(self, there: _There, known: Known, far: Remote) -> Met:
        problems = list(there.problems())
        peer = far.hello()
        met(self._place, known.name, peer)
        with _both_locked(self._place, peer, far):
            settle(self._place)
            told = fetch_history(self._place, far)
            peer = peer._replace(head=head_in(told, peer.id))
            texts = _TextsFrom(self._place, far)
            target = self._target(peer, texts)
            if target is None:
                return Met(known.name, (), 0, 0, problems)
            journey = Journey.to(self._place, target)
            if peer.takes and (target != peer.head or not is_news(self._place, peer.id, told)):
                push_history(self._place, far, target, told)
            received, sent = self._exchanged(far, peer, target, journey)
            done = self._advanced(far, peer, target)
            self._here(target, journey)
            if peer.takes:
                push_history(self._place, far, self._place.head(), fetch_history(self._place, far))
        error = None if peer.takes else Unreachable(f"{peer.name!r} cannot be written to: it was only pulled from")
        received += texts.received
        return Met(known.name, done.steps, sent, received, (*problems, *self._not_named(done.problems)), error)

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
        from annexish.flows.merge.merge import joined

        commit, made = joined(self._place, history.commit(head), history.commit(peer.head), self._agree, texts)
        self.conflicts += made.conflicts
        self.problems += made.notes
        return commit

    def _agree(self, changes: Sequence[Change]) -> None:
        refusal = None if self._request.allow_mass_deletion else too_much(self._place, changes, "sync")
        if refusal is not None:
            raise Refused(refusal, hint="look at `annexish sync --dry-run`, then repeat with --allow-mass-deletion")

    def _exchanged(self, far: Remote, peer: Peer, target: CommitId, journey: Journey | None) -> tuple[int, int]:
        """Let both sides have the contents that they lack, at once; return how many bytes came, and how many went."""
        content = self._request.content
        wanted = list(needs(self._place, target, journey, new=content))
        theirs = far.needs(target) if content and peer.takes else ()
        require_room(self._place, sum(need.size for need in wanted))
        _require_room_there(peer, sum(need.size for need in theirs))
        if not wanted and not theirs:
            return 0, 0
        with Contents(self._place) as here:
            crossing = Crossing(far, here, incoming_into(here, way_of(self._place)), self._request.manner.progress)
            self.problems += crossing.run(wanted, theirs)
        if journey is not None:
            journey.hashed |= crossing.hashed
        return crossing.received, crossing.sent

    def _advanced(self, far: Remote, peer: Peer, target: CommitId) -> Advanced:
        if not peer.takes or not peer.tree:
            return Advanced((), (), ())
        return far.advance(peer.head, target, allow_mass_deletion=self._request.allow_mass_deletion)

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


def _require_room_there(peer: Peer, size: int) -> None:
    if size > peer.free:
        raise Refused(
            f"{size:,} bytes are to go to {peer.name!r}, and {peer.free:,} are free there",
            hint="make room there, or let it hold less: `annexish scope`",
        )


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
            taking = Taking(here, [self._far], incoming_into(here, way_of(self._place)))
            taking.take(Want(digest, size))
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
