"""What of a Git tree is not in another one: only trees that differ are read.

The names of subtrees are the ids of objects, so a directory that moved is compared with itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from annexish.codec.trees import rows_in
from annexish.model.ids import BlobId, TreeId
from annexish.model.objects import GitObject
from annexish.store.history import History

_SHARD = 2
"""The length of the name of a shard with its slash; all other trees are directories."""


class Seen:
    """The names of objects that somebody has: those that were told, and of trees what was looked into."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._names: set[bytes] = set()

    def __contains__(self, name: bytes) -> bool:
        return name in self._names

    def add(self, name: bytes) -> None:
        """Note one object."""
        self._names.add(name)

    def rows(self, tree: bytes | None) -> dict[bytes, bytes]:
        """Return what a tree that is had names, all of which is had as well."""
        found = _rows(self._history, tree)
        self._names.update(found.values())
        return found

    def compare(self, before: bytes, after: bytes) -> None:
        """Look into a tree that is had wherever another one differs from it."""
        self.add(before)
        if before != after:
            search = _Search(self._history, self)
            search.walk([(before, after)])
            while search.pair():
                pass


class _Search:
    """Pairs the directories of two trees: by place, then by the ids that name them."""

    def __init__(self, history: History, seen: Seen) -> None:
        self._history = history
        self._seen = seen
        self._gone: dict[bytes, bytes] = {}
        self._new: dict[bytes, bytes] = {}

    def walk(self, pairs: list[tuple[bytes | None, bytes | None]]) -> None:
        """Look into pairs of differing trees, and into those below them; what has no partner there waits."""
        while pairs:
            before, after = pairs.pop()
            was = self._seen.rows(before)
            now = _rows(self._history, after)
            for name in was.keys() | now.keys():
                old, new = was.get(name), now.get(name)
                if old == new or name[-1:] != b"/" or (new is not None and new in self._seen):
                    continue
                if len(name) == _SHARD or (old is not None and new is not None):
                    pairs.append((old, new))
                elif old is not None:
                    self._gone[name] = old
                elif new is not None:
                    self._new[name] = new

    def pair(self) -> bool:
        """Compare what moved with itself, and else look one level deeper; return False if there is nothing to find."""
        self._new = {name: tree for name, tree in self._new.items() if tree not in self._seen}
        both = self._gone.keys() & self._new.keys()
        pairs: list[tuple[bytes | None, bytes | None]] = [(self._gone.pop(name), self._new.pop(name)) for name in both]
        if not self._gone or not self._new:
            self.walk(pairs)
            return bool(pairs)
        if not pairs:
            pairs = [(tree, None) for tree in self._gone.values()] + [(None, tree) for tree in self._new.values()]
            self._gone.clear()
            self._new.clear()
        self.walk(pairs)
        return True


def strange(history: History, tree: bytes, seen: Seen) -> Iterator[GitObject]:
    """Yield the objects that a tree leads to and that are not seen, each before what names it; then they are seen."""
    todo: list[tuple[bytes, bytes | None]] = [(tree, None)]
    while todo:
        name, data = todo.pop()
        if data is not None:
            for row, blob in rows_in(data):
                if row[-1:] != b"/" and blob not in seen:
                    seen.add(blob)
                    yield GitObject(b"blob", history.blob(BlobId(blob)))
            yield GitObject(b"tree", data)
        elif name not in seen:
            seen.add(name)
            data = history.tree(TreeId(name))
            todo.append((name, data))
            todo += [(below, None) for row, below in rows_in(data) if row[-1:] == b"/" and below not in seen]


def _rows(history: History, tree: bytes | None) -> dict[bytes, bytes]:
    return dict(rows_in(history.tree(TreeId(tree)))) if tree is not None else {}
