"""The last whole state of a repository: which commit its cache describes, and the cache itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from annexish.errors import Corrupt
from annexish.flows.place import Place
from annexish.flows.seed import seed
from annexish.model.ids import CommitId, TreeId
from annexish.store.cache import TOP_ROW, Cache
from annexish.store.history import Nodes


class State:
    """A repository as a reader sees it. `base` is the commit that what is scanned is compared with."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.history = place.history
        self.head = self.history.head()
        self.cache = Cache(place.cache, read_only=True)
        if self.head is not None and self.cache.commit is None:
            self.cache.close()
            self.cache = self._seeded(self.head)
        self.base = self.cache.commit

    @property
    def tree(self) -> TreeId | None:
        """The snapshot that the cache describes."""
        return self.cache.row(TOP_ROW).tree if self.cache.count() else None

    def close(self) -> None:
        """Let the cache go."""
        self.cache.close()

    def _seeded(self, head: CommitId) -> Cache:
        cache = Cache.in_memory()
        cache.begin()
        seed(cache, Nodes(self.history), self.history.commit(head).tree)
        cache.finish({"commit": head, "fresh": "0", "files": "0", "absent": "0"})
        return cache


@contextmanager
def opened(place: Place) -> Iterator[State]:
    """Give the state for the time of one journey."""
    state = State(place)
    try:
        yield state
    finally:
        state.close()


def settle(place: Place) -> None:
    """Finish what a killed commit left; the writers' lock is held.

    The cache is replaced before the head moves: if it names a child of the head, the head goes there.
    A cache that was lost is made again from the head; it knows no deletions.
    """
    history = place.history
    head = history.head()
    cache = Cache(place.cache)
    try:
        named = cache.commit
        if head is not None and named is None:
            cache.begin()
            seed(cache, Nodes(history), history.commit(head).tree)
            cache.finish({"commit": head, "fresh": "0", "files": "0", "absent": "0"})
        elif named is not None and named != head:
            parents = history.commit(named).parents
            if head is not None and head not in parents:
                raise Corrupt(
                    "the stat cache describes another commit than the head",
                    hint=f"move {os.path.basename(place.cache)} in .annexish away; it is built again",
                )
            history.move_head(named, "commit: finish")
    finally:
        cache.close()
