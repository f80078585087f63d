"""The first head of a repository that is a commit of others: the cache says that nothing of it is here yet."""

from __future__ import annotations

from contextlib import closing

from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.state.disputes import number_in
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.seed import seed
from annexish.model.ids import CommitId
from annexish.store.cache import GAPS, Cache
from annexish.store.history import Nodes


def begin(place: Place, head: CommitId, why: str) -> None:
    """Let a commit of the history be the first head; the writers' lock is held."""
    nodes, tree = Nodes(place.history), place.history.commit(head).tree
    with closing(Cache.anew(place.cache)) as cache:
        cache.begin()
        facts = seed(cache, Held(nodes), tree, scope_in(nodes, tree, place.scope))
        cache.finish({**facts, "commit": head, GAPS: "yes", **number_in(nodes, tree)})
    place.history.move_head(head, why)
