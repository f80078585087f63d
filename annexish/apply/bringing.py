"""Bring objects back to where nothing is: from the keep into the working tree, or into another directory.

Nothing is ever overwritten: a name is taken by linking to it, which fails if it is there.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from annexish.apply.copying import digest_of, sync_file_system
from annexish.apply.dressing import DISK, Dressing, bare
from annexish.apply.joining import inode_of
from annexish.apply.keep import copied, is_own
from annexish.apply.keeps import Keeps
from annexish.apply.special import TYPES, make_special
from annexish.apply.staging import Staging
from annexish.model.beside import beside
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.path import TOP, RepoPath, join, split
from annexish.model.report import Problem, Step
from annexish.system.attributes import attributes_of
from annexish.system.descend import OPEN, Descent

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NAMELESS = os.O_RDWR | getattr(os, "O_TMPFILE", 0) | os.O_CLOEXEC
_STAGED = 4096
"""How many files are staged at most before they are made durable and get their names: each is open until then.

A quarter of the files that may be open is the most: directories are open too, those of each keep among them.
"""
_BYTES = 256 << 20
"""How many bytes are staged at most: what is staged is gone when the command fails."""

MADE, THERE, BESIDE, MISSING, BROKEN, FAILED = "made", "there", "beside", "missing", "broken", "failed"
LEFT = "left"
CHANGED = "it is not what was recorded; it stays as it is"


class Brought(NamedTuple):
    """What became of one object: `path` is where it is now, `how` one of the words above, `size` what was written.

    `notes` say what of its metadata could not be set, or why it failed.
    """

    path: RepoPath
    entry: Entry
    how: str
    wanted: RepoPath
    notes: tuple[str, ...] = ()

    def told(self) -> tuple[Step | None, list[Problem]]:
        """Return what to say of it: the step that was made, and what is wrong."""
        noted = [Problem(self.path, "note", note) for note in self.notes]
        if self.how == THERE:
            return None, noted
        if self.how == LEFT:
            return None, [Problem(self.path, "left", self.notes[0] if self.notes else CHANGED)]
        if self.how not in (MADE, BESIDE):
            reason = self.notes[0] if self.notes else _REASONS.get(self.how)
            return None, [Problem(self.wanted, "missing", reason)] if reason else []
        wanted = self.wanted if self.how == BESIDE else None
        step = Step(_WORDS.get(self.entry.kind, "special"), self.path, self.entry.kind, self.entry.size, wanted)
        return step, noted


_WORDS = {Kind.DIRECTORY: "mkdir", Kind.SYMLINK: "symlink", Kind.FILE: "copy"}
_REASONS = {
    MISSING: "its content is nowhere here",
    BROKEN: "what is kept of it is not what it should be; `annexish verify` says more",
}


class _Old(NamedTuple):
    """What is to be replaced, if it is as `found` says still, through a staging directory."""

    staging: Staging
    found: os.stat_result


class _Waiting(NamedTuple):
    """A file without a name, the name that it will have, and what has that now, if something is meant to."""

    descriptor: int
    wanted: RepoPath
    entry: Entry
    notes: tuple[str, ...]
    old: _Old | None


class Bringing:
    """Makes names below `top`; directories are dressed at the end, as what is made in them changes their times.

    `again`: what was made before and could not be dressed with its name is dressed too.
    `hashed` are kept contents that the caller just hashed: as long as nobody else has a name for them they are right.
    """

    def __init__(
        self, top: bytes, keep: Keeps, *, again: bool = False, hashed: AbstractSet[Digest] = frozenset()
    ) -> None:
        self._again = again
        self._hashed = hashed
        self._descent = Descent(top)
        self._keep = keep
        self._nowhere = ("its content is not here; it may be in a keep that is away",) if keep.away else ()
        self._dressing = Dressing()
        self._waiting: list[_Waiting] = []
        self._most = _most_staged()
        self._bytes = 0
        self._promised: set[tuple[int, int]] = set()
        """Kept inodes that wait for a name: they are no second file's."""
        self._directories: list[tuple[RepoPath, Entry]] = []
        self._groups: dict[tuple[object, ...], RepoPath] = {}
        self._elsewhere: dict[RepoPath, RepoPath] = {}
        self._places: dict[int, int] = {}
        """A directory of each file system that was written to, by its device."""
        self._fresh: set[RepoPath] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for waiting in self._waiting:
            os.close(waiting.descriptor)
        for descriptor in self._places.values():
            os.close(descriptor)
        self._descent.close()

    def bring(self, path: RepoPath, entry: Entry) -> Iterator[Brought]:
        """Make one object; yield it, and others that waited for being durable, when they have their names."""
        path = self._actual(path)
        if self._keep.covers(path):
            yield Brought(path, entry, FAILED, path, ("it has the name of the control directory",))
            return
        try:
            if entry.kind is Kind.DIRECTORY:
                yield self._directory(path, entry)
            elif entry.kind is Kind.FILE:
                yield from self._file(path, entry)
            else:
                yield self._other(path, entry)
        except OSError as error:
            yield _failed(path, entry, error)

    def finish(self) -> Iterator[Brought]:
        """Give what waits its names, dress the directories that were made, and make everything durable."""
        yield from self.publish()
        yield from self._dress(reversed(self._directories))
        if self._directories:
            self._wrote_in(self._descent.open(TOP))
        self._sync()

    def _wrote_in(self, directory: int) -> None:
        """Note that something was made in an open directory."""
        device = os.fstat(directory).st_dev
        if device not in self._places:
            self._places[device] = os.open(".", OPEN, dir_fd=directory)

    def _sync(self) -> None:
        """Make durable what was made."""
        for descriptor in self._places.values():
            sync_file_system(descriptor)

    def has(self, path: RepoPath, entry: Entry) -> bool:
        """Whether a file with the very content is at a path."""
        parent, name = split(path)
        return self._has(self._descent.open(parent), name, entry)

    def replace(self, path: RepoPath, entry: Entry, staging: Staging, old: os.stat_result) -> Iterator[Brought]:
        """Put another content in the place of a file; the caller has made sure that the old one is kept.

        It waits for being durable, as what `bring` makes. What is there by then and is not as `old` says stays.
        """
        source = self._keep.open(entry.digest) if entry.size and entry.digest else None
        if source is None and entry.size:
            yield Brought(path, entry, MISSING, path, self._nowhere)
            return
        try:
            directory = self._descent.open(split(path)[0])
            if source is not None and self._lendable(found := os.fstat(source), directory):
                lent = self._lent(directory, entry, source, found)
                self._promised.add((found.st_dev, found.st_ino))
                yield from self._wait(path, entry, *lent, _Old(staging, old))
            else:
                yield from self.replace_from(path, entry, staging, source, old)
        finally:
            if source is not None:
                os.close(source)

    def replace_from(
        self, path: RepoPath, entry: Entry, staging: Staging, source: int | None, old: os.stat_result
    ) -> Iterator[Brought]:
        """Do that with the content of an open file; None for an empty one."""
        directory = self._descent.open(split(path)[0])
        yield from self._wait(path, entry, *self._staged(directory, entry, source), _Old(staging, old))

    def wears(self, found: os.stat_result, entry: Entry) -> bool:
        """Whether a file has the recorded mode, time and owner."""
        return self._dressing.wears(found, entry)

    def dress(self, objects: Iterable[tuple[RepoPath, Entry]]) -> list[Problem]:
        """Give what is there the metadata of its entries, directories deepest first; return what could not be set."""
        return [problem for brought in self._dress(objects) for problem in brought.told()[1]]

    def _dress(self, objects: Iterable[tuple[RepoPath, Entry]]) -> Iterator[Brought]:
        """Yield those of which something could not be set."""
        for path, entry in objects:
            try:
                notes = self._dressed(path, entry)
            except OSError as error:
                if error.errno in DISK:
                    raise
                notes = [] if error.errno == errno.ENOENT else [f"its metadata are not set: {error.strerror}"]
            if notes:
                yield Brought(path, entry, THERE, path, tuple(notes))

    def _dressed(self, path: RepoPath, entry: Entry) -> list[str]:
        parent, name = split(path)
        if entry.kind is Kind.DIRECTORY:
            return self._dressing.directory_again(self._descent.open(path), entry)
        if entry.kind is not Kind.FILE:
            return self._dressing.other(self._descent.open(parent), entry._replace(name=name))
        descriptor = os.open(name, _READ, dir_fd=self._descent.open(parent))
        try:
            return self._dressing.again(descriptor, entry)
        finally:
            os.close(descriptor)

    def _directory(self, path: RepoPath, entry: Entry) -> Brought:
        parent, name = split(path)
        if not name:
            return Brought(path, entry, THERE, path)
        above = self._descent.open(parent)
        for candidate in names_beside(name, entry):
            at = join(parent, candidate)
            made = self._enter(above, candidate)
            if made is None:
                continue
            if at != path:
                self._elsewhere[path] = at
            if made:
                self._fresh.add(at)
            if made or self._again:
                self._directories.append((at, entry))
            return Brought(at, entry, THERE if not made else MADE if at == path else BESIDE, path)
        raise FileExistsError(errno.EEXIST, "every name beside it is taken")

    def _enter(self, above: int, name: bytes) -> bool | None:
        """Make a directory, or leave nothing; return False if it is there, None if something else is."""
        made = False
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=above)
            made = True
        try:
            descriptor = os.open(name, OPEN, dir_fd=above)
            try:
                if made:
                    self._wrote_in(above)
                    bare(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            if made:
                with suppress(OSError):
                    os.rmdir(name, dir_fd=above)
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                return None
            raise
        return made

    def _actual(self, path: RepoPath) -> RepoPath:
        """Return where a path is, if a directory above it is beside its place."""
        at = split(path)[0] if self._elsewhere else TOP
        while at:
            if at in self._elsewhere:
                return RepoPath(self._elsewhere[at] + path[len(at) :])
            at = split(at)[0]
        return path

    def _file(self, path: RepoPath, entry: Entry) -> Iterator[Brought]:
        parent, name = split(path)
        directory = self._descent.open(parent)
        # in a directory that was just made there is nothing; if somebody is faster, taking the name fails
        if parent not in self._fresh and self._has(directory, name, entry):
            yield Brought(path, entry, THERE, path)
            return
        if entry.links and inode_of(entry) in self._groups:
            yield self._joined(path, entry)
            return
        if not entry.size:
            descriptor, notes = self._staged(directory, entry, None)
        else:
            assert entry.digest is not None, "a file has a digest"
            source = self._keep.open(entry.digest)
            if source is None:
                yield Brought(path, entry, MISSING, path, self._nowhere)
                return
            try:
                found = os.fstat(source)
                if self._lendable(found, directory):
                    yield self._linked(directory, path, entry, source, found)
                    return
                descriptor, notes = self._staged(directory, entry, source)
            finally:
                os.close(source)
        yield from self._wait(path, entry, descriptor, notes)

    def bring_from(self, path: RepoPath, entry: Entry, source: int) -> Iterator[Brought]:
        """Make one file with the content of an open one."""
        try:
            directory = self._descent.open(split(path)[0])
            yield from self._wait(path, entry, *self._staged(directory, entry, source))
        except OSError as error:
            yield _failed(path, entry, error)

    def _wait(
        self, path: RepoPath, entry: Entry, descriptor: int, notes: tuple[str, ...], old: _Old | None = None
    ) -> Iterator[Brought]:
        """Let a file that was staged wait for its name."""
        if descriptor < 0:
            yield Brought(path, entry, BROKEN, path)
            return
        self._waiting.append(_Waiting(descriptor, path, entry, notes, old))
        self._bytes += entry.size
        # another name of the same file needs the inode of this one
        if len(self._waiting) >= self._most or self._bytes >= _BYTES or entry.links:
            yield from self.publish()

    def _joined(self, path: RepoPath, entry: Entry) -> Brought:
        """Another name of a file that was just brought back."""
        above, name = split(self._groups[inode_of(entry)])
        first = os.open(name, _READ, dir_fd=self._descent.open(above))
        try:
            at = self._name_it(self._descent.open(split(path)[0]), path, entry, first)
        finally:
            os.close(first)
        return Brought(at or path, entry, THERE if at is None else MADE if at == path else BESIDE, path)

    def _has(self, directory: int, name: bytes, entry: Entry) -> bool:
        """Whether the very content is there already."""
        try:
            found = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if found.st_size != entry.size or found.st_mode & 0o170000 != 0o100000:
                return False
            descriptor = os.open(name, _READ, dir_fd=directory)
        except OSError:
            return False
        try:
            return digest_of(descriptor) == entry.digest or not entry.size
        finally:
            os.close(descriptor)

    def _linked(self, directory: int, path: RepoPath, entry: Entry, source: int, found: os.stat_result) -> Brought:
        """Let the kept inode be the user's file again."""
        descriptor, notes = self._lent(directory, entry, source, found)
        if descriptor < 0:
            return Brought(path, entry, BROKEN, path)
        try:
            at = self._name_it(directory, path, entry, descriptor)
        finally:
            os.close(descriptor)
        if at is None:
            return Brought(path, entry, THERE, path)
        return Brought(at, entry, MADE if at == path else BESIDE, path, notes)

    def _lendable(self, found: os.stat_result, directory: int) -> bool:
        """Whether the only name of an inode is the one in the keep, so that the file itself can come back.

        One that waits for its name is another file's already.
        """
        alone = found.st_nlink == 1 and found.st_dev == os.fstat(directory).st_dev and not is_own(found)
        return alone and (found.st_dev, found.st_ino) not in self._promised

    def _lent(self, directory: int, entry: Entry, source: int, found: os.stat_result) -> tuple[int, tuple[str, ...]]:
        """Return a kept inode that nobody else has a name for, with its metadata; -1 if it has other bytes."""
        if entry.digest not in self._hashed and digest_of(source, found.st_size) != entry.digest:
            return -1, ()
        notes: list[str] = []
        if not self._dressing.wears(found, entry) or attributes_of(source) != entry.attributes:
            notes = self._dressing.again(source, entry)
        self._wrote_in(directory)
        return os.dup(source), tuple(notes)

    def _staged(self, directory: int, entry: Entry, source: int | None) -> tuple[int, tuple[str, ...]]:
        """Return a file without a name, with the content and metadata; -1 if the content is not what it should be."""
        descriptor = os.open(b".", _NAMELESS, self._dressing.mode_to_make(entry), dir_fd=directory)
        try:
            with suppress(OSError):
                self._dressing.uninherit(descriptor, entry)
            if source is not None and copied(source, descriptor, entry.size) != entry.digest:
                os.close(descriptor)
                return -1, ()
            self._wrote_in(directory)
            return descriptor, tuple(self._dressing.file(descriptor, entry))
        except BaseException:
            os.close(descriptor)
            raise

    def publish(self) -> Iterator[Brought]:
        """Make durable what was staged, then give it its names, or let it change places with what it replaces."""
        if not self._waiting:
            return
        self._sync()
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        for staged in waiting:
            try:
                yield self._published(staged)
            except OSError as error:
                yield _failed(staged.wanted, staged.entry, error, LEFT if staged.old else FAILED)
            finally:
                os.close(staged.descriptor)
        self._promised.clear()

    def _published(self, staged: _Waiting) -> Brought:
        descriptor, path, entry, notes, old = staged
        parent, name = split(path)
        directory = self._descent.open(parent)
        if old is None:
            at = self._name_it(directory, path, entry, descriptor)
            return Brought(at or path, entry, THERE if at is None else MADE if at == path else BESIDE, path, notes)
        if not old.staging.give_place(descriptor, directory, name, old.found):
            return Brought(path, entry, LEFT, path)
        return Brought(path, entry, MADE, path, notes)

    def _name_it(self, directory: int, path: RepoPath, entry: Entry, descriptor: int) -> RepoPath | None:
        """Give an open file the name that was asked for, or one beside it; None if the same bytes are there."""
        parent, name = split(path)
        for candidate in names_beside(name, entry):
            try:
                os.link(b"/proc/self/fd/%d" % descriptor, candidate, dst_dir_fd=directory, follow_symlinks=True)
            except FileExistsError:
                if self._has(directory, candidate, entry):
                    return None
                continue
            at = join(parent, candidate)
            if entry.links:
                self._groups.setdefault(inode_of(entry), at)
            return at
        raise FileExistsError(errno.EEXIST, "every name beside it is taken")

    def _other(self, path: RepoPath, entry: Entry) -> Brought:
        """A symbolic link or a special file."""
        parent, name = split(path)
        directory = self._descent.open(parent)
        for candidate in names_beside(name, entry):
            try:
                make_special(directory, candidate, entry)
            except FileExistsError:
                if self._same_other(directory, candidate, entry):
                    if self._again:
                        self._dressing.other(directory, entry._replace(name=candidate))
                    return Brought(join(parent, candidate), entry, THERE, path)
                continue
            self._wrote_in(directory)
            notes = self._dressing.other(directory, entry._replace(name=candidate))
            at = join(parent, candidate)
            return Brought(at, entry, MADE if at == path else BESIDE, path, tuple(notes))
        raise FileExistsError(errno.EEXIST, "every name beside it is taken")

    def _same_other(self, directory: int, name: bytes, entry: Entry) -> bool:
        try:
            if entry.kind is Kind.SYMLINK:
                return os.readlink(name, dir_fd=directory) == entry.target
            return os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode & 0o170000 == TYPES[entry.kind]
        except OSError:
            return False


def _most_staged() -> int:
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _STAGED if allowed == resource.RLIM_INFINITY else min(max(allowed // 4, 1), _STAGED)


def _failed(path: RepoPath, entry: Entry, error: OSError, how: str = FAILED) -> Brought:
    """Say that one object could not be made; raise what would fail for all others too."""
    if error.errno in DISK:
        raise error
    return Brought(path, entry, how, path, (error.strerror or str(error),))


def names_beside(name: bytes, entry: Entry) -> Iterator[bytes]:
    """Yield the name, then names beside it that say what they are, in a form that keeps the extension."""
    yield name
    mark = b".recovered-" + (entry.digest or entry.id).hex()[:8].encode()
    for number in range(1, 100):
        yield beside(name, mark + (b"-%d" % number if number > 1 else b""))
