"""The last whole state of a repository: which commit its cache describes, and the cache itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from annexish.flows.place.place import Place
from annexish.model.ids import CommitId, TreeId
from annexish.store.cache import TOP_ROW, UNKNOWN, Cache

if TYPE_CHECKING:
    from annexish.store.history import History


class State:
    """A repository as a reader sees it. `base` is the commit that what is scanned is compared with."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.head = place.head()
        self.cache = Cache(place.cache, read_only=True)
        if self.head is not None and self.cache.commit is None:
            self.cache.close()
            self.cache = self._seeded(self.head)
        self.base = self.cache.commit

    @cached_property
    def history(self) -> History:
        """The history, imported when it is needed."""
        return self.place.history

    @property
    def tree(self) -> TreeId | None:
        """The snapshot that the cache describes."""
        return self.cache.row(TOP_ROW).tree if self.cache.count() else None

    def close(self) -> None:
        """Let the cache go."""
        self.cache.close()

    def _seeded(self, head: CommitId) -> Cache:
        from annexish.flows.state.disputes import number_in
        from annexish.flows.state.scoped import scope_in
        from annexish.flows.state.seed import seed
        from annexish.store.history import Nodes

        cache = Cache.in_memory()
        cache.begin()
        nodes, tree = Nodes(self.history), self.history.commit(head).tree
        facts = seed(cache, nodes, tree, scope_in(nodes, tree, self.place.scope))
        cache.finish({**facts, "commit": head, UNKNOWN: "on", **number_in(nodes, tree)})
        return cache


@contextmanager
def opened(place: Place) -> Iterator[State]:
    """Give the state for the time of one journey."""
    state = State(place)
    try:
        yield state
    finally:
        state.close()
