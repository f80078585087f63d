"""Releases of a real source distribution, as a person with a bad memory for names might make them."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from tests.merge.known import directories_of, parent

Release = dict[str, bytes]
PACKAGES = ("asyncio", "concurrent", "email", "html", "http", "importlib", "json", "logging", "multiprocessing", "xml")


@cache
def standard_library() -> tuple[tuple[str, bytes], ...]:
    """Some packages of the library of the Python that runs this."""
    top = Path(sysconfig.get_path("stdlib"))
    found = []
    for package in PACKAGES:
        paths = sorted((top / package).rglob("*.py"))
        found += [(os.fsdecode(path.relative_to(top)), path.read_bytes()) for path in paths]
    return tuple(found)


def released() -> Release:
    """A first release."""
    return dict(standard_library())


def changed(random: Random, before: Release, side: str) -> Release:
    """The next release, on one of two sides."""
    release = dict(before)
    for _ in range(random.randrange(1, 12)):
        random.choice(CHANGES)(random, release, side)
    return release


def _edit(random: Random, release: Release, side: str) -> None:
    for path in random.sample(sorted(release), 5):
        lines = release[path].splitlines(keepends=True)
        lines.insert(random.randrange(len(lines) + 1), b"# seen by %s\n" % side.encode())
        release[path] = b"".join(lines)


def _move(random: Random, release: Release, side: str) -> None:
    for path in random.sample(sorted(release), 3):
        _put(release, path, f"{random.choice(sorted(directories_of(release)))}/{path.rpartition('/')[2]}")


def _rename(random: Random, release: Release, side: str) -> None:
    for path in random.sample(sorted(release), 3):
        _put(release, path, f"{path[:-3]}_{random.choice((side, 'new'))}.py")


def _move_directory(random: Random, release: Release, side: str) -> None:
    directory = random.choice(sorted(directories_of(release)))
    into = random.choice(["", *sorted(each + "/" for each in directories_of(release))])
    _put_all(release, directory, f"{into}{directory.rpartition('/')[2]}_{random.choice((side, 'new'))}")


def _join_directories(random: Random, release: Release, side: str) -> None:
    _put_all(release, *random.sample(sorted(directories_of(release)), 2))


def _delete(random: Random, release: Release, side: str) -> None:
    for path in random.sample(sorted(release), 3):
        del release[path]


def _add(random: Random, release: Release, side: str) -> None:
    for number in range(2):
        directory = random.choice(sorted(directories_of(release)))
        author = random.choice((side, "both"))
        release[f"{directory}/new_{random.choice((side, 'both'))}_{number}.py"] = author.encode() * 9


def _put_all(release: Release, directory: str, to: str) -> None:
    if f"{to}/".startswith(f"{directory}/"):
        return
    for path in [each for each in release if each.startswith(f"{directory}/")]:
        _put(release, path, to + path[len(directory) :])


def _put(release: Release, path: str, to: str) -> None:
    if to not in release and parent(to) not in release:
        release[to] = release.pop(path)


CHANGES: tuple[Callable[[Random, Release, str], None], ...] = (
    *(_edit, _edit, _edit, _move, _rename, _move_directory, _join_directories, _delete, _add),
)
