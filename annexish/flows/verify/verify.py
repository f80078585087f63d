"""Read what is present and what is kept, least recently verified first, and compare it with what was recorded."""

from __future__ import annotations

import errno
import marshal
import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass, field

from annexish.apply.lent import NOBODY, Lenders, Lent
from annexish.errors import AnnexishError, Busy, Unreachable
from annexish.flows.commit.selection import Selection, require
from annexish.flows.place.keeping import keep_for_commit, keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.outset import now_there, scan_of
from annexish.flows.state.past import Past
from annexish.flows.verify.agenda import EVERYTHING, HISTORY, Collector, Wanted, only_kept, record_in
from annexish.flows.verify.heal import Healer
from annexish.flows.verify.soundness import cache_damage, files_damage, known_cache, objects_damage, rebuild
from annexish.model.budget import Budget
from annexish.model.ids import CommitId
from annexish.model.path import TOP, RepoPath
from annexish.model.report import Damage, Progress, Tick, Verified
from annexish.scan.filesystem import kind_of, trusted
from annexish.scan.prove import BROKEN, LEFT, RIGHT, UNREADABLE, WRONG, Claim, Clock, Proof, prove
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.spool import Spool
from annexish.store.verified import KEEP, Agenda, Content

_BATCH_FILES = 256
_BATCH_BYTES = 16 << 20
_PAUSE = 5.0
"""Seconds between two times of remembering what was verified."""
_LONG = 60.0
"""Seconds to wait for another command in the end."""
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FEW_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be verified, and how; `lenders` may give good copies for a repair.

    With `writes` false nothing is written here, and nothing remembered.
    """

    paths: Sequence[RepoPath]
    budget: Budget
    repair: bool
    progress: Progress | None
    lenders: Lenders = NOBODY
    writes: bool = True


def verify(place: Place, request: Request) -> Verified:
    """Verify within the budget; without paths also the keep, the history and the stat cache."""
    verifying = _Verifying(place, request)
    with verifying.stack:
        return verifying.run()


@dataclass(slots=True)
class _Counts:
    """What came out so far."""

    files: int = 0
    size: int = 0
    changed: int = 0
    remaining: int = 0
    problems: list[Damage] = field(default_factory=list)


class _Verifying:
    """One verification while it runs."""

    def __init__(self, place: Place, request: Request) -> None:
        self.stack = ExitStack()
        self._place = place
        self._request = request
        self._start = time.monotonic()
        self._counts = _Counts()
        self._verified: list[tuple[bytes, int]] = []
        self._last = self._start
        self._path: bytes = TOP
        self._mounts = {TOP: 0}
        self._writable = request.writes and _writable(place)
        if request.repair and not self._writable:
            raise Unreachable("nothing can be repaired: the repository cannot be written to")
        keep = keep_for_commit(place) if request.repair else None
        self._keeps = self.stack.enter_context(keep or keep_of(place))
        self._agenda = self.stack.enter_context(closing(Agenda(place.verified, read_only=not self._writable)))
        self._spool = self.stack.enter_context(closing(Spool()))
        self._lent = self.stack.enter_context(Lent(place.control, request.lenders))

    def run(self) -> Verified:
        """Check the files of the history and the cache, then the contents, and meanwhile the objects of the history."""
        counts = self._counts
        counts.problems += files_damage(self._place)
        readable = not counts.problems
        damaged = cache_damage(self._place, read_only=not self._request.writes) if readable else []
        broken: list[Damage] = []
        with self._locked():
            if self._request.repair:
                self._lent.clear()
            if readable:
                broken += self._put_present(use_cache=not damaged)
            self._put_kept()
        unprotected = self._agenda.unprotected()
        objects: list[Damage] = []

        def read_history() -> None:
            if readable and not self._request.paths:
                objects.extend(objects_damage(self._place))
                counts.problems.extend(objects)

        self._read(read_history)
        # a history that lacks something says nothing of the cache
        broken += damaged if not objects else []
        if broken and self._request.repair and not self._request.paths:
            with self._locked():
                broken = rebuild(self._place, broken)
        counts.problems += broken
        return Verified(
            counts.files, counts.size, tuple(counts.problems), counts.changed, unprotected, counts.remaining
        )

    def _put_kept(self) -> None:
        """Put what only keeps hold on the agenda."""
        for number, (mount, _, keep) in enumerate(self._keeps.places()):
            with suppress(FileNotFoundError):
                self._agenda.add_kept(number, self._mounts.get(mount, KEEP), keep.inodes())
        for mount in self._keeps.away.keys() & self._mounts.keys():
            self._agenda.set_away(self._mounts[mount])
        if not self._request.paths:
            self._agenda.add(only_kept(self._agenda, self._keeps))

    def _put_present(self, *, use_cache: bool) -> list[Damage]:
        """Put what is present on the agenda; return what is wrong with the cache."""
        with closing(known_cache(self._place, use=use_cache)) as cache:
            require(self._place.root, self._request.paths, Past(cache, Nodes(self._place.history)))
            return self._put_known(cache) if cache.count() else []

    def _put_known(self, cache: Cache) -> list[Damage]:
        load = Nodes(self._place.history)
        paths = self._request.paths
        chosen = Selection(paths, ())
        wanted = Wanted(chosen.takes, chosen.enters, all=False) if paths else EVERYTHING
        collector = Collector(cache, load, wanted, stable=trusted(kind_of(self._place.root)))
        try:
            commit = self._place.history.commit(CommitId(cache.commit or ""))
            self._agenda.add(collector.contents(commit.tree))
        except AnnexishError as error:
            self._counts.problems.append(Damage(HISTORY, "history", str(error)))
        self._mounts = collector.mounts
        self._counts.problems += [found for found in collector.problems if found.code == "history"]
        return [found for found in collector.problems if found.code != "history"]

    def _read(self, meanwhile: Callable[[], object]) -> None:
        """Read what is on the agenda, remember what is right, and see to the rest."""
        batches, files, size = self._batches()
        budget = self._request.budget.seconds
        end = math.inf if budget is None else self._start + budget
        now = now_there(self._place) if self._writable else time.time_ns()
        clock = Clock(now, time.monotonic(), end)
        processes = scan_of(self._place, thorough=True).processes if size > _FEW_BYTES else 1
        done = 0
        healer = Healer(self._place.root, self._keeps, self._agenda, self._lent)
        try:
            for proofs in prove(self._place.root, batches, self._load, processes, clock, meanwhile):
                for proof in proofs:
                    self._note(proof, healer)
                done += len(proofs)
                self._tell(done, files, size)
                self._remember()
        finally:
            self._remember(now=True)

    def _batches(self) -> tuple[list[tuple[int, int]], int, int]:
        """Move the agenda to the spool; return the places of its batches, and how many files and bytes they have."""
        most = self._request.budget.size
        places, batch = [], []
        files = size = weight = 0
        for content in self._agenda.in_order():
            if most is not None and size >= most:
                self._counts.remaining += 1
                continue
            batch.append(_claimed(content))
            files, size, weight = files + 1, size + content.size, weight + content.size
            if len(batch) >= _BATCH_FILES or weight >= _BATCH_BYTES:
                places.append(self._spooled(batch))
                batch, weight = [], 0
        if batch:
            places.append(self._spooled(batch))
        return places, files, size

    def _spooled(self, batch: list[tuple[object, ...]]) -> tuple[int, int]:
        data = marshal.dumps(batch)
        return self._spool.append(data), len(data)

    def _load(self, place: tuple[int, int]) -> list[Claim]:
        return list(map(Claim._make, marshal.loads(self._spool.read(*place))))

    def _note(self, proof: Proof, healer: Healer) -> None:
        counts = self._counts
        if proof.state == LEFT:
            counts.remaining += 1
            return
        content = self._agenda.content(proof.at)
        counts.files += 1
        counts.size += proof.size
        self._path = content.path
        if proof.state == RIGHT:
            self._verified.append((content.digest, content.mark))
        elif proof.state in (WRONG, BROKEN, UNREADABLE):
            counts.problems.append(self._damage(content, proof, healer))
        elif content.place > KEEP:
            counts.changed += 1

    def _damage(self, content: Content, proof: Proof, healer: Healer) -> Damage:
        """Say what is wrong with a content, having healed it if that was asked for."""
        path = RepoPath(content.path)
        healed, remark = False, ""
        if self._request.repair and proof.state != UNREADABLE:
            try:
                with self._locked():
                    healed, remark = healer.heal(content, proof.found)
            except Busy as error:
                remark = f"not healed: {error}"
        code = "kept" if content.place <= KEEP else "rot" if proof.state == WRONG else "unreadable"
        reason = proof.reason
        if proof.state == WRONG:
            reason = f"its bytes are {proof.found.hex()[:12]}, not {content.digest.hex()[:12]}, and nobody wrote to it"
        return Damage(path, code, reason + (f"; {remark}" if remark else ""), healed)

    def _tell(self, done: int, files: int, size: int) -> None:
        if self._request.progress:
            self._request.progress(Tick("verifying", self._path, done, files, self._counts.size, size))

    def _remember(self, *, now: bool = False) -> None:
        if not self._writable or not (now or time.monotonic() - self._last > _PAUSE):
            return
        # what cannot be remembered because another command is writing is still verified, and may be said
        with suppress(Busy), Lock(self._place.lock, wait=_LONG if now else 0):
            self._agenda.remember(self._verified, int(time.time()))
            if now and not self._request.paths:
                self._agenda.prune()
            self._verified.clear()
        self._last = time.monotonic()

    def _locked(self) -> AbstractContextManager[object]:
        return Lock(self._place.lock) if self._writable else nullcontext()


def _claimed(content: Content) -> tuple[object, ...]:
    return (content.at, content.path, content.digest, content.size, record_in(content), content.place <= KEEP)


def _writable(place: Place) -> bool:
    """Whether something can be remembered or repaired here; reading can be done without."""
    try:
        os.close(os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if error.errno in _READ_ONLY:
            return False
        raise
    return True
