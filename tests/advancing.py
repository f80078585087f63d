"""Commits that nobody scanned: a snapshot of the history, as a commit that follows the head."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

import pygit2

from annexish.flows.place import place as places
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import gaps_of
from annexish.flows.state.scoped import scope_in
from annexish.flows.tree.advance import advance
from annexish.flows.tree.settle import settle
from annexish.model.ids import CommitId
from annexish.model.report import Advanced
from annexish.scan.check import names_of
from annexish.scan.stat import unpack, without_last
from annexish.store.cache import SPLIT, Cache
from annexish.store.history import Nodes
from annexish.store.lock import Lock


def place_of(top: str) -> Place:
    """The repository of a working tree."""
    return places.find(os.fsencode(top))


def follow_head(top: str, revision: str, *others: str) -> CommitId:
    """Make a commit with the snapshot of a revision, whose parents are the head and others; no reference names it."""
    git = pygit2.Repository(os.path.join(top, ".annexish/history.git"))
    who = pygit2.Signature("A", "a@localhost", 1_800_000_000, 0)
    parents = [git.revparse_single(each).id for each in ("HEAD", *others)]
    tree = git.revparse_single(revision).peel(pygit2.Commit).tree_id
    return CommitId(str(git.create_commit(None, who, who, "merged", tree, parents)))


def advance_to(top: str, commit: CommitId) -> Advanced:
    """Let it be the head, as a command does."""
    place = place_of(top)
    with Lock(place.lock):
        settle(place)
        return advance(place, commit, "merge")


def miscounted(top: str) -> list[str]:
    """What the stat cache's facts say otherwise than its rows."""
    place = place_of(top)
    with closing(Cache(place.cache, read_only=True)) as cache:
        assert cache.commit is not None
        tree = place.history.commit(cache.commit).tree
        here = sum(1 for stats in _stats(cache) for stat in unpack(stats) if stat.inode)
        placed = scope_in(Nodes(place.history), tree, place.scope)
        absent = sum(len(gap.entries) for gap in gaps_of(cache, Nodes(place.history), tree, placed))
        wanted = {"files": here, "absent": absent}
        return [f"{key}: {cache.meta(key)}, not {wanted[key]}" for key in wanted if cache.meta(key) != str(wanted[key])]


def _stats(cache: Cache) -> Sequence[bytes]:
    found = []
    for row in cache.rows(*cache.span()):
        if row.flags & SPLIT:
            found += [shard.stats for shard in cache.shards(row.row)]
        elif names_of(row.names):
            found.append(without_last(row.stats))
    return found
