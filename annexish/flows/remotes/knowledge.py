"""All that is known here of who holds what: this repository itself, and what the others told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from typing import NamedTuple, Self

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, walk
from annexish.errors import Missing
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.remotes.claimed import Claimed
from annexish.flows.state.presence import Presence
from annexish.model.copies import Holder
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.path import RepoPath
from annexish.plan.copies import Counting, Minimum
from annexish.scan.disk import disk_of
from annexish.store.history import Nodes
from annexish.store.holdings import KnownHoldings

_TOGETHER = 20_000
"""So many files are asked for at once."""

File = tuple[RepoPath, Entry]


class Found(NamedTuple):
    """Some files of a path, and of each holder which of them it has."""

    files: Sequence[File]
    held: Sequence[Sequence[bool]]


class Knowledge:
    """All holders that are known, this repository first, and the snapshot of the newest commit here."""

    def __init__(self, place: Place) -> None:
        self._ends = ExitStack()
        self._load = Held(Nodes(place.history))
        self._head = place.head()
        id, name = place.identity()
        own = Holder(id, name, disk_of(place.root), int(time.time()), 0, here=True)
        told = [each for each in KnownHoldings(place.history, id).readable() if each.id != id]
        told.sort(key=lambda each: (each.name, each.id))
        self.holders = [own, *(Holder(one.id, one.name, one.disk, one.time, one.checked.since) for one in told)]
        self._claimed = [
            Claimed(self._load, one, place.history.commit(one.head).tree if one.head else None) for one in told
        ]
        self.minimum = Minimum(place.settings.get("copies.minimum"))
        self.counting = Counting(self.holders)
        self._tree = place.history.commit(self._head).tree if self._head else None
        self._present = self._ends.enter_context(closing(Presence(place, self._load)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def checked(self, paths: Sequence[RepoPath]) -> Sequence[RepoPath]:
        """Return paths that are all in the snapshot; raise Missing if one is not."""
        for path in paths:
            self._entry(path)
        return paths

    def _entry(self, path: RepoPath) -> tuple[TreeId, Entry, TreeId | None]:
        found = find_entry(self._load, self._tree, path, nibbles) if self._tree else None
        if found is None or self._tree is None:
            shown = path.decode(errors="replace") or "."
            raise Missing(f"there is no {shown!r} in the newest commit", hint="`annexish ls` lists what there is")
        return self._tree, *found

    def found(self, path: RepoPath) -> Iterator[Found]:
        """Yield what is at and below a path, in tree order, and who has it."""
        _, entry, below = self._entry(path)
        inside = iter([(path, entry)]) if below is None else walk(self._load, below, path, recursive=True)
        files = ((at, each) for at, each in inside if each.kind is not Kind.DIRECTORY)
        while batch := list(islice(files, _TOGETHER)):
            here = [self._present.now(at, each) for at, each in batch]
            yield Found(batch, [here, *(claimed.holds(batch) for claimed in self._claimed)])

    def too_few(self, found: Found) -> Iterator[tuple[File, int]]:
        """Yield those of some files that have too few copies elsewhere, and how many they have.

        What has no bytes is in the history.
        """
        for file, *held in zip(found.files, *found.held, strict=True):
            if file[1].kind is Kind.FILE and file[1].size:
                copies = self.counting.copies(position for position, has in enumerate(held) if has)
                if copies < self.minimum.at(file[0]):
                    yield file, copies
