"""Record what the working tree looks like: scan, guard, then pack, cache, head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from annexish.codec.conflicts import pack_conflict
from annexish.diff.compare import compare
from annexish.errors import Refused
from annexish.flows.commit.aside import conflicts_of
from annexish.flows.commit.changes import Changes
from annexish.flows.commit.describe import Describer
from annexish.flows.commit.finish import Finisher
from annexish.flows.commit.identity import Identity
from annexish.flows.commit.remember import Memory
from annexish.flows.commit.snapshot import Finishing, Look, Taken, look, take
from annexish.flows.losses.losses import Passage, note_losses
from annexish.flows.place.author import Signing, author, signed
from annexish.flows.place.keeping import Mending, keep_for_commit
from annexish.flows.place.operations import record_commit
from annexish.flows.place.place import Place
from annexish.flows.state.disputes import packed_in, with_conflicts
from annexish.flows.state.outset import Scan, check, scan_of
from annexish.flows.state.past import Past
from annexish.flows.state.scoped import remember_places
from annexish.flows.state.state import State
from annexish.flows.state.unkept import KEEPING, circumstances, note, with_unkept
from annexish.flows.tree.settle import settle
from annexish.model.conflict import Conflict
from annexish.model.ids import CommitId
from annexish.model.path import RepoPath, split
from annexish.model.report import Committed, Difference, Progress
from annexish.plan.guard import too_many
from annexish.scan.survey import Listing
from annexish.store.cache import TOP_ROW, UNKNOWN, Cache
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.losses import Losses
from annexish.store.pack import PackWriter
from annexish.store.upkeep import tidy

_HELD = 100_000
"""Entries of nodes that are held, some 50 MiB: what was built is compared with what was there before."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be committed."""

    message: str
    paths: Sequence[RepoPath]
    allow_mass_deletion: bool
    progress: Progress | None
    confirm: bool = False
    conflicts: Callable[[AbstractSet[bytes]], AbstractSet[bytes]] | None = None
    """What is to be decided from now on, by what was, as it is stored; None if that stays as it is."""


def commit(place: Place, request: Request) -> Committed:
    """Record the working tree, or say that nothing changed."""
    with Lock(place.lock):
        settle(place)
        tidy(place.history.packs)
        state = State(place)
        scan = scan_of(place, thorough=True, progress=request.progress)
        if request.paths:
            from annexish.flows.commit.selection import require

            require(place.root, request.paths, Past(state.cache, Nodes(state.history)))
        outset = check(scan, state.cache, meanwhile=lambda: state.history.git)
        keeping = circumstances(place)
        anew = keeping != state.cache.meta(KEEPING)
        if anew and keeping != "off" and state.base is not None and not request.paths:
            outset = with_unkept(outset, place, state.cache, Nodes(state.history))
        if outset.nothing and _conflicts(state, request) is None:
            if anew and not request.paths:
                state.close()
                note(place, keeping)
            return Committed(None, Difference((), Counter()), ())
        scan = scan._replace(returned=Losses(state.cache).returned())
        found = look(scan, outset, state.cache, Past(state.cache, Nodes(state.history)))
        along: tuple[RepoPath, ...] = ()
        if request.paths:
            found, along = _selected(state, found, request.paths)
        word = "" if anew and request.paths else keeping
        done = _Writing(state, scan, found, request, word).run()._replace(taken_along=along)
        if done.commit is not None:
            record_commit(place, place.history, done.commit)
            remember_places(place, place.history.commit(done.commit).tree)
        return done


def _selected(state: State, found: Look, paths: Sequence[RepoPath]) -> tuple[Look, tuple[RepoPath, ...]]:
    """Leave out what is not within the paths; say which other ends of moves come along."""
    from annexish.flows.commit.partial import taken_only
    from annexish.flows.commit.selection import Selection, moves_in

    past = Past(state.cache, Nodes(state.history))
    selection = Selection(paths, moves_in(found.survey, found.identity, past))
    survey, identity = taken_only(found.survey, found.identity, past, selection)
    return found._replace(survey=survey, identity=identity), selection.taken_along


def _conflicts(state: State, request: Request) -> AbstractSet[bytes] | None:
    """Return what is to be decided from now on; None if that stays as it is."""
    if request.conflicts is None or state.tree is None:
        return None
    before = set(packed_in(Nodes(state.history), state.tree))
    wanted = request.conflicts(before)
    return wanted if wanted != before else None


def _guard(deleted: int, files: int, limit: str) -> None:
    """Refuse to record that most of the files are gone, counted after moves."""
    if too_many(deleted, files, limit):
        raise Refused(
            f"{deleted:,} of {files:,} files are gone",
            hint="look at `annexish status`, then repeat with --allow-mass-deletion",
        )


