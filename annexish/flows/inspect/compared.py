"""A working tree that differs, compared with a snapshot: built into a scratch store, then compared by identity."""

from __future__ import annotations

from collections.abc import Sequence

from annexish.flows.commit.aside import conflicts_of
from annexish.flows.commit.build import Built
from annexish.flows.commit.changes import Changes
from annexish.flows.commit.snapshot import look, take
from annexish.flows.state.outset import Outset, Scan
from annexish.flows.state.past import Past
from annexish.flows.state.state import State
from annexish.model.ids import TreeId
from annexish.model.path import RepoPath
from annexish.model.report import Difference, Status
from annexish.store.history import Nodes
from annexish.store.losses import Losses
from annexish.store.scratch import Scratch


def _forget(_: Built) -> None:
    """Nothing is remembered of what is only looked at."""


def compared(
    state: State, scan: Scan, outset: Outset, tree: TreeId | None, paths: Sequence[RepoPath], absent: int
) -> Status:
    """Return the differences. They hold the objects that were built until they are forgotten, and not the cache."""
    nodes = Nodes(state.history, Scratch())
    scan = scan._replace(returned=Losses(state.cache).returned())
    past = Past(state.cache, nodes)
    found = look(scan, outset, state.cache, past)
    taken = take(scan, found, past, nodes, _forget)
    changes = Changes(past.node, tree, taken.tree, paths)
    opened = conflicts_of(taken.asides, state.place)
    return Status(
        head=state.base,
        difference=Difference(changes, changes.counts),
        problems=tuple(taken.problems),
        ignored=tuple(RepoPath(path) for path in sorted(found.survey.ignored)),
        absent=absent + taken.tally.absent,
        opened=tuple(opened),
    )
