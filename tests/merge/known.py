"""What the files and directories of real commits are known by.

What Git calls a rename is one object; a directory that is gone went where most of what was in it went.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.merge.git import Tree


class Known(NamedTuple):
    """What the files and directories of one snapshot are known by; `homes` are where those of the base are."""

    files: Mapping[str, str]
    directories: Mapping[str, str]
    homes: Mapping[str, str]


def known_in_base(base: Tree) -> Known:
    """Everything is known by its path."""
    directories = directories_of(base)
    return Known(
        {path: f"f:{path}" for path in base},
        {path: f"d:{path}" for path in directories},
        {path: path for path in directories},
    )


def known_on_side(base: Tree, side: Tree, renames: Mapping[str, str], number: int) -> Known:
    """What was in the base is known by its path there, what is new by the side and its path."""
    files = {path: f"f:{renames.get(path, path)}" for path in side if path in renames or path in base}
    files |= {path: f"n{number}:{path}" for path in side.keys() - files.keys()}
    went = {old: new for new, old in renames.items()}
    went |= {path: path for path in base.keys() & side.keys()}
    homes = homes_of(directories_of(base), directories_of(side), base, went)
    directories = {home: f"d:{path}" for path, home in homes.items()}
    return Known(files, {path: directories.get(path, f"e{number}:{path}") for path in directories_of(side)}, homes)


def homes_of(before: set[str], after: set[str], base: Tree, went: Mapping[str, str]) -> dict[str, str]:
    """Where each directory is on a side: in its place, or where more than half of what was in it is."""
    homes = {path: path for path in before & after}
    taken = set(homes)
    inside: dict[str, list[str]] = defaultdict(list)
    for path in base:
        inside[parent(path)].append(path)
    for path in sorted(before, key=lambda one: -one.count("/")):
        inside[parent(path)].append(path)
        if path in homes:
            continue
        votes = Counter(parent(new) for each in inside[path] if (new := went.get(each) or homes.get(each)))
        home, count = max(votes.items(), key=lambda one: (one[1], one[0]), default=("", 0))
        if home and home not in taken and 2 * count > len(inside[path]):
            homes[path] = home
            taken.add(home)
    return homes


def parent(path: str) -> str:
    """The directory that a path is in, "" at the top."""
    return path.rpartition("/")[0]


def directories_of(tree: Iterable[str]) -> set[str]:
    """Every directory on the way to a file."""
    found: set[str] = set()
    for path in tree:
        at = parent(path)
        while at and at not in found:
            found.add(at)
            at = parent(at)
    return found
