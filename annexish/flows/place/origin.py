"""Is this the directory that was made a repository, or a copy of it? A copy gets an id of its own.

Nobody can give a directory its birth time, and a copy seldom has the inode number of its original. So both are
recorded, as far as the file system tells them the same at each mount; what is not known on both sides says nothing.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from annexish.flows.place.place import Place
from annexish.scan.filesystem import kind_of, trusted
from annexish.scan.stat import Statter, unpack
from annexish.store.holdings import KnownHoldings
from annexish.store.lock import Lock

KEY = "repository.directory"
_NONE = "-"
UNKNOWN = f"{_NONE} {_NONE}"
"""The signs of a directory of which nothing is known that stays."""


class Renewed(NamedTuple):
    """A copy that became a repository of its own: the id that it had, and what it is now."""

    before: str
    id: str
    name: str


def signs(directory: str) -> str:
    """Return what a control directory is told by: its inode number and birth time (ns), `-` for what is not known."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = unpack(Statter(1).own(descriptor))[0]
    finally:
        os.close(descriptor)
    inode = str(found.inode) if trusted(kind_of(os.fsencode(directory))) else _NONE
    birth = str(found.birth_s * 10**9 + found.birth_n) if found.birth_s else _NONE
    return f"{inode} {birth}"


def note(place: Place) -> None:
    """Record which directory this is, if an older program made it; the writers' lock is held."""
    settings = place.settings
    if not settings.get(KEY):
        settings.write({KEY: signs(place.control)})


def is_copy(place: Place) -> bool:
    """Whether this is another directory than was made a repository."""
    recorded = place.settings.get(KEY).split()
    pairs = zip(recorded, signs(place.control).split(), strict=False)
    return any(one != other for one, other in pairs if _NONE not in (one, other))


def renewed(place: Place) -> Renewed | None:
    """Give a copy an id and a name of its own before it tells others of itself; None if it is no copy."""
    with Lock(place.lock):
        if not is_copy(place):
            note(place)
            return None
        before, name = place.identity()
        made = Renewed(before, os.urandom(16).hex(), _other_name(place, name))
        directory = signs(place.control)
        place.settings.write({"repository.id": made.id, "repository.name": made.name, KEY: directory})
        return made


def _other_name(place: Place, name: str) -> str:
    """Return the name with the first number that no repository known here has."""
    taken = {each.name for each in KnownHoldings(place.history, "").readable()}
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
