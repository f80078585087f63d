"""Let contents go here, once others have proved that they hold them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from annexish.apply.copying import digest_of
from annexish.codec.shards import nibbles
from annexish.diff.pieces import pieces
from annexish.diff.resolve import find_entry
from annexish.errors import Missing
from annexish.flows.contents.telling import tell
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import record
from annexish.flows.place.place import Place
from annexish.flows.remotes.proving import Away, Others, others_locked
from annexish.flows.state.entries import KINDS
from annexish.flows.state.presence import Presence
from annexish.flows.state.scoped import scope_in
from annexish.flows.tree.absent import forget, vanish
from annexish.flows.tree.settle import settle
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.ids import TreeId
from annexish.model.path import RepoPath, join, split, within
from annexish.model.report import Problem, Progress, Step, Tick
from annexish.model.scope import Anchor
from annexish.plan.copies import Minimum
from annexish.store.history import Nodes
from annexish.store.scope import write_scope
from annexish.system.descend import Descent

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Request(NamedTuple):
    """What is to go; `copies` is how many others must prove it, None for the setting `copies.minimum`."""

    paths: Sequence[RepoPath]
    copies: int | None = None
    dry_run: bool = False
    progress: Progress | None = None


class Dropped(NamedTuple):
    """What went, or would go; `needed` counts files that too few others proved, `away` who could prove nothing."""

    steps: Sequence[Step]
    problems: Sequence[Problem]
    needed: int
    away: Sequence[Away]
    bytes_freed: int = 0


class File(NamedTuple):
    """Something that may go: what is at its path now, None if only the keep has its content."""

    path: RepoPath
    entry: Entry
    seen: os.stat_result | None


def drop(place: Place, request: Request) -> Dropped:
    """Make what is at and below paths absent here; raise Missing for a path that the newest commit does not have.

    This repository and those that prove are locked, so that two never let go of what each counts on the other to have.
    """
    with others_locked(place) as others:
        settle(place)
        head = place.head()
        load = Held(Nodes(place.history))
        tree = place.history.commit(head).tree if head else None
        asked = [_found(load, tree, path) for path in request.paths]
        if tree is None:
            return Dropped((), (), 0, others.away)
        files, changed = candidates(place, load, tree, request.paths)
        going, needed = proven(place, request, others, files)
        steps = [Step("drop", one.path, one.entry.kind, one.entry.size) for one in going]
        if request.dry_run:
            return Dropped(steps, (*changed, *needed), len(needed), others.away)
        left = [problem.path for problem in (*changed, *needed)]
        _unwant(place, load, tree, [*asked] if not left else _tops(load, tree, going, left, request.paths))
        forget(place, [(one.path, one.entry) for one in going])
        gone = vanish(place, going)
        if steps:
            record(place, "drop", " ".join(os.fsdecode(path) or "." for path in request.paths), (head, head))
        tell(place)
        others.told()
    stays = {problem.path for problem in gone.problems}
    done = [step for step in steps if step.path not in stays]
    return Dropped(done, (*changed, *needed, *gone.problems), len(needed), others.away, gone.bytes_freed)


def _found(load: Held, tree: TreeId | None, path: RepoPath) -> Anchor:
    found = find_entry(load, tree, path, nibbles) if tree else None
    if found is None:
        raise Missing(f"there is no {os.fsdecode(path) or '.'!r} in the newest commit", hint="`annexish ls` lists all")
    return Anchor(path, found[0].ids)


def candidates(
    place: Place, load: Held, tree: TreeId, paths: Sequence[RepoPath], goes: Callable[[RepoPath], bool] = bool
) -> tuple[list[File], list[Problem]]:
    """Return what is here of the paths and `goes`, and what of it is something else than recorded."""
    files: list[File] = []
    changed: list[Problem] = []
    with closing(Presence(place, load)) as present, keep_of(place) as keeps, Descent(place.root) as descent:
        for path, entry in _inside(load, tree, paths):
            if not goes(path):
                continue
            seen, record = _seen(descent, path), present.recorded(path, entry)
            if seen is not None and _is_same(descent, File(path, entry, seen), record):
                files.append(File(path, entry, seen))
            elif record is not None:
                changed.append(Problem(path, "changed", "it is not as it was recorded: commit it first"))
            elif entry.digest and entry.size and keeps.find(entry.digest) is not None:
                files.append(File(path, entry, None))
    return files, changed


def _inside(load: Held, tree: TreeId, paths: Sequence[RepoPath]) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield all that is no directory at and below paths, each once."""
    for piece in pieces(load, tree, paths):
        for entry in piece.entries:
            path = join(piece.path, entry.name)
            if entry.kind is not Kind.DIRECTORY and any(within(path, one) for one in paths):
                yield path, entry


