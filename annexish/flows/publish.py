"""What this repository tells others of itself."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing

from annexish.codec.scope import encode_scope
from annexish.flows.held import Held
from annexish.flows.place import Place
from annexish.flows.scoped import scope_in
from annexish.model.entry import Kind
from annexish.model.holdings import Holdings
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join
from annexish.model.scope import EVERYTHING
from annexish.plan.scope import Placed
from annexish.scan.check import names_of
from annexish.scan.disk import disk_of
from annexish.store.cache import SEEDED, SPLIT, TOP_ROW, Cache
from annexish.store.history import Nodes
from annexish.store.holdings import KnownHoldings


def publish(place: Place, lacking: Iterable[ObjectId]) -> Holdings:
    """Tell the head, the scope and the exceptions: `lacking` is wanted and absent. The writers' lock is held."""
    id, name = place.identity()
    head, scope = place.head(), place.scope
    besides: frozenset[ObjectId] = frozenset()
    if scope != EVERYTHING and head is not None:
        load = Held(Nodes(place.history))
        tree = place.history.commit(head).tree
        placed = scope_in(load, tree, scope)
        scope = placed.scope
        with closing(Cache(place.cache, read_only=True)) as cache:
            besides = frozenset(_besides(cache, load, tree, placed))
    told = Holdings(
        id=id, name=name, counter=0, time=int(time.time()), head=head, scope=encode_scope(scope),
        besides=besides, lacking=frozenset(lacking), disk=disk_of(place.root),
    )  # fmt: skip
    return KnownHoldings(place.history, id).publish(told)


def _besides(cache: Cache, load: Load, tree: TreeId, placed: Placed) -> Iterable[ObjectId]:
    """Yield the objects that are present and not wanted."""
    todo: list[tuple[int, RepoPath, TreeId]] = [(TOP_ROW, TOP, tree)]
    while todo:
        row, path, node = todo.pop()
        known = cache.row(row)
        children = cache.children(row)
        if known.flags & SEEDED and not children:
            continue
        names = set(names_of(known.names)) if not known.flags & SPLIT else _in_shards(cache, row)
        for leaf in leaves(load, node):
            for entry in leaf.entries:
                at = join(path, entry.name)
                if entry.kind is Kind.DIRECTORY:
                    todo.append((children[entry.name], at, leaf.subtrees[entry.id]))
                elif entry.name in names and not known.flags & SEEDED and not placed.wants(at):
                    yield from entry.ids


def _in_shards(cache: Cache, row: int) -> set[bytes]:
    return {name for shard in cache.shards(row) for name in names_of(shard.names)}