class _Writing:
    """One commit while it is written; `keeping` is what it remembers of the circumstances."""

    def __init__(self, state: State, scan: Scan, found: Look, request: Request, keeping: str) -> None:
        self._state = state
        self._keeping = keeping
        self._anew = keeping != state.cache.meta(KEEPING)
        self._absent = int(state.cache.meta("absent") or 0)
        self._before = state.tree
        self._found = found
        self._request = request
        self._conflicts = _conflicts(state, request)
        self._opened: Sequence[Conflict] = ()
        self._keep = keep_for_commit(state.place)
        self._scan = scan._replace(keep=self._keep.put if self._keep else None)
        self._pack = PackWriter(state.history.packs)
        self._nodes = Nodes(state.history, self._pack)
        self._who = author(state.place)

    def run(self) -> Committed:
        """Build into a pack and a transaction of the cache; then publish both, and move the head."""
        path = self._state.place.cache
        cache = Cache.anew(path) if self._before is None else Cache(path)
        cache.begin()
        try:
            taken = self._take(cache)
            self._state.close()
            made = self._publish(taken, cache)
        except BaseException:
            self._pack.abandon()
            raise
        finally:
            cache.close()
            if self._keep:
                self._keep.close()
        read = {"files": taken.files_read, "bytes": taken.bytes_read}
        changes = Changes(Nodes(self._state.history), self._before, taken.tree, ())
        problems = tuple(taken.problems)
        return Committed(made, Difference(changes, changes.counts), problems, read=read, conflicts=tuple(self._opened))

    def _take(self, cache: Cache) -> Taken:
        memory = Memory(cache, self._found.survey, self._found.fresh)
        past = Past(self._state.cache, self._nodes, _HELD)
        self._held = past.node
        found = self._found
        wanted = self._state.place.settings.on("media.tags")
        with Describer(self._state.place.root, past, self._nodes, found.identity, read=wanted) as describer:
            finishing = Finishing(Finisher(self._apart(describer)), self._pack.copy)
            taken = take(self._scan, found, past, self._nodes, memory.keep, describer, finishing, self._agree)
        taken.problems += describer.problems
        for each in taken.left:
            memory.leave(*each)
        memory.flush()
        cache.drop(self._found.survey.gone_rows)
        self._opened = conflicts_of(taken.asides, self._state.place)
        if self._opened:
            assert self._before is not None, "of the first commit nothing is absent"
            others = set(packed_in(self._nodes, self._before)) if self._conflicts is None else self._conflicts
            self._conflicts = {*others, *map(pack_conflict, self._opened)}
        if self._conflicts is not None:
            taken.tree = with_conflicts(self._held, self._nodes, taken.tree, self._conflicts)
            cache.relink([(0, b"", taken.tree, TOP_ROW)])
        return taken

    def _agree(self, identity: Identity) -> None:
        """Whether what is gone may be recorded as deleted."""
        if not self._request.allow_mass_deletion:
            limit = self._state.place.settings.get("guard.max_deletions")
            _guard(identity.deleted, self._found.files, limit)

    def _apart(self, describer: Describer) -> Callable[[Listing], bool]:
        """Which listings must be put together with others in view: those with moved or linked files, or with tags."""
        identity, survey = self._found.identity, self._found.survey
        places = [*identity.moved, *(place for places in survey.linked.values() for place in places)]
        special = {number for number, _ in places}
        back = {split(path)[0] for path in self._scan.returned}
        return lambda listing: listing.number in special or listing.path in back or describer.wants(listing.names)

    def _publish(self, taken: Taken, cache: Cache) -> CommitId | None:
        if self._before and (self._request.paths or self._scan.returned):
            # of a part, and of what was brought back, nobody sees what another object took the place of
            taken.tally.recount(compare(self._held, self._before, taken.tree))
        facts = self._facts(taken)
        if self._before == taken.tree:
            # what is mended may be found in nodes that were just made
            self._note_kept(taken, cache, None)
            self._pack.abandon()
            cache.finish(facts)
            return None
        commit = CommitId(self._pack.put(b"commit", self._commit(taken)).hex())
        self._note_kept(taken, cache, commit)
        self._pack.publish()
        cache.finish({**facts, "commit": commit, "confirm": "on" if self._request.confirm else "off"})
        history = self._state.history
        history.refresh()
        history.move_head(commit, "commit: " + self._request.message.split("\n")[0])
        return commit

    def _note_kept(self, taken: Taken, cache: Cache, commit: CommitId | None) -> None:
        """Record what is lost, say what cannot be recovered, and make the keep durable."""
        losses = Losses(cache)
        losses.add_twins(taken.twins)
        losses.set_bare(taken.unprotected, bare=True)
        counts = taken.tally.counts
        mending = Mending(self._state.place, self._keep, losses, self._nodes, taken.tree) if self._keep else None
        if mending:
            mending.mend(taken.suspects)
        if commit and self._before and any(counts[word] for word in ("deleted", "modified", "moved+modified")):
            self._note_losses(taken, losses, commit, mending)
        if commit and self._scan.returned:
            losses.settle_returned(taken.came_back)
            if not self._request.paths:
                losses.forget_returned()
        if self._keep:
            losses.set_bare(
                filter(self._keep.find, losses.bare_in(range(256) if self._anew else taken.fans)), bare=False
            )
            self._keep.touch(taken.fans)
            self._keep.sync()

    def _note_losses(self, taken: Taken, losses: Losses, commit: CommitId, mending: Mending | None) -> None:
        assert self._before is not None, "the first commit loses nothing"
        assert self._state.base is not None, "a snapshot that the cache describes was committed"
        seen = self._state.history.commit(self._state.base).author.time
        passage = Passage(commit, seen, self._who.time)
        changes = compare(self._held, self._before, taken.tree, count_inside=False)
        taken.problems += note_losses(losses, changes, passage, mending)

    def _facts(self, taken: Taken) -> dict[str, str]:
        """What the cache remembers of the whole."""
        found = self._found
        return {
            **({"conflicts": str(len(self._conflicts))} if self._conflicts is not None else {}),
            "rules": self._scan.rules.fingerprint,
            "files": str(found.files + taken.tally.files),
            "absent": str(self._absent + taken.tally.absent),
            KEEPING: self._keeping,
            **({} if self._request.paths else {UNKNOWN: ""}),
        }

    def _commit(self, taken: Taken) -> bytes:
        """The bytes of the commit object."""
        base = self._state.base
        parents = (base,) if base else ()
        made = Signing(taken.tree, parents, self._request.message, taken.tally.counts)
        return signed(self._state.place, made, self._who)
