"""Three snapshots to one: what differs, what that makes, and the tree of it with all that is to be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from annexish.codec.conflicts import pack_conflict, unpack_conflict
from annexish.codec.shards import nibbles, shard_of
from annexish.diff.compare import at_all, compare
from annexish.diff.graft import Sharding, graft
from annexish.diff.patch import EMPTY
from annexish.diff.resolve import find_in
from annexish.flows.merge.described import Described, Sided
from annexish.flows.merge.dressed import Hands
from annexish.flows.place.held import Held
from annexish.flows.state.disputes import checked_in, with_conflicts
from annexish.history.bases import Find, merge_bases
from annexish.merge.adopt import same_objects
from annexish.merge.carried import merge_sets
from annexish.merge.decide import Reconcile
from annexish.merge.merge import merge, never
from annexish.merge.objects import At, Side
from annexish.model.beside import fit_for_names
from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.conflict import Conflict
from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId, TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath, split
from annexish.store.history import Nodes

SHARDING = Sharding(shard_of, nibbles)
_HELD = 160_000
"""Entries of nodes that are held: a merge asks for the same directories again and again; some 60 MiB."""

_DEEP = 64
"""Bases of bases of bases: so often two lines may have crossed without meeting in between."""


class Head(NamedTuple):
    """A snapshot that is merged, and where it is from, for people and for `resolve`."""

    tree: TreeId
    label: bytes
    repository: bytes = b""


class Made(NamedTuple):
    """A snapshot that was made of two, what is newly to be decided in it, and what is worth saying: (path, text)."""

    tree: TreeId
    conflicts: Sequence[Conflict]
    notes: Sequence[tuple[RepoPath, str]]


class Merging:
    """Makes snapshots in a place for objects; `find` knows commits."""

    def __init__(self, nodes: Nodes, find: Find) -> None:
        self._nodes = nodes
        self.load = Held(nodes, _HELD)
        self._save = self.load.saving(nodes.save)
        self._find = find
        self._bases: dict[frozenset[CommitId], TreeId | None] = {}

    def commits(self, base: TreeId | None, one: Commit, other: Commit, reconcile: Reconcile = never) -> Made:
        """Merge the snapshots of two commits; which of them is named first does not matter.

        Without a base they are unrelated, and what is the same becomes one.
        """
        first, later = sorted((one, other), key=lambda each: (each.author.time, each.id))
        heads = (_head(first, later), _head(later, first))
        adopting, base = base is None, self._nothing(first) if base is None else base
        done = [changes_of(self.load, base, head) for head in heads]
        sides = [side_of(self.load, head, each) for head, each in zip(heads, done, strict=True)]
        opened = [frozenset(checked_in(self._nodes, each)) for each in (base, first.tree, later.tree)]
        answered = map(unpack_conflict, sorted(opened[0] - opened[1] - opened[2]))
        same = same_objects(*(each.changes for each in done)) if adopting else {}
        before = at(self.load, base, {**done[0].before, **done[1].before})
        merged = merge(before, sides[0], sides[1], reconcile, answered, same)
        sided = (Sided(first.tree, done[0].changes, heads[0].label), Sided(later.tree, done[1].changes, heads[1].label))
        tags = Described(Hands(self._nodes, self.load, self._save), base, sided, merged)
        tree = graft(self.load, self._save, SHARDING, first.tree, merged.for_first, merged.elsewhere, tags.dress)
        tree = with_conflicts(
            self.load, self._nodes, tree, {*merge_sets(*opened), *map(pack_conflict, merged.conflicts)}
        )
        return Made(tree, merged.conflicts, merged.notes)

    def base(self, one: CommitId, other: CommitId, depth: int = 0) -> TreeId | None:
        """Return what two commits began with; several bases are merged first, into one. None if they are unrelated.

        Crossed deeper than anybody does by hand, one of the bases is taken as it is.
        """
        pair = frozenset((one, other))
        if pair not in self._bases:
            self._bases[pair] = self._base(one, other, depth)
        return self._bases[pair]

    def _base(self, one: CommitId, other: CommitId, depth: int) -> TreeId | None:
        bases = merge_bases(self._find, one, other)
        if not bases:
            return None
        tree, last = self._find(bases[0]).tree, self._find(bases[0])
        for each in bases[1:] if depth < _DEEP else ():
            below = self.base(last.id, each, depth + 1)
            tree = self.commits(below, last._replace(tree=tree), self._find(each)).tree
        return tree

    def changes(self, before: TreeId, after: TreeId) -> list[Change]:
        """Return what a person is told of the way from one snapshot to another."""
        return list(compare(self.load, before, after))

    def _nothing(self, like: Commit) -> TreeId:
        """Return an empty snapshot: what unrelated commits began with; its root is that of one of them."""
        return self._save(EMPTY._replace(own=self.load(like.tree).own))


def _head(commit: Commit, other: Commit) -> Head:
    """A commit as a side; two that are from places of the same name are told apart by their ids."""
    label = _label(commit)
    if label == _label(other):
        label = f"{label}-{commit.id[:8]}"
    try:
        repository = bytes.fromhex(commit.repository)
    except ValueError:
        repository = b""
    return Head(commit.tree, label.encode("utf-8", "surrogateescape"), repository)


def _label(commit: Commit) -> str:
    """What a person calls the place that a commit is from, fit for a file name."""
    return fit_for_names(commit.name or commit.repository[:8] or commit.id[:8])


class Done(NamedTuple):
    """What a head made of a base, and the directories in which it did: what was and is at their paths."""

    changes: Sequence[Change]
    before: Mapping[RepoPath, Entry]
    after: Mapping[RepoPath, Entry]


def changes_of(load: Load, base: TreeId, head: Head) -> Done:
    """Return all that differs between a base and a head, in every field."""
    before: dict[RepoPath, Entry] = {}
    after: dict[RepoPath, Entry] = {}

    def meet(path_before: RepoPath, was: Entry, path: RepoPath, now: Entry) -> None:
        before[path_before], after[path] = was, now

    changes = list(compare(load, base, head.tree, count_inside=False, differ=at_all, meet=meet))
    return Done(changes, before, after)


def side_of(load: Load, head: Head, done: Done) -> Side:
    """Return a head as a side of a merge."""
    return Side(done.changes, at(load, head.tree, done.after), head.label, head.repository)


def at(load: Load, root: TreeId, known: Mapping[RepoPath, Entry]) -> At:
    """Return what looks into a snapshot, of which some is known; what was on the way is found again at once."""
    own = load(root).own
    assert own is not None, "a snapshot describes its root"
    directories: dict[RepoPath, tuple[Entry, TreeId]] = {TOP: (own, root)}

    def look(path: RepoPath) -> Entry | None:
        if path in known:
            return known[path]
        todo = []
        while path not in directories:
            todo.append(path)
            path = split(path)[0]
        entry, tree = directories[path]
        for each in reversed(todo):
            found = find_in(load, tree, split(each)[1], nibbles) if entry.kind is Kind.DIRECTORY else None
            if found is None:
                return None
            entry = found[0]
            if found[1] is not None:
                tree = found[1]
                directories[each] = (entry, tree)
        return entry

    return look
