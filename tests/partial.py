"""Repositories in which part of the snapshot is absent, as after a drop, and caches of a new clone."""

from __future__ import annotations

import os
import shutil
from contextlib import closing

from annexish.flows.state.past import Past
from annexish.flows.state.rows import Rows
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.seed import seed
from annexish.model.ids import TreeId
from annexish.model.node import Node
from annexish.model.path import RepoPath, split
from annexish.scan.check import names_of
from annexish.scan.stat import WIDTH, pick, unpack, without_last
from annexish.store.cache import SEEDED, SPLIT, Cache
from annexish.store.history import Nodes
from tests.advancing import place_of
from tests.trees import Tree


def let_go(tree: Tree, *paths: str) -> None:
    """Let files and directories be absent: no longer here, and no record says that they were."""
    with closing(Cache(place_of(tree.top).cache)) as cache:
        cache.begin()
        gone = sum(_let_go(cache, Rows(cache, Past(cache, _never)), tree, os.fsencode(path)) for path in paths)
        facts = {"files": str(int(cache.meta("files") or 0) - gone)}
        cache.finish({**facts, "absent": str(int(cache.meta("absent") or 0) + gone)})


def _never(_: TreeId) -> Node:
    raise AssertionError("no node is needed")


def _let_go(cache: Cache, rows: Rows, tree: Tree, path: bytes) -> int:
    full = os.path.join(os.fsencode(tree.top), path)
    row = rows(path)
    if row is None:
        os.unlink(full)
        parent, name = split(RepoPath(path))
        above = rows(parent)
        assert above is not None, "its directory is known"
        _without(cache, above, name)
        return 1
    shutil.rmtree(full)
    gone = 0
    for number, _, _ in cache.below(row):
        known = cache.row(number)
        gone += sum(len(names_of(names)) for names in (known.names, *(shard.names for shard in cache.shards(number))))
        cache.drop_shards(number)
        cache.put([known._replace(inode=0, names=b"", stats=bytes(WIDTH), flags=SEEDED | known.flags & SPLIT)])
    return gone


def _without(cache: Cache, row: int, name: bytes) -> None:
    known = cache.row(row)
    if known.flags & SPLIT:
        for shard in cache.shards(row):
            names = names_of(shard.names)
            keep = [at for at, each in enumerate(names) if each != name]
            if len(keep) < len(names):
                stats = pick(shard.stats, keep)
                cache.put_shards([shard._replace(names=b"\0".join(names[at] for at in keep), stats=stats)])
        return
    names = names_of(known.names)
    keep = [at for at, each in enumerate(names) if each != name]
    stats = pick(known.stats, [*keep, len(names)])
    assert len(unpack(without_last(stats))) == len(keep), "the directory's own record stays"
    cache.put([known._replace(names=b"\0".join(names[at] for at in keep), stats=stats)])


def as_cloned(tree: Tree) -> None:
    """Make the stat cache that a new clone begins with: nothing is here."""
    place = place_of(tree.top)
    head = place.head()
    assert head is not None, "something was committed"
    with closing(Cache.anew(place.cache)) as cache:
        cache.begin()
        nodes, tree_id = Nodes(place.history), place.history.commit(head).tree
        facts = seed(cache, nodes, tree_id, scope_in(nodes, tree_id, place.scope))
        cache.finish({**facts, "commit": head})


def forget_cache(tree: Tree) -> None:
    """Lose the stat cache."""
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))
