"""From one snapshot to the next in a working tree that holds a part: what changes here, and what comes and goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.path import TOP, RepoPath, components, join, split
from annexish.model.report import Step
from annexish.plan.scope import At, Placed

IsHere = Callable[[RepoPath, Entry], bool]
"""Whether what the old snapshot has at a path is in the working tree."""

Inside = Callable[[RepoPath], Iterable[Entry]]
"""What is in a directory of the new snapshot, without what is below."""


class Scopes(NamedTuple):
    """The scope in the old and in the new snapshot."""

    old: Placed
    new: Placed


class Passing(NamedTuple):
    """What a commit changes where a part is held.

    `changes` are those between the snapshots, and what a directory carries along and comes or goes thereby;
    `here` those of the working tree: what comes is added there, what goes is deleted.
    `dropped` are paths, in the old snapshot, of what goes and is not deleted, and `left` where it is in the new one;
    the directories `vacant` among them go only if nothing else is in them.
    """

    scopes: Scopes
    changes: Sequence[Change]
    here: Sequence[Change]
    dropped: AbstractSet[RepoPath] = frozenset()
    left: AbstractSet[RepoPath] = frozenset()
    vacant: AbstractSet[RepoPath] = frozenset()

    def told(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Return the steps, with another word where something goes from here and is not deleted."""
        return tuple([one._replace(word="drop") if self._drops(one) else one for one in steps])

    def _drops(self, step: Step) -> bool:
        return step.word == "delete" and step.path in self.dropped


def passing(changes: Sequence[Change], scopes: Scopes, is_here: IsHere, at: At, inside: Inside) -> Passing:
    """Return what changes here; `at` and `inside` tell of the new snapshot.

    What is here stays if it is in scope, or was not before; what is not here comes if it is wanted.
    What is not here before and after changes in the history only.
    """
    told = [_fate(change, scopes, is_here) for change in changes]
    carried = [_fate(change, scopes, is_here) for change in _carried(changes, scopes, inside)]
    # a directory stays where something in it does
    staying = _above(fate.change.path for fate in (*told, *carried) if fate.after)
    told, carried = ([fate.in_one_of(staying) for fate in fates] for fates in (told, carried))
    turned = [fate for fate in carried if fate.turns(scopes.old)]
    way = _above(fate.change.path for fate in turned) | {fate.change.path for fate in turned}
    here = [change for fate in (*told, *turned) for change in fate.here()]
    gone = [fate.change for fate in (*told, *turned) if fate.goes()]
    vacant = _vacant(here, changes, scopes, at)
    here = [change for change in here if change.old_path not in vacant]
    here += [Change(one.entry, None, path, path) for path, one in vacant.items()]
    return Passing(
        scopes,
        sorted((*changes, *(fate.change for fate in carried if fate.change.path in way)), key=_place),
        sorted(here, key=_place),
        {change.old_path for change in gone if change.old_path is not None} | vacant.keys(),
        {change.path for change in gone} | {one.path for one in vacant.values()},
        vacant.keys(),
    )


class _Fate(NamedTuple):
    """One change, and whether its object is here before and after."""

    change: Change
    before: bool
    after: bool

    def in_one_of(self, directories: AbstractSet[RepoPath]) -> _Fate:
        """The same, if its object is one of the directories and stays therefore."""
        return self._replace(after=True) if self.before and self.change.path in directories else self

    def goes(self) -> bool:
        """Whether it goes from here only."""
        return self.before and not self.after and self.change.after is not None

    def turns(self, old: Placed) -> bool:
        """Whether what is only carried along comes or goes; what was wanted before is absent for another reason."""
        if self.before or not self.after:
            return self.before and not self.after
        assert self.change.old_path is not None, "it was somewhere"
        return not old.wants(self.change.old_path, directory=self.change.kind is Kind.DIRECTORY)

    def here(self) -> Iterator[Change]:
        """Yield what changes here, if anything does."""
        change, old = self.change, self.change.old_path
        if self.before and self.after:
            yield change
        elif self.before:
            yield Change(change.before, None, old, old or change.path)
        elif self.after:
            yield Change(None, change.after, None, change.path)


