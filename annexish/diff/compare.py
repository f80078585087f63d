"""Two snapshots to the changes between them, by object identity.

Equal nodes are never loaded, so the cost is that of the difference and not of the collection.
What vanished at one place and appeared at another with the same id moved; a directory that moved
is compared with itself, so that its content shows only what else happened to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from typing import NamedTuple

from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load, Node, leaves
from annexish.model.path import TOP, RepoPath, components, join, within


def worth_telling(was: Entry, now: Entry) -> bool:
    """Whether people would say that an object in its place is not as it was."""
    return content_of(was) != content_of(now) or metadata_of(was) != metadata_of(now)


def with_times(was: Entry, now: Entry) -> bool:
    """Whether an object in its place is not as it was, or only the time of a directory."""
    return worth_telling(was, now) or was.mtime_ns != now.mtime_ns


def at_all(was: Entry, now: Entry) -> bool:
    """Whether anything that is recorded of an object in its place is not as it was."""
    return was != now


Differ = Callable[[Entry, Entry], bool]


Meet = Callable[[RepoPath, Entry, RepoPath, Entry], None]
"""Is told of a directory in which something may differ: its path and entry before, and after."""


def _nobody(_path_before: RepoPath, _before: Entry, _path: RepoPath, _after: Entry) -> None:
    """Tell nobody."""


class _Found(NamedTuple):
    """An entry at a path, with the node of its content if it is a directory."""

    path: RepoPath
    entry: Entry
    tree: TreeId | None


class _Pair(NamedTuple):
    """One directory before and after."""

    before: TreeId
    after: TreeId
    path_before: RepoPath
    path: RepoPath


def compare(
    load: Load,
    before: TreeId | None,
    after: TreeId | None,
    *,
    count_inside: bool = True,
    differ: Differ = worth_telling,
    meet: Meet = _nobody,
) -> Iterator[Change]:
    """Yield what differs between two snapshots in tree order; None is an empty one.

    A deletion has the place of its old path. What is in a directory that was added or deleted follows it,
    entry by entry. Only what is gone is held in memory, and only if something else is new.
    `differ` decides what is a change of an object that stays in its place; `meet` is told of each directory on the way.
    """
    comparison = _Comparison(load, differ, meet, count_inside=count_inside)
    comparison.start(before, after)
    return comparison.changes()


def within_paths(changes: Iterable[Change], paths: Sequence[RepoPath]) -> Iterator[Change]:
    """Yield the changes of which an end lies within one of the paths."""
    for change in changes:
        ends = {change.path, change.path_before or change.path, change.old_path or change.path}
        if any(within(end, each) for end in ends for each in paths):
            yield change


class _Comparison:
    """One comparison while it is made."""

    def __init__(self, load: Load, differ: Differ, meet: Meet, *, count_inside: bool) -> None:
        self._load = load
        self._differ = differ
        self._meet = meet
        self._count_inside = count_inside
        self._stays: list[Change] = []
        self._gone: list[_Found] = []
        self._new: list[_Found] = []
        self._pairs: list[_Pair] = []
        self._left: set[RepoPath] = set()
        self._reached: set[RepoPath] = set()

    def start(self, before: TreeId | None, after: TreeId | None) -> None:
        """Find every pair of one object before and after."""
        if before is None or after is None:
            self._gone += self._inside(before) if before else []
            self._new += self._inside(after) if after else []
            return
        if before == after:
            return
        self._compare_roots(before, after)
        self._pairs.append(_Pair(before, after, TOP, TOP))
        while self._pairs:
            while self._pairs:
                self._walk(self._pairs.pop())
            self._match()

    def changes(self) -> Iterator[Change]:
        """Yield everything in tree order; additions and deletions are expanded while they pass."""
        self._stays.sort(key=_place)
        deleted = (Change(found.entry, None, found.path, found.path) for found in self._expand(self._gone, self._left))
        added = (Change(None, found.entry, None, found.path) for found in self._expand(self._new, self._reached))
        return merge(deleted, self._stays, added, key=_place)

    def _inside(self, tree: TreeId, path: RepoPath = TOP) -> Iterator[_Found]:
        """What is in one directory, in order of names."""
        nodes = list(leaves(self._load, tree))
        found = (
            _Found(join(path, entry.name), entry, _subtree(node, entry)) for node in nodes for entry in node.entries
        )
        return found if len(nodes) == 1 else iter(sorted(found, key=lambda one: one.entry.name))

    def _compare_roots(self, before: TreeId, after: TreeId) -> None:
        old, new = self._load(before).own, self._load(after).own
        if old and new and self._differ(old, new):
            self._stays.append(Change(old, new, TOP, TOP))

    def _walk(self, pair: _Pair) -> None:
        """Compare the entries of one directory; those without a partner here wait for one elsewhere."""
        for old, new in self._parts(pair.before, pair.after):
            if old.entries is new.entries:
                self._descend(pair, old, new)
                continue
            # an object that became one with another may have found its partner elsewhere already
            left = (
                {entry.name for entry in old.entries if join(pair.path_before, entry.name) in self._left}
                if self._left
                else ()
            )
            by_name = {entry.name: entry for entry in old.entries if entry.name not in left}
            lonely: list[Entry] = []
            for entry in new.entries:
                if self._reached and join(pair.path, entry.name) in self._reached:
                    continue
                was = by_name.get(entry.name)
                if was is None or not _same_object(was, entry):
                    lonely.append(entry)
                    continue
                del by_name[entry.name]
                if was != entry or entry.kind is Kind.DIRECTORY:
                    self._stay(pair, old, new, was, entry)
            gone = {id: entry for entry in by_name.values() for id in entry.ids}
            for entry in lonely:
                known = (gone[id] for id in entry.ids if id in gone)
                partner = next((one for one in known if one.name in by_name and _same_object(one, entry)), None)
                if partner is not None:
                    del by_name[partner.name]
                    before = _Found(join(pair.path_before, partner.name), partner, _subtree(old, partner))
                    self._moved(before, _Found(join(pair.path, entry.name), entry, _subtree(new, entry)))
                else:
                    self._new.append(_Found(join(pair.path, entry.name), entry, _subtree(new, entry)))
            self._gone += [
                _Found(join(pair.path_before, entry.name), entry, _subtree(old, entry)) for entry in by_name.values()
            ]

    def _descend(self, pair: _Pair, old: Node, new: Node) -> None:
        """Only what is in the directories of two nodes differs: they share their entries."""
        changed = {id for id, _ in old.subtrees.items() ^ new.subtrees.items()}
        for entry in new.entries:
            if entry.id in changed:
                self._stay(pair, old, new, entry, entry)

    def _parts(self, before: TreeId, after: TreeId) -> Iterator[tuple[Node, Node]]:
        """Yield the leaves of two nodes that may differ, pair by pair where both are split alike."""
        todo = [(before, after)]
        while todo:
            first, second = todo.pop()
            old, new = self._load(first), self._load(second)
            if old.shards and new.shards:
                for nibble in sorted(old.shards.keys() | new.shards.keys()):
                    here, there = old.shards.get(nibble), new.shards.get(nibble)
                    if here is None or there is None:
                        yield self._flat(here), self._flat(there)
                    elif here != there:
                        todo.append((here, there))
            elif old.shards or new.shards:
                yield self._flat(first), self._flat(second)
            else:
                yield old, new

    def _flat(self, tree: TreeId | None) -> Node:
        parts = list(leaves(self._load, tree)) if tree is not None else []
        entries = tuple(entry for part in parts for entry in part.entries)
        subtrees = {id: below for part in parts for id, below in part.subtrees.items()}
        return Node(entries, subtrees, {}, len(entries))

    def _stay(self, pair: _Pair, old: Node, new: Node, was: Entry, now: Entry) -> None:
        """The same object under the same name of the same directory: at most its content or metadata differ."""
        path = join(pair.path, now.name)
        if self._differ(was, now):
            origin = join(pair.path_before, was.name)
            self._stays.append(Change(was, now, path, path, origin=None if origin == path else origin))
        if now.kind is Kind.DIRECTORY:
            before, after = old.subtrees[was.id], new.subtrees[now.id]
            if before != after:
                path_before = join(pair.path_before, was.name)
                self._pairs.append(_Pair(before, after, path_before, path))
                self._meet(path_before, was, path, now)

    def _moved(self, before: _Found, after: _Found) -> None:
        self._left.add(before.path)
        self._reached.add(after.path)
        inside = self._size(after.tree) if after.tree and self._count_inside else 0
        self._stays.append(Change(before.entry, after.entry, before.path, after.path, inside))
        if before.tree and after.tree and before.tree != after.tree:
            self._pairs.append(_Pair(before.tree, after.tree, before.path, after.path))
            self._meet(before.path, before.entry, after.path, after.entry)

    def _match(self) -> None:
        """Look among all that is new for all that is gone; what is found makes new pairs of directories.

        Whole directories go first: what is in one that moved is not gone, and need not be held.
        """
        if not self._gone or not self._new:
            return
        whole = [found for found in self._gone if found.tree is not None and found.path not in self._left]
        if whole:
            self._match_with(whole, exactly=True)
        self._match_with(self._expand(self._gone, self._left), exactly=False)

    def _match_with(self, candidates: Iterable[_Found], *, exactly: bool) -> None:
        """An object that became one with another may be several that are gone: it waits for all of them."""
        gone = {id: found for found in candidates for id in found.entry.ids}
        for found in self._expand(self._new, self._reached) if gone else ():
            known = (gone[id] for id in found.entry.ids if id in gone)
            free = (one for one in known if one.path not in self._left and _same_object(one.entry, found.entry))
            partner = next(free, None)
            if partner is not None and (partner.entry.ids == found.entry.ids or not exactly):
                self._moved(partner, found)

    def _expand(self, roots: Iterable[_Found], matched: Collection[RepoPath]) -> Iterator[_Found]:
        """Yield the roots and all that is in them in tree order, without what was matched and what is in that.

        A root may lie in what another root is expanded to, below something that was matched.
        """
        waiting = deque(sorted(roots, key=lambda found: components(found.path)))
        todo: list[_Found] = []
        while waiting or todo:
            if not todo or (waiting and components(waiting[0].path) < components(todo[-1].path)):
                found = waiting.popleft()
            else:
                found = todo.pop()
            if found.path in matched:
                continue
            yield found
            # what was yielded may have been matched meanwhile: then it is compared, not expanded
            if found.tree is not None and found.path not in matched:
                todo += reversed(list(self._inside(found.tree, found.path)))

    def _size(self, tree: TreeId) -> int:
        count, todo = 0, [tree]
        while todo:
            for node in leaves(self._load, todo.pop()):
                count += len(node.entries)
                todo += node.subtrees.values()
        return count


def _subtree(node: Node, entry: Entry) -> TreeId | None:
    return node.subtrees[entry.id] if entry.kind is Kind.DIRECTORY else None


def _same_object(one: Entry, other: Entry) -> bool:
    if (one.kind is Kind.DIRECTORY) != (other.kind is Kind.DIRECTORY):
        return False
    return one.ids == other.ids or not set(one.ids).isdisjoint(other.ids)


def _place(change: Change) -> list[bytes]:
    return components(change.path)
