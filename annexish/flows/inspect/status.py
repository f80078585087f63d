"""What a commit would record: the same stages, into a store that is thrown away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from annexish.flows.place.place import Place
from annexish.flows.state.outset import check, scan_of
from annexish.flows.state.state import State
from annexish.model.path import RepoPath
from annexish.model.report import Difference, Progress, Status
from annexish.store.journal import Journal
from annexish.store.losses import Losses

if TYPE_CHECKING:
    from annexish.model.ids import TreeId


def status(place: Place, paths: Iterable[RepoPath], *, ignored: bool, progress: Progress | None) -> Status:
    """Compare the working tree with the last commit."""
    state = State(place)
    return compare_with(state, state.tree, list(paths), ignored=ignored, progress=progress)


def compare_with(
    state: State, tree: TreeId | None, paths: Sequence[RepoPath], *, ignored: bool, progress: Progress | None
) -> Status:
    """Compare the working tree with any snapshot; `opened` is what a commit would open, whatever is compared."""
    with closing(state):
        losses = Losses(state.cache)
        lost, bare = losses.total(), losses.bare()
        conflicts = int(state.cache.meta("conflicts") or 0)
        found = _compared(state, tree, paths, ignored=ignored, progress=progress)
        interrupted = Journal(state.place.control).pending()
        return found._replace(lost=lost, unprotected=bare, conflicts=conflicts, interrupted=interrupted)


def _compared(
    state: State, tree: TreeId | None, paths: Sequence[RepoPath], *, ignored: bool, progress: Progress | None
) -> Status:
    # what has another size than after the last commit may still be what it was in an older one
    scan = scan_of(state.place, thorough=tree != state.tree, list_ignored=ignored, progress=progress)
    outset = check(scan, state.cache)
    absent = int(state.cache.meta("absent") or 0)
    if outset.nothing and tree == state.tree:
        return Status(state.base, Difference((), Counter()), (), (), absent)
    from annexish.flows.inspect.compared import compared

    return compared(state, scan, outset, tree, paths, absent)