def _seen(descent: Descent, path: RepoPath) -> os.stat_result | None:
    above, name = split(path)
    try:
        return os.stat(name, dir_fd=descent.open(above), follow_symlinks=False)
    except OSError:
        return None


def _is_same(descent: Descent, file: File, record: Stat | None) -> bool:
    """Whether what is there is what was recorded; or what an entry says, left by a drop that was killed."""
    entry, seen = file.entry, file.seen
    assert seen is not None, "something is there"
    if KINDS.get(seen.st_mode & 0o170000) is not entry.kind:
        return False
    if record is None:
        return (entry.kind is not Kind.FILE or seen.st_size == entry.size) and _is(descent, file.path, entry)
    if (seen.st_mode, seen.st_size, seen.st_mtime_ns) != (record.mode, record.size, record.mtime):
        return False
    return (seen.st_ino, seen.st_ctime_ns) == (record.inode, record.ctime) or _is(descent, file.path, entry)


def _is(descent: Descent, path: RepoPath, entry: Entry) -> bool:
    """Whether a file or link has the content of an entry; it is read."""
    above, name = split(path)
    try:
        if entry.kind is not Kind.FILE:
            return entry.kind is Kind.SYMLINK and os.readlink(name, dir_fd=descent.open(above)) == entry.target
        descriptor = os.open(name, _READ, dir_fd=descent.open(above))
    except OSError:
        return False
    try:
        return digest_of(descriptor) == entry.digest
    finally:
        os.close(descriptor)


def proven(place: Place, request: Request, others: Others, files: Sequence[File]) -> tuple[list[File], list[Problem]]:
    """Divide files into those that enough others hold, and those that are needed here."""
    minimum = Minimum(place.settings.get("copies.minimum"))
    sizes = {one.entry.digest: one.entry.size for one in files if one.entry.digest and one.entry.size}
    proofs = others.proven(sorted(digest for digest in sizes if digest), _teller(request.progress, len(sizes)))
    going: list[File] = []
    needed: list[Problem] = []
    for one in files:
        want = request.copies if request.copies is not None else minimum.at(one.path)
        have = proofs[one.entry.digest] if one.entry.digest else want
        if one.entry.size and have < want:
            needed.append(Problem(one.path, "needed", f"{have} of {want} other copies were proved now"))
        else:
            going.append(one)
    return going, needed


def _teller(progress: Progress | None, total: int) -> Callable[[int], None]:
    read: Counter[str] = Counter()

    def told(number: int) -> None:
        read["contents"] += number
        if progress is not None:
            progress(Tick("proving", b"", read["contents"], max(total, read["contents"]), 0, None))

    return told


def _unwant(place: Place, load: Held, tree: TreeId, anchors: Sequence[Anchor]) -> None:
    """Let the scope say, durably, that nobody wants this here."""
    if anchors:
        write_scope(place.control, scope_in(load, tree, place.scope).marked(anchors, wanted=False))


def _tops(
    load: Held, tree: TreeId, going: Sequence[File], left: Sequence[RepoPath], asked: Sequence[RepoPath]
) -> list[Anchor]:
    """Return the highest of what goes, at or below what was asked, that have nothing in them that is left."""
    spoiled = {above for path in left for above in _upwards(path)}
    tops: set[RepoPath] = set()
    for one in going:
        top = one.path
        while top not in asked and (above := split(top)[0]) not in spoiled:
            top = above
        tops.add(top)
    return [_found(load, tree, top) for top in sorted(tops)]


def _upwards(path: RepoPath) -> Iterator[RepoPath]:
    yield path
    while path:
        path, _ = split(path)
        yield path
