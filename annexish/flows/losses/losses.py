"""What a commit loses: objects that are gone, and bytes that were replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from annexish.diff.compare import compare
from annexish.flows.place.keeping import Mending, no_longer_kept
from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId
from annexish.model.path import RepoPath
from annexish.model.report import Problem
from annexish.store.history import History, Nodes
from annexish.store.losses import Loss, Losses


def losses_of(changes: Iterable[Change], commit: CommitId, seen: int, time: int) -> Iterator[Loss]:
    """Yield the losses among the changes of a commit; `seen` and `time` are those of its parent and its own (s)."""
    for change in changes:
        loss = _loss(change, commit, seen, time)
        if loss is not None:
            yield loss


def _loss(change: Change, commit: CommitId, seen: int, time: int) -> Loss | None:
    before, after = change.before, change.after
    if before is None or change.old_path is None:
        return None
    replaced = after is not None
    if replaced and (before.kind is not Kind.FILE or after is None or before.digest == after.digest):
        return None
    return Loss(commit, change.old_path, before.kind, before.size, before.digest, seen, time, replaced)


def all_losses(history: History, head: CommitId, kept: Callable[[bytes], bool]) -> Iterator[Loss]:
    """Yield the losses of all commits, oldest first, of which the bytes are still there: for a cache that was lost."""
    load = Nodes(history)
    chain = list(first_parents(history, head))
    for before, after in pairwise(chain):
        changes = compare(load, before.tree, after.tree, count_inside=False)
        for loss in losses_of(changes, after.id, before.author.time, after.author.time):
            if loss.digest is None or loss.size == 0 or kept(loss.digest):
                yield loss


Held = Callable[[RepoPath, Entry], bool]
"""Whether what a snapshot has at a path was here, or its content is."""


class Passage(NamedTuple):
    """From one snapshot to the next: `commit` made it at `time`; `seen` is the time of the one before (s)."""

    commit: CommitId
    seen: int
    time: int


def note_losses(
    losses: Losses, changes: Iterable[Change], passage: Passage, mending: Mending | None, held: Held | None = None
) -> list[Problem]:
    """Record what a commit loses by its changes; return a problem for each path whose bytes are nowhere in the keep.

    What was never `held` here cannot be lost here.
    """
    missing: list[Loss] = []
    for change in changes:
        loss = _loss(change, passage.commit, passage.seen, passage.time)
        was = change.before
        if loss is None or was is None or (held is not None and not held(loss.path, was)):
            continue
        losses.add((loss,))
        if loss.digest:
            losses.set_bare((loss.digest,), bare=False)
        if mending and was.kind is Kind.FILE and not mending.still_kept(was):
            missing.append(loss)
    again = mending.keep_again(loss.digest for loss in missing if loss.digest) if mending else ()
    return [no_longer_kept(loss.path) for loss in missing if loss.digest not in again]


def first_parents(history: History, head: CommitId) -> Iterator[Commit]:
    """Yield the commits that led to the head by first parents, oldest first."""
    chain = [head]
    while parents := history.commit(chain[-1]).parents:
        chain.append(parents[0])
    return map(history.commit, reversed(chain))
