"""Which displaced object is which arrived name, by inode (docs/architecture.md, "Identity").

Inode numbers are reused at once, so a second sign is asked for: the same time of birth where
the file system has one, else the same size and mtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annexish.model.evidence import Arrived, Displaced, Stat

_TYPE = 0o170000


def by_inode(displaced: Sequence[Displaced], arrived: Iterable[Arrived]) -> list[tuple[Arrived, int]]:
    """Return the arrived names that are displaced objects, with the position of the object.

    An object whose path is gone follows its inode. One whose path has another inode now stays
    at its path, unless the chain of known inodes that displaced it closes or starts at a gone path:
    then all objects of the chain moved (a swap, a rotation into a free name). If the chain starts
    with an inode that was not known, all stay (an editor's backup, a rotated log).
    """
    candidates = _matches(displaced, arrived)
    replacement = {found.over: (found, lost) for found, lost in candidates if found.over is not None}
    return [(found, lost) for found, lost in candidates if _moved(found, lost, displaced, replacement)]


def same_inode(before: Stat, now: Stat) -> bool:
    """Whether two records are of one inode, and not of two that had its number one after the other."""
    if before.inode != now.inode or (before.mode ^ now.mode) & _TYPE:
        return False
    if before.birth_s and now.birth_s:
        return before.birth == now.birth
    return before.size == now.size and before.mtime == now.mtime


def _matches(displaced: Sequence[Displaced], arrived: Iterable[Arrived]) -> list[tuple[Arrived, int]]:
    """Pair by inode, one to one; of several links to one inode the same name goes first."""
    by_number: dict[int, list[int]] = {}
    for position, lost in enumerate(displaced):
        by_number.setdefault(lost.stat.inode, []).append(position)
    pairs: list[tuple[Arrived, int]] = []
    again: list[Arrived] = []
    known = [found for found in arrived if found.stat.inode in by_number]
    # a name over a displaced object goes first, so that a swap closes although one inode has a further name
    known.sort(key=lambda found: (found.over is None, found.directory, found.at))
    for found in known:
        positions = by_number[found.stat.inode]
        named = [p for p in positions if displaced[p].name == found.name] if len(positions) > 1 else positions
        if not _take(found, named, positions, displaced, pairs):
            again.append(found)
    for found in again:
        positions = by_number[found.stat.inode]
        _take(found, positions, positions, displaced, pairs)
    return pairs


def _take(
    found: Arrived, choice: list[int], positions: list[int], displaced: Sequence[Displaced],
    pairs: list[tuple[Arrived, int]],
) -> bool:  # fmt: skip
    for position in choice:
        if position != found.over and same_inode(displaced[position].stat, found.stat):
            pairs.append((found, position))
            positions.remove(position)
            return True
    return False


def _moved(
    found: Arrived, lost: int, displaced: Sequence[Displaced], replacement: dict[int, tuple[Arrived, int]]
) -> bool:
    """Follow the chain from `found` back: what is now at the path of the object that came here?"""
    at = lost
    while not displaced[at].gone:
        if at == found.over:
            return True
        link = replacement.get(at)
        if link is None:
            return False
        at = link[1]
        if at == lost:
            # a cycle that does not contain `found`: its inode has a second name here
            return False
    return True
