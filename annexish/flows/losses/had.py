"""Which commit had last what another one lost."""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import NamedTuple

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.model.commit import Commit
from annexish.model.entry import Entry
from annexish.model.ids import CommitId
from annexish.model.node import Load
from annexish.store.history import History
from annexish.store.losses import Loss


class Had(NamedTuple):
    """A commit, and the entry of what was lost later."""

    commit: Commit
    entry: Entry


class LastHad:
    """Finds the newest commit that had something at its path.

    It is the first parent of the commit that lost it; where the head went over several commits at once,
    or to a merge that another repository made, it is one further back.
    """

    def __init__(self, history: History, load: Load) -> None:
        self._load = load
        self._commit = cache(history.commit)

    def __call__(self, loss: Loss) -> Had | None:
        """Return the commit and the entry; None if the history does not tell."""
        todo, seen = deque([loss.commit]), set[CommitId]()
        while todo:
            for parent in self._commit(todo.popleft()).parents:
                if parent in seen:
                    continue
                seen.add(parent)
                commit = self._commit(parent)
                found = find_entry(self._load, commit.tree, loss.path, nibbles)
                if found is not None and (found[0].kind, found[0].digest) == (loss.kind, loss.digest):
                    return Had(commit, found[0])
                todo.append(parent)
        return None
