"""A store in memory, with contents and histories and without a working tree: for tests of what speaks to remotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import NoReturn, Self

from blake3 import blake3

from annexish.codec.commits import links_in
from annexish.codec.entries import decode_entries
from annexish.codec.holdings import decode_holdings
from annexish.codec.intake import Intake, Place
from annexish.codec.objects import object_name
from annexish.codec.trees import decode_tree, rows_in
from annexish.errors import Busy, Corrupt, Missing, Unreachable
from annexish.model.budget import Budget
from annexish.model.content import BLOCK, Ask, Failure, Gift, Holder, Piece, Recipe, Span, Want
from annexish.model.ids import CommitId, Digest, TreeId
from annexish.model.objects import GitObject
from annexish.model.path import RepoPath
from annexish.model.peer import Peer
from annexish.model.published import HEADS, HOLDINGS, is_object, lawful
from annexish.model.report import Advanced, Damage, Progress, Tick, Verified
from annexish.remote.port import Done, Draft, Need, Saved, Waiting
from annexish.system.chunks import Held, pieces

NOTHING = Digest(blake3().digest())
"""The digest of no bytes at all, which everybody has."""


class Memory(Holder):
    """Implements `Remote`. `contents` may be changed, as rot would.

    With `takes` false nothing can be written. After `answers` more answers nobody answers any more: each
    call is one, and each object and block that goes over; None is without end.
    """

    def __init__(self, id: str, name: str = "memory", *, takes: bool = True, answers: int | None = None) -> None:
        self.id = id
        self.name = name
        self.takes = takes
        self.answers = answers
        self.contents: dict[Digest, bytes] = {NOTHING: b""}
        self._written: dict[Digest, bytes] = {}
        self._verified: dict[Digest, int] = {}
        self._objects: dict[bytes, GitObject] = {}
        self._references: dict[str, str] = {}
        self._lock = RLock()

    def hello(self) -> Peer:
        self._answer()
        return Peer(self.id, self.name, None, tree=False, takes=self.takes)

    def references(self) -> Mapping[str, str]:
        self._answer()
        return dict(self._references)

    def objects(self, wants: Sequence[str], haves: Sequence[str]) -> Iterator[GitObject]:
        self._answer()
        known = [bytes.fromhex(name) for name in haves if is_object(name)]
        seen = {name for name, _ in self._lead_to([name for name in known if name in self._objects], set())}
        for _, each in self._lead_to([self._wanted(name) for name in wants], seen):
            self._answer()
            yield each

    def receive(self, objects: Iterable[GitObject], references: Mapping[str, str]) -> None:
        self._write()
        references = lawful(references, self.id)
        came: dict[bytes, GitObject] = {}

        def kind(name: bytes) -> bytes | None:
            found = came.get(name) or self._objects.get(name)
            return found.kind if found else None

        def load(name: bytes, kind: bytes) -> bytes:
            return (came.get(name) or self._objects[name]).data

        def put(name: bytes, kind: bytes, data: bytes, random: int) -> None:
            came[name] = GitObject(kind, data)

        holdings = [bytes.fromhex(name) for reference, name in references.items() if reference.startswith(HOLDINGS)]
        intake = Intake(Place(kind, load, put), holdings)
        for each in objects:
            self._answer()
            intake.put(each)
        intake.finish()
        for reference, name in references.items():
            intake.refer(reference, bytes.fromhex(name))
        self._objects |= came
        for data in intake.holdings.values():
            self._believe(data)
        for reference, name in references.items():
            if reference.startswith(HEADS) and not self._follows(self._references.get(reference), name):
                self._references[reference] = name

    def lacks(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        self._answer()
        return [digest for digest in digests if digest not in self.contents]

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        self._answer()
        if digest not in self.contents:
            raise Missing(f"{self.name} does not hold the content {digest.hex()}")
        data = self.contents[digest]
        blocks: Iterable[Piece] = (data[at : at + BLOCK] for at in range(offset, len(data), BLOCK))
        for piece in blocks if known is None else pieces(Held(data[offset:]), known):
            self._answer()
            yield piece

    def descriptor(self, digest: Digest) -> int | None:
        self._answer()
        return None

    def exchange(self, asks: Iterable[Ask], gift: Gift) -> Iterator[Iterator[Piece]]:
        self._write()
        wanted = (Ask(want.digest, most=want.size) for want in gift.wants)
        for want, given in zip(gift.wants, gift.holder.give(wanted), strict=True):
            try:
                self._take(want, given, gift)
            except (Missing, Corrupt) as error:
                gift.failed.append(Failure(want.digest, error))
        return self.give(asks)

    def _take(self, want: Want, given: Iterable[Piece], gift: Gift) -> None:
        data = bytearray()
        for piece in given:
            self._answer()
            if isinstance(piece, Span) or not piece:
                raise Corrupt("nothing is known here, and each block has bytes")
            data += piece
            gift.came += len(piece)
            if len(data) > want.size:
                break
        if len(data) != want.size or blake3(data).digest() != want.digest:
            raise Corrupt(f"what came is not the content {want.digest.hex()}")
        self._written[want.digest] = bytes(data)

    def settle(self) -> None:
        self._answer()
        self.contents |= self._written
        self._written.clear()

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._answer()
        if not self._lock.acquire(blocking=False):
            raise Busy(f"{self.name} is locked")
        try:
            yield
        finally:
            self._lock.release()

    def commit(self, message: str, *, allow_mass_deletion: bool = False, only: str = "") -> Waiting[Saved]:
        self._answer()
        return Done(Saved(None, made=False, problems=()))

    def draft(self) -> Draft:
        self._no_tree()

    def needs(self, commit: CommitId) -> Sequence[Need]:
        self._answer()
        lacking: dict[Digest, int] = {}
        for _, each in self._lead_to([self._tree_of(commit)], set()):
            if each.kind == b"tree":
                entries = decode_entries(self._objects[decode_tree(each.data).entries].data).entries
                for one in entries:
                    if one.digest is not None and one.digest not in self.contents:
                        lacking[one.digest] = one.size
        return [Need(digest, size) for digest, size in lacking.items()]

    def advance(self, head: CommitId | None, commit: CommitId, *, allow_mass_deletion: bool = False) -> Advanced:
        self._no_tree()

    def prove(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        self._answer()
        held = self.contents
        return [digest for digest in digests if digest in held and blake3(held[digest]).digest() == digest]

    def verify(
        self,
        paths: Sequence[RepoPath],
        budget: Budget,
        *,
        lender: Holder | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        self._answer()
        if paths:
            raise Missing(f"{self.name} has no working tree, and no paths")
        if lender is not None:
            self._write()
        files = size = 0
        problems: list[Damage] = []
        waiting = sorted(self.contents.keys() - {NOTHING}, key=lambda digest: (self._verified.get(digest, 0), digest))
        for digest in waiting:
            if budget.seconds == 0 or (budget.size is not None and size >= budget.size):
                break
            files, size = files + 1, size + len(self.contents[digest])
            if progress is not None:
                progress(Tick("verifying", digest.hex().encode(), files, len(waiting), size, None))
            if blake3(self.contents[digest]).digest() != digest:
                problems.append(self._damaged(digest, lender))
            elif self.takes:
                self._verified[digest] = max(self._verified.values(), default=0) + 1
        return Verified(files, size, tuple(problems), 0, 0, len(waiting) - files)

    def _damaged(self, digest: Digest, lender: Holder | None) -> Damage:
        """Say that a content rotted; heal it, if somebody lends it."""
        healed = False
        if lender is not None:
            gift = Gift((Want(digest, len(self.contents[digest])),), lender)
            self.exchange((), gift)
            self.settle()
            healed = not gift.failed
        return Damage(RepoPath(digest.hex().encode()), "kept", "its bytes are other ones", healed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def _answer(self) -> None:
        if self.answers is not None:
            if self.answers <= 0:
                raise Unreachable(f"{self.name} does not answer any more")
            self.answers -= 1

    def _write(self) -> None:
        self._answer()
        if not self.takes:
            raise Unreachable(f"{self.name} cannot be written")

    def _no_tree(self) -> NoReturn:
        self._answer()
        raise Missing(f"{self.name} has no working tree")

    def _tree_of(self, commit: CommitId) -> TreeId:
        found = self._objects[self._wanted(commit)]
        return links_in(found.data)[0]

    def _wanted(self, name: str) -> bytes:
        found = self._objects.get(bytes.fromhex(name)) if is_object(name) else None
        if found is None or found.kind == b"tree":
            raise Missing(f"{self.name} has neither a commit nor a blob {name!r}")
        return bytes.fromhex(name)

    def _lead_to(self, starts: list[bytes], seen: set[bytes]) -> Iterator[tuple[bytes, GitObject]]:
        """Yield what leads to objects and is not seen, each after what it names."""
        todo = [(name, False) for name in reversed(starts)]
        while todo:
            name, entered = todo.pop()
            each = self._objects[name]
            if entered:
                yield name, each
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo += [(below, False) for below in _named(each)]

    def _follows(self, commit: str | None, older: str) -> bool:
        if commit is None:
            return False
        return any(name.hex() == older for name, _ in self._lead_to([bytes.fromhex(commit)], set()))

    def _believe(self, data: bytes) -> None:
        """Let the references of a repository be what it tells, if nothing newer is known."""
        told = decode_holdings(data)
        known = self._references.get(HOLDINGS + told.id)
        if known is None or decode_holdings(self._objects[bytes.fromhex(known)].data).counter < told.counter:
            name = object_name(b"blob", data)
            self._objects[name] = GitObject(b"blob", data)
            self._references[HOLDINGS + told.id] = name.hex()
            if told.head is not None:
                self._references[HEADS + told.id] = told.head


def _named(each: GitObject) -> Iterator[bytes]:
    """The names of the objects that an object names."""
    if each.kind == b"tree":
        yield from (name for _, name in rows_in(each.data))
    elif each.kind == b"commit":
        tree, parents = links_in(each.data)
        yield tree
        yield from map(bytes.fromhex, parents)
