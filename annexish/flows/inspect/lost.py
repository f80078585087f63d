"""What was deleted or overwritten and not confirmed: what commits recorded, and what no commit has recorded yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from annexish.apply.keeps import Keeps
from annexish.flows.inspect.status import status
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.state import State
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, within
from annexish.model.report import Lost, Progress, Status
from annexish.store.losses import Loss, Losses


def lost(place: Place, paths: Sequence[RepoPath], progress: Progress | None) -> Iterator[Lost]:
    """Yield what is lost at or below the paths (everywhere without any), the newest first."""
    with keep_of(place) as keep:
        yield from uncommitted(place, paths, keep, progress)
        with closing(State(place)) as state:
            for loss in Losses(state.cache).newest_first():
                if not paths or any(within(loss.path, path) for path in paths):
                    yield from_loss(loss, keep)


def uncommitted(place: Place, paths: Sequence[RepoPath], keep: Keeps, progress: Progress | None) -> Iterator[Lost]:
    """Yield what a commit would record as lost."""
    found = status(place, paths, ignored=False, progress=progress)
    if found.head is None:
        return
    seen = place.history.commit(found.head).author.time
    for path, entry, replaced in losing(found):
        yield from_entry(path, entry, keep, seen, replaced=replaced)


def losing(found: Status) -> Iterator[tuple[RepoPath, Entry, bool]]:
    """Yield the path and the entry of what the changes lose, and whether other bytes are there now."""
    for change in found.difference.changes:
        before, after, path = change.before, change.after, change.old_path
        if before is None or path is None:
            continue
        if after is None or (before.kind is Kind.FILE and before.digest != after.digest):
            yield path, before, after is not None


def from_entry(path: RepoPath, entry: Entry, keep: Keeps, seen: int, *, replaced: bool) -> Lost:
    """A loss that no commit recorded."""
    recoverable = entry.kind is not Kind.FILE or not entry.size or _keeps(keep, entry)
    away = not recoverable and _may_be_away(keep, entry.digest)
    return Lost(path, entry.kind, entry.size, entry.digest, None, seen, None, replaced, recoverable, away=away)


def from_loss(loss: Loss, keep: Keeps) -> Lost:
    """A loss that a commit recorded."""
    recoverable = True
    if loss.kind is Kind.FILE and loss.size and loss.digest is not None:
        kept = keep.find(loss.digest)
        recoverable = kept is not None and kept.size == loss.size
    away = not recoverable and _may_be_away(keep, loss.digest)
    path, kind, size, digest, commit = loss.path, loss.kind, loss.size, loss.digest, loss.commit
    return Lost(path, kind, size, digest, commit, loss.seen, loss.time, loss.replaced, recoverable, away=away)


def _may_be_away(keep: Keeps, digest: Digest | None) -> bool:
    """Whether a content that no keep has may be in one that cannot be seen now."""
    return bool(keep.away) and digest is not None and keep.find(digest) is None


def _keeps(keep: Keeps, entry: Entry) -> bool:
    """Whether the keep has a content, as far as records tell: a program may have written to it in place."""
    assert entry.digest is not None, "a file has a digest"
    kept = keep.find(entry.digest)
    return kept is not None and kept.size == entry.size and (kept.names == 1 or kept.mtime == entry.mtime_ns)
