"""Make the working tree, or paths of it, equal to a revision; the head does not move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from functools import partial
from typing import NamedTuple

from annexish.apply.joining import inode_of
from annexish.apply.reshaping import Advancing, Reshaping
from annexish.apply.staging import Staging
from annexish.codec.shards import nibbles
from annexish.diff.arriving import arriving
from annexish.diff.compare import compare, with_times
from annexish.diff.resolve import find_entry, walk
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.place.sources import files_with
from annexish.flows.state.past import Past
from annexish.flows.state.recorded import Recorded
from annexish.flows.state.state import State
from annexish.flows.tree.journey import Journey
from annexish.flows.tree.returning import remember_ids
from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath, components, within
from annexish.model.report import Problem, Recovered
from annexish.plan.here import Passing
from annexish.store.history import Nodes


def reshaped(place: Place, before: TreeId, after: TreeId, paths: Sequence[RepoPath]) -> Recovered:
    """Carry out what differs between two snapshots; what is done already is left as it is.

    The working tree is as the first one. The writers' lock is held.
    """
    load = Held(Nodes(place.history))

    def entry_at(path: RepoPath) -> Entry | None:
        return _entry(load, after, path) if not paths or any(within(path, one) for one in paths) else None

    changes = list(changes_between(place, before, after, paths))
    _remember_ids(place, changes)
    hands = _carry_out(place, load, changes, after, entry_at, Reshaping)
    return Recovered(tuple(hands.steps), tuple(hands.problems))


class Reached(NamedTuple):
    """A working tree that became another snapshot by these changes.

    `proven` are paths of which the content was made or read, `absent` those whose content is not here.
    """

    passing: Passing
    done: Recovered
    proven: AbstractSet[RepoPath]
    absent: tuple[RepoPath, ...]


def reached(journey: Journey) -> Reached:
    """The same for a snapshot that is about to be the head: what it has and is not here is absent.

    Where a part is held, the rest changes in the history only.
    """
    load, after, found = journey.load, journey.after, journey.passing
    how = partial(Advancing, vacant=found.vacant, hashed=journey.hashed)
    hands = _carry_out(journey.place, load, list(found.here), after, lambda path: _entry(load, after, path), how)
    done = Recovered(found.told(hands.steps), tuple(hands.problems))
    return Reached(found, done, hands.proven, tuple(sorted(hands.lacking, key=components)))


def undone(place: Place, now: TreeId, after: TreeId, before: TreeId) -> Recovered:
    """Take the changes from `before` to `after` back in a working tree that is like `now`.

    What is not as it was after them is left alone, and said.
    """
    load = Held(Nodes(place.history))
    inverse: list[Change] = []
    problems: list[Problem] = []
    for change in compare(load, after, before, count_inside=False):
        if _still_so(load, now, after, change):
            inverse.append(change)
        elif not _back_already(load, now, change):
            problems.append(Problem(change.old_path or change.path, "left", "it was changed since; it stays as it is"))
    back = {change.path for change in inverse}

    def entry_at(path: RepoPath) -> Entry | None:
        """A directory whose metadata somebody changed since keeps them."""
        wanted, found = _entry(load, before, path), _entry(load, now, path)
        alike = found is None or wanted is None or metadata_of(found) == metadata_of(wanted)
        return wanted if alike or path in back else None

    _remember_ids(place, inverse)
    hands = _carry_out(place, load, inverse, before, entry_at, Reshaping)
    return Recovered(tuple(hands.steps), (*problems, *hands.problems))


def changes_between(place: Place, before: TreeId, after: TreeId, paths: Sequence[RepoPath]) -> Iterator[Change]:
    """Yield what would be done; the time of a directory is a change here."""
    load = Nodes(place.history)
    changes = compare(load, before, after, count_inside=False, differ=with_times)
    return iter(arriving(changes, paths, lambda path: _entry(load, after, path))) if paths else changes


def _still_so(load: Load, now: TreeId, after: TreeId, change: Change) -> bool:
    """Whether an object is in a snapshot as it is before a change from `after`; a directory may hold other things.

    What comes anew finds its place as it was left: free, or with what goes away from there.
    """
    before, path = change.before, change.old_path
    if before is None or path is None:
        found = _entry(load, now, change.path)
        return found is None or _alike(found, _entry(load, after, change.path))
    return _alike(_entry(load, now, path), before)


def _back_already(load: Load, now: TreeId, change: Change) -> bool:
    """Whether an object is in a snapshot as it is after a change; what should go may have given its place away."""
    found = _entry(load, now, change.path)
    if change.after is None:
        return found is None or change.before is None or set(found.ids).isdisjoint(change.before.ids)
    return _alike(found, change.after)


def _alike(one: Entry | None, other: Entry | None) -> bool:
    """Whether both are there and are one object with the same content and metadata.

    Hard links that were made again have a new mark.
    """
    return (
        one is not None
        and other is not None
        and not set(one.ids).isdisjoint(other.ids)
        and content_of(one) == content_of(other)
        and metadata_of(one._replace(links=None)) == metadata_of(other._replace(links=None))
        and bool(one.links) == bool(other.links)
    )


def _carry_out(
    place: Place,
    load: Held,
    changes: list[Change],
    after: TreeId,
    entry_at: Callable[[RepoPath], Entry | None],
    how: Callable[..., Reshaping],
) -> Reshaping:
    """Change the working tree; `entry_at` tells what an object becomes, None for one that stays as it is."""
    groups = _groups(load, after, changes, entry_at)
    with closing(State(place)) as state, keep_of(place) as keep:
        recorded = Recorded(state.cache, Past(state.cache, load))
        staging = Staging([f"{at}/staging" for at in (place.control, *(one.path for one in keep.mounted))])
        find = partial(files_with, place.root, Nodes(place.history), after)
        hands = how(place.root, staging, keep, recorded, lambda path: _entry(load, after, path), find)
        hands.run(changes, entry_at, groups)
        return hands


def _groups(
    load: Load, after: TreeId, changes: Sequence[Change], entry_at: Callable[[RepoPath], Entry | None]
) -> list[list[tuple[RepoPath, Entry]]]:
    """Return the hard links of a snapshot that a change is about; to find them all of it is read."""
    told = (change.after for change in changes if not only_moved(change))
    marks = {after.links for after in told if after is not None and after.links}
    groups: dict[tuple[object, ...], list[tuple[RepoPath, Entry]]] = {}
    for path, entry in linked(load, after, marks):
        if entry_at(path) is not None:
            groups.setdefault(inode_of(entry), []).append((path, entry))
    return list(groups.values())


def only_moved(change: Change) -> bool:
    """Whether an object is what it was, at another place: its inode, and those of its other names, stay."""
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    return (content_of(before), metadata_of(before)) == (content_of(after), metadata_of(after))


def linked(load: Load, tree: TreeId, marks: AbstractSet[bytes | None]) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield the files of groups of hard links; all of the snapshot is read, if there are any marks."""
    for path, entry in walk(load, tree, TOP, recursive=True) if marks else ():
        if entry.links in marks:
            yield path, entry


def _entry(load: Load, tree: TreeId, path: RepoPath) -> Entry | None:
    found = find_entry(load, tree, path, nibbles)
    return found[0] if found else None


def _remember_ids(place: Place, changes: Sequence[Change]) -> None:
    """What gets a place or content is the object that the snapshot has there, whatever the next scan would guess."""
    back, moved = [], []
    for change in changes:
        if change.after is None:
            continue
        if change.before is None:
            back.append((change.path, change.after))
        elif change.path != change.path_before or content_of(change.before) != content_of(change.after):
            moved.append((change.path, change.after))
    remember_ids(place, back, moved)
