"""What another repository says that it holds: its scope in the snapshot of its head, but for the exceptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cached_property

from annexish.codec.scope import decode_scope
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, find_in, search
from annexish.errors import Corrupt
from annexish.flows.state.scoped import scope_in
from annexish.model.change import content_of
from annexish.model.entry import Entry
from annexish.model.holdings import Holdings
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath, split
from annexish.model.scope import EVERYTHING
from annexish.plan.scope import Placed


class Claimed:
    """Answers for one repository; `tree` is the snapshot of the head that it named, None if it has none."""

    def __init__(self, load: Load, told: Holdings, tree: TreeId | None) -> None:
        self._load = load
        self._told = told
        self._tree = tree
        self._directory: tuple[RepoPath, TreeId | None] | None = None
        self._lineages: tuple[RepoPath, frozenset[ObjectId]] | None = None

    def holds(self, wanted: Sequence[tuple[RepoPath, Entry]]) -> list[bool]:
        """Return of each entry here whether that repository has the same object with the same content.

        It is looked for at the path that it has here, and all that are not there are looked for together.
        """
        if self._tree is None or self._placed is None:
            return [False] * len(wanted)
        found = [(path, self._at(path)) for path, _ in wanted]
        missing = {id for (_, mine), (_, there) in zip(wanted, found, strict=True) if not _same(mine, there)
                   for id in mine.ids}  # fmt: skip
        elsewhere: dict[ObjectId, tuple[RepoPath, Entry]] = {}
        for at, entry in search(self._load, self._tree, missing) if missing else ():
            elsewhere.update((id, (at, entry)) for id in entry.ids)
        answers = []
        for (_, mine), (path, there) in zip(wanted, found, strict=True):
            if not _same(mine, there):
                path, there = next((elsewhere[id] for id in mine.ids if id in elsewhere), (path, None))  # noqa: PLW2901
            answers.append(there is not None and content_of(there) == content_of(mine) and self._has(path, there))
        return answers

    @cached_property
    def _placed(self) -> Placed | None:
        """The scope; None if it cannot be read here, so that nobody knows what is in it."""
        assert self._tree is not None, "a head has a snapshot"
        with suppress(Corrupt):
            scope = decode_scope(self._told.scope) if self._told.scope else EVERYTHING
            return scope_in(self._load, self._tree, scope)
        return None

    def _at(self, path: RepoPath) -> Entry | None:
        """What that repository has at a path; asked for one path of a directory after the other."""
        parent, name = split(path)
        if self._directory is None or self._directory[0] != parent:
            assert self._tree is not None, "a head has a snapshot"
            found = find_entry(self._load, self._tree, parent, nibbles)
            self._directory = (parent, found[1] if found else None)
        inside = self._directory[1]
        entry = find_in(self._load, inside, name, nibbles) if inside is not None else None
        return entry[0] if entry else None

    def _has(self, path: RepoPath, entry: Entry) -> bool:
        """Whether what is at a path there is present, as far as that repository told."""
        if self._named(path, entry, self._told.besides):
            return True
        assert self._placed is not None, "it was placed"
        return self._placed.wants(path) and not self._named(path, entry, self._told.lacking)

    def _named(self, path: RepoPath, entry: Entry, exceptions: Collection[ObjectId]) -> bool:
        """Whether an entry, or a directory that it is in, is an exception."""
        if not exceptions:
            return False
        return not (self._lineage(split(path)[0]) | {*entry.ids}).isdisjoint(exceptions)

    def _lineage(self, directory: RepoPath) -> frozenset[ObjectId]:
        """The ids of a directory and of all above it."""
        if self._lineages is None or self._lineages[0] != directory:
            assert self._tree is not None, "a head has a snapshot"
            ids: set[ObjectId] = set()
            at: RepoPath | None = directory
            while at is not None:
                found = find_entry(self._load, self._tree, at, nibbles)
                ids.update(found[0].ids if found else ())
                at = split(at)[0] if at else None
            self._lineages = (directory, frozenset(ids))
        return self._lineages[1]


def _same(mine: Entry, there: Entry | None) -> bool:
    return there is not None and not set(mine.ids).isdisjoint(there.ids)
