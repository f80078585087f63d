"""The changes after which a part of a tree is as another snapshot has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath, components, split, within

EntryAt = Callable[[RepoPath], Entry | None]
Moves = Mapping[RepoPath, RepoPath]
"""Where directories that are told of go; some stay."""


def arriving(changes: Iterable[Change], paths: Sequence[RepoPath], entry_at: EntryAt) -> list[Change]:
    """Return the changes that paths need, in tree order; `entry_at` looks into the second snapshot.

    Those of which an end lies within one of the paths, and those of what a directory would carry along into one.
    What is at a path and only goes with a directory above it moves by itself, as that directory stays where it is.
    """
    held = list(changes)
    directories = [one for one in held if one.before and one.after and one.kind is Kind.DIRECTORY]
    going = {one.old_path: one.path for one in directories if one.old_path is not None}
    coming = {one.path: one.old_path for one in directories if one.old_path is not None}
    found = {one.path: one for one in held if one.after}
    alone: dict[RepoPath, Change] = {}
    for before, after in _carried(paths, going, coming):
        entry, told = entry_at(after), found.get(after)
        if entry is not None and (told is None or told.origin == before):
            alone[after] = Change(told.before if told else entry, entry, before, after)
            going[before] = after
    others = (one for one in held if one.after is None or one.path not in alone)
    needed = [one for one in others if _concerns(one, going, paths)]
    return sorted([*needed, *alone.values()], key=lambda one: components(one.path))


def _concerns(change: Change, going: Moves, paths: Sequence[RepoPath]) -> bool:
    ends = (change.path, change.path_before, _along(change.old_path, going))
    return any(end is not None and within(end, path) for end in ends for path in paths)


def _carried(paths: Sequence[RepoPath], going: Moves, coming: Moves) -> Iterator[tuple[RepoPath, RepoPath]]:
    """Yield old and new places, one of them a path, if a directory above that stays has them in common."""
    pairs: dict[tuple[RepoPath, RepoPath], None] = {}
    for path in paths:
        before, after = _along(path, coming), _along(path, going)
        if before not in (None, path):
            pairs[before, path] = None
        if after not in (None, path):
            pairs[path, after] = None
    for before, after in pairs:
        above = {split(before)[0], split(after)[0]}
        if not any(within(one, path) for one in above for path in paths):
            yield before, after


def _along(path: RepoPath | None, moves: Moves) -> RepoPath | None:
    """Return where a path is if the nearest directory above it that is told of takes it along; None without one."""
    at, rest = path, b""
    while at:
        at, name = split(at)
        rest = b"/" + name + rest
        if at in moves:
            return RepoPath((moves[at] + rest).removeprefix(b"/"))
    return None
