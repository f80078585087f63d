"""Commits in the order in which people read them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from annexish.model.commit import Commit
from annexish.model.ids import CommitId

CommitOf = Callable[[CommitId], Commit]


def newest_first(heads: Iterable[CommitId], commit_of: CommitOf) -> Iterator[Commit]:
    """Yield every commit that can be reached, children before parents, of those that are ready the newest first.

    Clocks jump, so order by time alone could put a parent before its child: the whole graph is
    counted first, which needs some 100 bytes a commit. Equal times are ordered by id.
    """
    starts = list(dict.fromkeys(heads))
    children = _children(starts, commit_of)
    ready = [_ranked(commit_of(id)) for id in starts if not children[id]]
    heapq.heapify(ready)
    while ready:
        commit = heapq.heappop(ready)[2]
        yield commit
        for parent in commit.parents:
            children[parent] -= 1
            if not children[parent]:
                heapq.heappush(ready, _ranked(commit_of(parent)))


def _children(starts: list[CommitId], commit_of: CommitOf) -> Counter[CommitId]:
    """How many children each commit has among those that can be reached."""
    children: Counter[CommitId] = Counter()
    seen = set(starts)
    todo = list(starts)
    while todo:
        for parent in commit_of(todo.pop()).parents:
            children[parent] += 1
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return children


def _ranked(commit: Commit) -> tuple[int, str, Commit]:
    return (-commit.author.time, commit.id, commit)
