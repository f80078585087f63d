"""Where two lines of descent meet: their newest common ancestors."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from annexish.model.commit import Commit
from annexish.model.ids import CommitId

Find = Callable[[CommitId], Commit]
_ONE, _OTHER, _BELOW = 1, 2, 4


def merge_bases(find: Find, one: CommitId, other: CommitId) -> list[CommitId]:
    """Return the common ancestors of two commits that are no ancestors of other ones, sorted; a commit is its own.

    Several are there where both lines merged each other; none where they are unrelated.
    Commits are looked at newest first, so the cost is that of what is newer than the bases.
    """
    if one == other:
        return [one]
    marks = {one: _ONE, other: _OTHER}
    queue = [_key(find(one)), _key(find(other))]
    heapq.heapify(queue)
    found: set[CommitId] = set()
    while any(not marks[id] & _BELOW for _, id in queue):
        _, id = heapq.heappop(queue)
        mark = marks[id]
        if mark == _ONE | _OTHER:
            found.add(id)
            mark |= _BELOW
        for parent in find(id).parents:
            if marks.get(parent, 0) | mark != marks.get(parent):
                marks[parent] = marks.get(parent, 0) | mark
                heapq.heappush(queue, _key(find(parent)))
    best = {id for id in found if not marks[id] & _BELOW}
    return sorted(id for id in best if not any(_leads_to(find, id, each) for each in best - {id}))


def _leads_to(find: Find, old: CommitId, new: CommitId) -> bool:
    """Whether a commit is an ancestor of another one; only clocks that were wrong leave two such candidates."""
    todo, seen = [new], {new}
    while todo:
        for parent in find(todo.pop()).parents:
            if parent == old:
                return True
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return False


def _key(commit: Commit) -> tuple[int, CommitId]:
    return -commit.author.time, commit.id
