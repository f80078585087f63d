"""Bring objects of snapshots back: what `recover` and an interrupted one have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from annexish.apply.bringing import Bringing, Brought
from annexish.apply.keeps import Keeps
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, walk
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath, components, split, within
from annexish.model.report import Problem, Recovered, Step


class Wanted(NamedTuple):
    """An object to bring back: from which snapshot, where it was there, and where it goes, relative to the target."""

    tree: TreeId
    path: RepoPath
    entry: Entry
    target: RepoPath


def bring_back(
    top: bytes, keep: Keeps, load: Load, wanted: Iterable[Wanted], base: RepoPath, *, again: bool = False
) -> Recovered:
    """Make all that is wanted below `top`, directories above it included; `base` is what target paths leave out.

    `again` is said when this was interrupted before: then directories that are there get their metadata too.
    """
    steps: list[Step] = []
    problems: list[Problem] = []
    with Bringing(top, keep, again=again) as hands:
        for brought in _all(hands, load, sorted(wanted, key=lambda one: components(one.target)), base):
            step, wrong = brought.told()
            steps += [step] if step else []
            problems += wrong
    return Recovered(tuple(steps), tuple(problems))


def _all(hands: Bringing, load: Load, wanted: list[Wanted], base: RepoPath) -> Iterator[Brought]:
    made: set[RepoPath] = {TOP} | {one.target for one in wanted if one.entry.kind is Kind.DIRECTORY}
    for one in wanted:
        if split(one.target)[0] not in made:
            for above, entry in _missing_above(load, one, base, made.__contains__):
                made.add(above)
                yield from hands.bring(above, entry)
        yield from hands.bring(one.target, one.entry)
    yield from hands.finish()


def _missing_above(
    load: Load, one: Wanted, base: RepoPath, known: Callable[[RepoPath], bool]
) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield the directories above an object, as its snapshot has them, topmost first."""
    found: list[tuple[RepoPath, Entry]] = []
    at, target = one.path, one.target
    while target:
        (at, _), (target, _) = split(at), split(target)
        if not target or known(target) or not within(at, base):
            break
        entry = find_entry(load, one.tree, at, nibbles)
        if entry is not None:
            found.append((target, entry[0]))
    return reversed(found)


def everything_at(load: Load, tree: TreeId, path: RepoPath) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield what is at a path of a snapshot, and below it; nothing if there is nothing."""
    found = find_entry(load, tree, path, nibbles)
    if found is None:
        return
    if path:
        yield path, found[0]
    if found[1] is not None:
        yield from walk(load, found[1], path, recursive=True)


def target_of(path: RepoPath, base: RepoPath) -> RepoPath:
    """Return a path without the directory `base` in front."""
    return RepoPath(path[len(base) + 1 :] if base else path)