def _fate(change: Change, scopes: Scopes, is_here: IsHere) -> _Fate:
    before, after, old = change.before, change.after, change.old_path
    here = before is not None and old is not None and is_here(old, before)
    if after is None:
        return _Fate(change, here, after=False)
    directory = after.kind is Kind.DIRECTORY
    if not here or old is None:
        return _Fate(change, here, scopes.new.wants(change.path, directory=directory))
    if directory:
        stays = old == change.path or scopes.new.enters(change.path) or not scopes.old.enters(old)
        return _Fate(change, here, stays)
    return _Fate(change, here, scopes.new.takes(change.path) or not scopes.old.takes(old))


def _carried(changes: Sequence[Change], scopes: Scopes, inside: Inside) -> Iterator[Change]:
    """Yield what is in directories that moved and is as it was, where the scope says something else of it now."""
    told = {change.path: change for change in changes if change.after is not None}
    for change in changes:
        if not _moved(change) or change.old_path is None:
            continue
        if scopes.old.says_the_same(change.old_path, scopes.new, change.path):
            continue
        todo = [(change.path, change.old_path)]
        while todo:
            path, old = todo.pop()
            for entry in inside(path):
                below, source = join(path, entry.name), join(old, entry.name)
                one = told.get(below, Change(entry, entry, below, below, origin=source))
                if below not in told:
                    yield one
                if entry.kind is Kind.DIRECTORY and one.old_path == source and not _moved(one):
                    todo.append((below, source))


def _moved(change: Change) -> bool:
    """Whether a directory is at another place than the one above it took it to."""
    before, after = change.before, change.after
    if before is None or after is None or after.kind is not Kind.DIRECTORY:
        return False
    return change.path_before != change.path


class _At(NamedTuple):
    """A directory of the new snapshot."""

    path: RepoPath
    entry: Entry


def _vacant(here: Sequence[Change], changes: Sequence[Change], scopes: Scopes, at: At) -> dict[RepoPath, _At]:
    """Return the directories that are above the scope no more, and stay where they were, by their old path."""
    told = {change.old_path: change for change in changes if change.old_path is not None}
    found: dict[RepoPath, _At] = {}
    seen: set[RepoPath] = set()
    for change in here:
        above = _left_by(change)
        while above and above not in seen:
            seen.add(above)
            now = _now(told, above)
            entry = at(now) if now is not None else None
            if now is not None and entry is not None and scopes.old.enters(above) and not scopes.new.enters(now):
                found[above] = _At(now, entry)
            above = split(above)[0]
    return found


def _left_by(change: Change) -> RepoPath:
    """The directory that something leaves, or a directory that stays; the top for all else."""
    if change.old_path is None or change.before is None:
        return TOP
    if change.after is None or change.path != change.path_before:
        return split(change.old_path)[0]
    return change.old_path if change.before.kind is Kind.DIRECTORY else TOP


def _now(told: Mapping[RepoPath, Change], old: RepoPath) -> RepoPath | None:
    """Return where a directory is that stays in the one above it; None for one that moves or goes."""
    change = told.get(old)
    if change is not None and (change.after is None or _moved(change)):
        return None
    at = old
    while at and at not in told:
        at = split(at)[0]
    change = told.get(at)
    if change is None:
        return old
    return RepoPath(change.path + old[len(at) :]) if change.after is not None else None


def _above(paths: Iterable[RepoPath]) -> set[RepoPath]:
    """Return all directories that are above one of the paths."""
    above: set[RepoPath] = set()
    for path in paths:
        at = split(path)[0]
        while at and at not in above:
            above.add(at)
            at = split(at)[0]
    return above


def _place(change: Change) -> list[bytes]:
    return components(change.path)
