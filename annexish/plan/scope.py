"""A scope in a snapshot: which paths a repository wants to hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from annexish.errors import Corrupt
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.path import TOP, RepoPath, split
from annexish.model.scope import Anchor, Mark, Pattern, Rule, Scope
from annexish.plan.wildcard import Wildcard


class Found(NamedTuple):
    """An object of the snapshot, and where it is."""

    path: RepoPath
    entry: Entry


At = Callable[[RepoPath], Entry | None]
"""What is at a path of the snapshot."""

Search = Callable[[Collection[ObjectId]], Iterable[Found]]
"""Those objects of the snapshot that have one of these ids, wherever they are."""


class Placed:
    """A scope that is placed in a snapshot; `scope` is the same one with the paths at which its objects are there."""

    def __init__(self, scope: Scope, found: Mapping[Anchor, Anchor]) -> None:
        self._only = _Covering(scope.only, found) if scope.only else None
        self._without = _Covering(scope.without, found)
        # of two marks on what turned out to be one object, that which wants less is in force
        marks = sorted(scope.marks, key=lambda mark: mark.wanted, reverse=True)
        here = {found[mark.anchor]: mark.wanted for mark in marks if mark.anchor in found}
        self._gone = frozenset(mark for mark in marks if mark.anchor not in found)
        self._marks = {anchor.path: wanted for anchor, wanted in here.items()}
        self.scope = Scope(
            _now(scope.only, found),
            _now(scope.without, found),
            (*(Mark(anchor, wanted) for anchor, wanted in sorted(here.items())), *sorted(self._gone)),
            scope.extensions,
        )

    @property
    def all(self) -> bool:
        """Whether everything is wanted."""
        return self._only is None and not self._without and all(self._marks.values())

    def takes(self, path: RepoPath, *, directory: bool = False) -> bool:
        """Whether a path is in scope."""
        if self._only is not None and not self._only.covers(path, directory=directory):
            return False
        return not self._without.covers(path, directory=directory)

    def wants(self, path: RepoPath, *, directory: bool = False) -> bool:
        """Whether what is at a path is wanted: it is in scope, and so says the nearest mark above it, if any."""
        return self.takes(path, directory=directory) and _nearest(self._marks, path)

    def enters(self, path: RepoPath) -> bool:
        """Whether a directory exists: it is in scope, or something below it may be."""
        if self.takes(path, directory=True) or not path:
            return True
        if self._only is None or self._without.covers(path, directory=True):
            return False
        return self._only.may_cover_below(path)

    def says_the_same(self, path: RepoPath, other: Placed, place: RepoPath) -> bool:
        """Whether another scope says of all below a directory what this one does, if no object moved in it.

        False if that cannot be told from the directory alone: a pattern may be about any name.
        """
        return not self._has_patterns and self._verdict(path) == other._verdict(place)

    def marked(self, anchors: Collection[Anchor], *, wanted: bool) -> Scope:
        """Return the scope with objects of the snapshot, and all that is below them, wanted or unwanted.

        Marks at them and below are gone then, and nothing is marked that is so anyway.
        """
        tops = {anchor.path for anchor in anchors}
        marks = [mark for mark in self.scope.marks if mark in self._gone or tops.isdisjoint(_lineage(mark.anchor.path))]
        paths = {mark.anchor.path: mark.wanted for mark in marks if mark not in self._gone}
        for anchor in sorted(anchors):
            if _nearest(paths, anchor.path) is not wanted:
                paths[anchor.path] = wanted
                marks.append(Mark(anchor, wanted))
        return self.scope._replace(marks=tuple(sorted(marks)))

    @property
    def _has_patterns(self) -> bool:
        return any(isinstance(rule, bytes) for rule in (*self.scope.only, *self.scope.without))

    def _verdict(self, path: RepoPath) -> tuple[bool, bool, bool]:
        return self.takes(path, directory=True), self.enters(path), _nearest(self._marks, path)


def place(scope: Scope, at: At, search: Search) -> Placed:
    """Return a scope as it is in a snapshot: its objects are looked for where they were last, else everywhere.

    Raise Corrupt for a pattern that cannot be read.
    """
    anchors = {rule for rule in (*scope.only, *scope.without) if isinstance(rule, Anchor)}
    anchors |= {mark.anchor for mark in scope.marks}
    found: dict[Anchor, Anchor] = {}
    for anchor in anchors:
        entry = at(anchor.path)
        if entry is not None and not set(anchor.ids).isdisjoint(entry.ids):
            found[anchor] = Anchor(anchor.path, entry.ids)
    missing = {id for anchor in anchors - found.keys() for id in anchor.ids}
    if missing:
        moved = {id: Anchor(one.path, one.entry.ids) for one in search(missing) for id in one.entry.ids}
        for anchor in anchors - found.keys():
            found.update((anchor, moved[id]) for id in anchor.ids if id in moved)
    return Placed(scope, found)


class _Covering:
    """What a list of rules covers."""

    def __init__(self, rules: Iterable[Rule], found: Mapping[Anchor, Anchor]) -> None:
        self._tops = frozenset(found[rule].path for rule in rules if isinstance(rule, Anchor) and rule in found)
        self._above = frozenset(above for top in self._tops for above in _lineage(top))
        self._wild = [_wildcard(rule) for rule in rules if isinstance(rule, bytes)]

    def __bool__(self) -> bool:
        return bool(self._tops or self._wild)

    def covers(self, path: RepoPath, *, directory: bool) -> bool:
        if self._tops and not self._tops.isdisjoint(_lineage(path)):
            return True
        return any(wild.covers(path, directory=directory) for wild in self._wild)

    def may_cover_below(self, path: RepoPath) -> bool:
        return path in self._above or any(wild.may_cover_below(path) for wild in self._wild)


def _wildcard(rule: Pattern) -> Wildcard:
    try:
        return Wildcard(rule)
    except ValueError as error:
        raise Corrupt(f"a scope has a pattern that cannot be read: {rule!r}: {error}") from error


def _now(rules: Iterable[Rule], found: Mapping[Anchor, Anchor]) -> tuple[Rule, ...]:
    return tuple([found.get(rule, rule) if isinstance(rule, Anchor) else rule for rule in rules])


def _nearest(marks: Mapping[RepoPath, bool], path: RepoPath) -> bool:
    if not marks:
        return True
    return next((marks[above] for above in _lineage(path) if above in marks), True)


def _lineage(path: RepoPath) -> Iterator[RepoPath]:
    """Yield a path and those of all directories above it."""
    while path:
        yield path
        path = split(path)[0]
    yield TOP
