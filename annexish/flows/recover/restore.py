"""Make the working tree, or paths of it, equal to a revision: commit first, then change; the head does not move."""

from __future__ import annotations

import os
from collections.abc import Sequence

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import Missing
from annexish.flows.commit import commit as commits
from annexish.flows.inspect.browse import diff
from annexish.flows.place.operations import carry_out
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import commit_at
from annexish.flows.recover.reversed import Reversed
from annexish.flows.tree.reshape import reshaped
from annexish.flows.tree.settle import settle
from annexish.model.entry import Entry
from annexish.model.path import TOP, RepoPath
from annexish.model.report import Committed, Difference, Progress, Recovered
from annexish.store.history import Nodes
from annexish.store.journal import Request
from annexish.store.lock import Lock


def restore_here(
    place: Place, revision: str, paths: Sequence[RepoPath], progress: Progress | None
) -> tuple[Committed, Recovered]:
    """Return the commit of what was there before, and what was changed."""
    target = commit_at(place.history, revision)
    first = commits.commit(
        place, commits.Request(f"before restoring {revision}", (), allow_mass_deletion=True, progress=progress)
    )
    with Lock(place.lock):
        settle(place)
        head = place.head()
        assert head is not None, "there is a revision"
        before, load = place.history.commit(head).tree, Nodes(place.history)
        for path in paths:
            if not any(find_entry(load, tree, path, nibbles) for tree in (before, target.tree)):
                raise _nowhere(path, revision)
        objects = tuple((target.tree, path) for path in paths)
        text = " ".join([revision, *(os.fsdecode(path) for path in paths)])
        request = Request("restore", place.root, objects, TOP, (before, target.tree), text=text)
        done = carry_out(place, request, lambda: reshaped(place, before, target.tree, paths))
        unread = (problem for problem in first.problems if problem.code != "note")
        return first, Recovered(done.steps, (*unread, *done.problems))


def difference_to(place: Place, revision: str, paths: Sequence[RepoPath], progress: Progress | None) -> Difference:
    """Return what a restore would change: the difference of the working tree and the revision, turned around."""
    load, tree = Nodes(place.history), commit_at(place.history, revision).tree

    def entry_at(path: RepoPath) -> Entry | None:
        found = find_entry(load, tree, path, nibbles)
        return found[0] if found else None

    for path in paths:
        if entry_at(path) is None and not os.path.lexists(os.path.join(place.root, path)):
            raise _nowhere(path, revision)
    found = diff(place, revision, None, (), progress)
    changes = Reversed(found.difference.changes, paths, entry_at)
    return Difference(changes, changes.counts)


def _nowhere(path: RepoPath, revision: str) -> Missing:
    return Missing(
        f"there is no {os.fsdecode(path)!r} in {revision}, and none here", hint=f"`annexish ls {revision}` lists it"
    )
