"""Pair what moved and was saved anew: by the bytes that the keep still has of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from annexish.flows.commit.identity import Identity, Place
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place as Home
from annexish.flows.state.past import Past
from annexish.identify.by_likeness import LARGEST, SMALLEST, Likely, by_likeness
from annexish.scan.stat import unpack
from annexish.scan.survey import NEW, Survey
from annexish.system.descend import Descent

_MOST = 10_000
"""With more files gone or new than this nobody looks: it is a mass of deletions or additions, and not an edit."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REGULAR = 0o100000


def from_likeness(identity: Identity, survey: Survey, past: Past, home: Home) -> None:
    """Pair files that are gone with new ones that are still without an object, where most of the bytes are the same."""
    gone = [
        Likely(position, lost.name, lost.stat.size)
        for position, lost in enumerate(identity.displaced)
        if lost.gone and position not in identity.taken and _fits(lost.stat.mode, lost.stat.size)
    ]
    if not gone or len(gone) > _MOST:
        return
    places: list[Place] = []
    found: list[Likely] = []
    for place, name, size in _new(identity, survey):
        found.append(Likely(len(places), name, size))
        places.append(place)
    if not found or len(found) > _MOST:
        return
    with Descent(home.root) as descent, keep_of(home) as keep:

        def old(position: int) -> bytes | None:
            lost = identity.displaced[position]
            entry = past.entry(lost.row, lost.name)
            descriptor = keep.open(entry.digest) if entry and entry.digest else None
            return _bytes_of(descriptor)

        def new(key: int) -> bytes | None:
            number, at = places[key]
            listing = survey[number]
            try:
                return _bytes_of(os.open(listing.names[at], _READ, dir_fd=descent.open(listing.path)))
            except OSError:
                return None

        for key, position in by_likeness(gone, found, old, new).items():
            identity.take(places[key], position)


def _new(identity: Identity, survey: Survey) -> Iterator[tuple[Place, bytes, int]]:
    for listing in survey:
        if NEW not in listing.codes:
            continue
        for at, stat in enumerate(unpack(listing.columns)):
            place = (listing.number, at)
            if listing.codes[at] == NEW and _fits(stat.mode, stat.size) and not identity.has(place):
                yield place, listing.names[at], stat.size


def _fits(mode: int, size: int) -> bool:
    return mode & 0o170000 == _REGULAR and SMALLEST <= size <= LARGEST


def _bytes_of(descriptor: int | None) -> bytes | None:
    if descriptor is None:
        return None
    try:
        return os.pread(descriptor, LARGEST + 1, 0)
    except OSError:
        return None
    finally:
        os.close(descriptor)
