"""A directory and what changed in it, to the new directory: only the shards that a change touches are made again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from annexish.model.entry import Entry
from annexish.model.ids import BlobId, ObjectId, TreeId
from annexish.model.node import FULL, Load, Node, Save, leaves

ShardOf = Callable[[bytes, int], int]


class Put(NamedTuple):
    """What a name is from now on: an entry, and the node of its content if it is a directory."""

    entry: Entry
    subtree: TreeId | None = None


Delta = Mapping[bytes, Put | None]
"""What changed in one directory, by name; None for a name that is gone."""


class Leaf(NamedTuple):
    """A node that was made anew and holds entries: the nibbles that lead to it, its id, the names in it."""

    path: str
    tree: TreeId
    names: list[bytes]


class Patched(NamedTuple):
    """The new node of a directory: `leaves` are those made anew, `whole` says that no older leaf is left."""

    tree: TreeId
    split: bool
    leaves: list[Leaf]
    whole: bool


EMPTY = Node((), {}, {}, 0)


def patch(
    load: Load,
    save: Save,
    shard_of: ShardOf,
    tree: TreeId | None,
    delta: Delta,
    own: Entry | None = None,
    descriptive: BlobId | None = None,
) -> Patched:
    """Return a directory after a delta; `tree` None is an empty one.

    `own` and `descriptive` take the place of what the directory had, if they are given.
    """
    node = load(tree) if tree is not None else EMPTY
    if own is not None and own != node.own:
        node = node._replace(own=own, blob=None)
    if descriptive is not None:
        node = node._replace(descriptive=descriptive)
    made: list[Leaf] = []
    node, whole = _patched(load, save, shard_of, node, delta, "", made)
    return Patched(save(node), bool(node.shards), made, whole)


def patched_between(load: Load, before: TreeId | None, after: TreeId) -> Patched:
    """Say of the second of two nodes of a directory what `patch` would have said if it had made it of the first."""
    old, new = load(before) if before is not None else EMPTY, load(after)
    made: list[Leaf] = []
    todo: list[tuple[str, TreeId | None, TreeId | None]] = []
    if new.shards:
        todo.append(("", before if old.shards else None, after))
    while todo:
        path, was, now = todo.pop()
        if was == now:
            continue
        there, here = (load(tree) if tree is not None else EMPTY for tree in (was, now))
        if here.shards:
            both = there.shards.keys() | here.shards.keys()
            todo += [(f"{path}{at:x}", there.shards.get(at), here.shards.get(at)) for at in sorted(both)]
        else:
            made.append(Leaf(path, now or TreeId(b""), [entry.name for entry in here.entries]))
    return Patched(after, bool(new.shards), made, not old.shards)


def _patched(
    load: Load, save: Save, shard_of: ShardOf, node: Node, delta: Delta, path: str, made: list[Leaf]
) -> tuple[Node, bool]:  # fmt: skip
    """Return the node after the delta, not yet saved, and whether all its leaves are new.

    Recursion is as deep as names of one directory share nibbles of their hash.
    """
    if not node.shards:
        changed = _entries(node, delta)
        if changed.total > FULL:
            return _split(save, shard_of, changed, path, made), True
        return changed, True
    shards, total, level = dict(node.shards), node.total, len(path)
    for nibble, part in _by_shard(shard_of, delta, level).items():
        old = load(shards[nibble]) if nibble in shards else EMPTY
        here = f"{path}{nibble:x}"
        new, _ = _patched(load, save, shard_of, old, part, here, made)
        total += new.total - old.total
        if new.total:
            shards[nibble] = _saved(save, new, here, made)
        else:
            shards.pop(nibble, None)
            made.append(Leaf(here, TreeId(b""), []))
    if total <= FULL:
        made[:] = [leaf for leaf in made if not leaf.path.startswith(path)]
        return _merged(load, node, shards), True
    blob = node.blob if total == node.total else None
    return node._replace(shards=shards, total=total, blob=blob), False


def _entries(node: Node, delta: Delta) -> Node:
    entries = {entry.name: entry for entry in node.entries}
    subtrees = dict(node.subtrees)
    touched = False
    for name, put in delta.items():
        old = entries.pop(name, None)
        if old is not None and (put is None or put.entry.id != old.id or put.subtree is None):
            subtrees.pop(old.id, None)
        if put is not None:
            entries[name] = put.entry
        touched = touched or (put.entry if put else None) != old
    # after all removals: an object may have moved from one name of the directory to another
    subtrees.update({put.entry.id: put.subtree for put in delta.values() if put and put.subtree})
    if not touched:
        return node._replace(subtrees=subtrees)
    ordered = tuple([entries[name] for name in sorted(entries)])
    return node._replace(entries=ordered, subtrees=subtrees, total=len(ordered), blob=None)


def _split(save: Save, shard_of: ShardOf, node: Node, path: str, made: list[Leaf]) -> Node:
    parts: dict[int, list[Entry]] = defaultdict(list)
    for entry in node.entries:
        parts[shard_of(entry.name, len(path))].append(entry)
    shards = {}
    for nibble, entries in sorted(parts.items()):
        here = f"{path}{nibble:x}"
        subtrees = {e.id: node.subtrees[e.id] for e in entries if e.id in node.subtrees}
        part = Node(tuple(entries), subtrees, {}, len(entries))
        if part.total > FULL:
            part = _split(save, shard_of, part, here, made)
        shards[nibble] = _saved(save, part, here, made)
    return node._replace(entries=(), subtrees={}, shards=shards, blob=None)


def _merged(load: Load, node: Node, shards: Mapping[int, TreeId]) -> Node:
    """A directory that became small enough is one node again."""
    entries: list[Entry] = []
    subtrees: dict[ObjectId, TreeId] = {}
    for tree in shards.values():
        for leaf in leaves(load, tree):
            entries += leaf.entries
            subtrees |= leaf.subtrees
    entries.sort()
    return node._replace(entries=tuple(entries), subtrees=subtrees, shards={}, total=len(entries), blob=None)


def _saved(save: Save, node: Node, path: str, made: list[Leaf]) -> TreeId:
    tree = save(node)
    if not node.shards:
        made.append(Leaf(path, tree, [entry.name for entry in node.entries]))
    return tree


def _by_shard(shard_of: ShardOf, delta: Delta, level: int) -> dict[int, dict[bytes, Put | None]]:
    parts: dict[int, dict[bytes, Put | None]] = defaultdict(dict)
    for name, put in delta.items():
        parts[shard_of(name, level)][name] = put
    return parts
