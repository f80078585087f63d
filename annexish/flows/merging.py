"""Three snapshots to one: what differs, what that makes, and the tree of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from annexish.codec.shards import nibbles, shard_of
from annexish.diff.compare import at_all, compare
from annexish.diff.graft import Sharding, graft
from annexish.diff.resolve import find_entry
from annexish.merge.decide import Reconcile
from annexish.merge.merge import Merged, merge, never
from annexish.merge.objects import At, Side
from annexish.model.conflict import Conflict
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.node import Load, Save
from annexish.model.path import RepoPath

SHARDING = Sharding(shard_of, nibbles)


class Head(NamedTuple):
    """A snapshot that is merged, and where it is from, for people and for `resolve`."""

    tree: TreeId
    label: bytes
    repository: bytes = b""


def merge_trees(
    load: Load,
    base: TreeId,
    first: Head,
    later: Head,
    reconcile: Reconcile = never,
    answered: Iterable[Conflict] = (),
) -> Merged:
    """Merge what two heads made of a base, of which `answered` are the conflicts that are open in neither head."""
    return merge(_at(load, base), _side(load, base, first), _side(load, base, later), reconcile, answered)


def merged_tree(load: Load, save: Save, first: Head, merged: Merged) -> TreeId:
    """Return the snapshot that a merge makes of its first head."""
    return graft(load, save, SHARDING, first.tree, merged.for_first, merged.elsewhere)


def _side(load: Load, base: TreeId, head: Head) -> Side:
    changes = compare(load, base, head.tree, count_inside=False, differ=at_all)
    return Side(changes, _at(load, head.tree), head.label, head.repository)


def _at(load: Load, root: TreeId) -> At:
    def at(path: RepoPath) -> Entry | None:
        found = find_entry(load, root, path, nibbles)
        return found[0] if found is not None else None

    return at
