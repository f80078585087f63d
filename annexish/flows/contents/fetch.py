"""What the gaps want: contents into the keep, and whole files that only wait for their names.

A content is fetched by the process that its first byte says, so nothing is asked for twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from annexish.apply.dressing import DISK, Dressing
from annexish.apply.incoming import Incoming
from annexish.apply.joining import inode_of
from annexish.apply.keep import Way
from annexish.apply.result import Packed, unpack
from annexish.apply.spare import Spare
from annexish.errors import AnnexishError, Corrupt, Missing, Unreachable
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.door import Door
from annexish.flows.contents.taking import Taken, Taking, incoming_into, way_of
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gaps
from annexish.model.content import Want
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, join
from annexish.system.attributes import attributes_of
from annexish.system.turns import in_any_order

_DIGEST = Entry._fields.index("digest")
_SOME = 512
_MUCH = 32 << 20
"""What has neither so many files nor so many bytes is fetched by one process."""
_BAD = (AnnexishError, OSError, OverflowError, ValueError)
_TOGETHER = 256
"""So many files are told of at once."""

Where = tuple[int, int]
"""An entry of the gaps: number of the gap, position in it."""

Tell = Callable[[int, int], None]
"""Is told how many more files and bytes are here."""


class Fetched(NamedTuple):
    """What became of the entries of some gaps; `received` is in bytes.

    Those in `spare` have a file of their own that waits, the others become names of what the keep has;
    those in `failed` have neither: a code of `Problem` and the reason. `notes` say what of its metadata is missing.
    """

    received: int
    spare: set[Where]
    failed: dict[Where, tuple[str, str]]
    notes: list[tuple[Where, str]]


def spare_of(place: Place) -> str:
    """Where files wait for their names."""
    return os.path.join(place.control, "arriving")


def fetch(place: Place, doors: Sequence[Door], gaps: Gaps, processes: int, tell: Tell) -> Fetched:
    """Fetch everything that the gaps want, durably."""
    gaps.seal()
    if gaps.files < _SOME and gaps.size < _MUCH:
        processes = 1
    for door in doors:
        processes = min(processes, door.widen(processes, gaps.files))
    done, received = Fetched(0, set(), {}, []), 0
    way = way_of(place)
    with Contents(place) as here, Spare(spare_of(place)) as spare:
        incoming = Incoming(here.keep.main, own=way is Way.REFLINK)
        work = _Work(place, doors, gaps, way)
        for told in in_any_order(work, processes):
            if len(told) == 2:
                raise Unreachable(told[0], hint=told[1])
            came, digests, apart, failed, notes, files, size = told
            received += came
            for digest in digests:
                incoming.waits(Digest(digest))
            done.spare.update(apart)
            done.failed.update(failed)
            done.notes.extend(notes)
            tell(files, size)
        incoming.settle(_firsts(gaps, done))
        spare.sync()
    return done._replace(received=received)


def _firsts(gaps: Gaps, done: Fetched) -> set[Digest]:
    """The contents that get their names in the keep with the first file that has them (apply/placing.py)."""
    return {
        Digest(packed[_DIGEST])
        for index in range(len(gaps))
        for at, packed in enumerate(gaps.packed(index))
        if packed[_DIGEST] and (index, at) not in done.spare and (index, at) not in done.failed
    }


class _Work:
    """What is to be done, for each process."""

    def __init__(self, place: Place, doors: Sequence[Door], gaps: Gaps, way: Way) -> None:
        self._place = place
        self._doors = doors
        self._gaps = gaps
        self._way = way

    def __call__(self, number: int, processes: int) -> Iterator[Any]:
        """Do a part of it; the message and the hint of an error stand in place of a result."""
        try:
            yield from self._done(number, processes)
        except AnnexishError as error:
            yield str(error), error.hint

    def _done(self, number: int, processes: int) -> Iterator[Any]:
        with ExitStack() as stack:
            here = stack.enter_context(Contents(self._place))
            remotes = [stack.enter_context(door.enter(number)) for door in self._doors]
            spare = stack.enter_context(Spare(spare_of(self._place)))
            taking = Taking(here, remotes, incoming_into(here, self._way))
            hands = _Hands(here, taking, spare, self._way)
            for taken in taking.take_all(hands.wants(self._mine(number, processes))):
                hands.arrived(taken)
                if hands.files >= _TOGETHER:
                    yield hands.told()
            yield hands.told()

    def _mine(self, number: int, processes: int) -> Iterator[_File]:
        for index in range(len(self._gaps)):
            path = self._gaps.directory(index).path
            for at, packed in enumerate(self._gaps.packed(index)):
                if turn_of(packed, index) % processes == number:
                    entry = unpack(packed)
                    yield _File(join(path, entry.name), (index, at), entry)


def turn_of(packed: Packed, index: int) -> int:
    """A number that is the same for all entries with one content."""
    digest = packed[_DIGEST]
    return int(digest[0]) if digest else index


class _File(NamedTuple):
    """What is to be at a path."""

    path: RepoPath
    where: Where
    entry: Entry


class _Hands:
    """Prepares files one by one; those whose content is on its way wait for it."""

    def __init__(self, here: Contents, taking: Taking, spare: Spare, way: Way) -> None:
        self._here = here
        self._taking = taking
        self._spare = spare
        self._way = way
        self._dressing = Dressing()
        self._groups: set[tuple[object, ...]] = set()
        self._known: dict[Digest, bool] = {}
        """Contents that the keep has: whether their inode may still become the user's file."""
        self._waiting: dict[Digest, list[_File]] = {}
        self._begin()

    def _begin(self) -> None:
        self.files = self._size = 0
        self._came = self._taking.received
        self._apart: list[Where] = []
        self._failed: list[tuple[Where, tuple[str, str]]] = []
        self._notes: list[tuple[Where, str]] = []

    def told(self) -> tuple[Any, ...]:
        """Return what was done since the last time."""
        digests, self._taking.taken = self._taking.taken, []
        came = self._taking.received - self._came
        told = (came, digests, self._apart, self._failed, self._notes, self.files, self._size)
        self._begin()
        return told

    def wants(self, files: Iterable[_File]) -> Iterator[Want]:
        """Do what can be done for files before they have their names; yield the contents that they wait for."""
        for file in files:
            digest = file.entry.digest
            if digest in self._waiting:
                self._waiting[digest].append(file)
                continue
            try:
                comes = self._must_come(file)
                if not comes:
                    self._prepare(file)
            except _BAD as error:
                self._fail(file, error)
                continue
            if comes:
                assert digest is not None, "a file has a digest"
                self._waiting[digest] = [file]
                yield Want(digest, file.entry.size, None, file.entry)
            else:
                self._note(file)

    def arrived(self, taken: Taken) -> None:
        """Go on with the files that waited for a content."""
        digest = taken.want.digest
        first, *_ = waited = self._waiting.pop(digest)
        self._notes += [(first.where, note) for note in taken.notes]
        if taken.error is None:
            self._known[digest] = self._way is Way.LINK
        for file in waited:
            if taken.error is not None:
                self._fail(file, taken.error)
                continue
            try:
                self._prepare(file)
            except _BAD as error:
                self._fail(file, error)
            else:
                self._note(file)

    def _note(self, file: _File) -> None:
        self.files += 1
        self._size += file.entry.size

    def _fail(self, file: _File, error: Exception) -> None:
        """Name a file that cannot be had; what concerns the whole disk, or the other side, ends everything."""
        if isinstance(error, Unreachable):
            raise error
        if isinstance(error, OSError) and error.errno in DISK:
            raise Unreachable(f"nothing more can be written here: {error.strerror}") from error
        self._note(file)
        self._failed.append((file.where, _why(error)))

    def _must_come(self, file: _File) -> bool:
        """Whether a file needs a content that nobody asked for yet."""
        entry = file.entry
        if entry.kind is not Kind.FILE or not entry.size or entry.digest in self._known:
            return False
        assert entry.digest is not None, "a file has a digest"
        if entry.links and inode_of(entry) in self._groups:
            return False
        if not self._here.keep.main.holds(entry.digest):
            return True
        kept = self._here.keep.main.find(entry.digest)
        usable = kept is not None and kept.names == 1 and not kept.own
        self._known[entry.digest] = usable and self._dressed(file, entry.digest)
        return False

    def _prepare(self, file: _File) -> None:
        """Do what can be done before it has its name; its content is here."""
        entry = file.entry
        if entry.kind is not Kind.FILE or not entry.size:
            self._aside(file.where, self._spare.make(file.path, entry))
            return
        assert entry.digest is not None, "a file has a digest"
        group = inode_of(entry) if entry.links else None
        if group in self._groups:
            return
        if self._known[entry.digest]:
            # the next one that wants it gets a file of its own
            self._known[entry.digest] = False
        else:
            source = self._open(entry.digest)
            try:
                self._aside(file.where, self._spare.copy(file.path, entry, source))
            finally:
                os.close(source)
        if group is not None:
            self._groups.add(group)

    def _dressed(self, file: _File, digest: Digest) -> bool:
        """Let a kept inode that nobody else has a name for look like the user's file; False if it may not be opened."""
        source = self._here.keep.main.open(digest)
        if source is None:
            return False
        entry = file.entry
        try:
            if not self._dressing.wears(os.fstat(source), entry) or attributes_of(source) != entry.attributes:
                self._notes += [(file.where, note) for note in self._dressing.again(source, entry)]
        finally:
            os.close(source)
        return True

    def _open(self, digest: Digest) -> int:
        taken = self._taking.open(digest)
        found = self._here.descriptor(digest) if taken is None else taken
        if found is None:
            raise Missing("its content is not here any more")
        return found

    def _aside(self, where: Where, notes: Sequence[str]) -> None:
        self._apart.append(where)
        self._notes += [(where, note) for note in notes]


def _why(error: Exception) -> tuple[str, str]:
    """A code of `Problem`, and the reason."""
    if isinstance(error, Missing):
        return "absent", str(error)
    if isinstance(error, Corrupt):
        return "corrupt", str(error)
    return "failed", getattr(error, "strerror", None) or str(error)
