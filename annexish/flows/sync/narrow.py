"""What leaves the scope goes from here, once others have proved that they hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from annexish.apply.vacant import remove_vacant
from annexish.errors import Refused
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.remotes.proving import Others
from annexish.flows.sync.drop import Request, candidates, proven
from annexish.flows.tree.absent import forget, forget_directories, vanish
from annexish.model.entry import Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join
from annexish.model.report import Problem, Step
from annexish.plan.scope import Placed
from annexish.store.scope import write_scope

_SHOWN = 3


class Narrowed(NamedTuple):
    """What went, what stays although it is out of scope, and the allocated bytes that are free now."""

    steps: Sequence[Step]
    problems: Sequence[Problem]
    bytes_freed: int


def narrow(place: Place, others: Others, load: Held, tree: TreeId, old: Placed, new: Placed) -> Narrowed:
    """Write the new scope and let what leaves it go; both sides are locked.

    Raise Refused, with nothing changed, if too few others prove that they hold it, or if some of it was changed.
    """

    def leaves_scope(path: RepoPath) -> bool:
        return old.takes(path) and not new.takes(path)

    files, changed = candidates(place, load, tree, (TOP,), leaves_scope)
    going, needed = proven(place, Request((TOP,)), others, files)
    if changed or needed:
        raise _refused([*changed, *needed], others)
    write_scope(place.control, new.scope)
    forget(place, [(one.path, one.entry) for one in going])
    gone = vanish(place, going)
    steps = [Step("drop", one.path, one.entry.kind, one.entry.size) for one in going]
    steps += _without_directories(place, load, tree, old, new)
    return Narrowed(steps, gone.problems, gone.bytes_freed)


def _refused(problems: Sequence[Problem], others: Others) -> Refused:
    first = ", ".join(repr(each.path.decode(errors="replace")) for each in problems[:_SHOWN])
    away = "".join(f"; {one.name!r} proves nothing: {one.reason}" for one in others.away)
    return Refused(
        f"{len(problems):,} files would leave the scope that are needed here ({first}): {problems[0].reason}{away}",
        hint="`annexish sync` gives them to another repository; the scope stays as it was",
    )


def _without_directories(place: Place, load: Load, tree: TreeId, old: Placed, new: Placed) -> list[Step]:
    """Remove the directories that nothing in scope is in any more, if they are empty.

    The cache forgets them before: one that is there still is found again by the next scan, and none is a deletion.
    """
    paths = _directories(load, tree, old, new)
    forget_directories(place, paths)
    return [Step("drop", path, Kind.DIRECTORY) for path in remove_vacant(place.root, paths)]


def _directories(load: Load, tree: TreeId, old: Placed, new: Placed) -> list[RepoPath]:
    """The directories that existed for the old scope and do not for the new one, parents first."""
    found: list[RepoPath] = []
    todo = [(TOP, tree)]
    while todo:
        path, node = todo.pop()
        for leaf in leaves(load, node):
            for entry in leaf.entries:
                at = join(path, entry.name)
                if entry.kind is Kind.DIRECTORY and old.enters(at):
                    todo.append((at, leaf.subtrees[entry.id]))
                    if not new.enters(at):
                        found.append(at)
    return found
