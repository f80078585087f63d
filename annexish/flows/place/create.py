"""A directory becomes a repository."""

from __future__ import annotations

import os

from annexish.errors import Usage
from annexish.flows.place.origin import note
from annexish.flows.place.place import FORMAT, Place, enclosing
from annexish.model.path import CONTROL
from annexish.store.cache import Cache
from annexish.store.history import History
from annexish.store.lock import Lock


def create(directory: bytes, name: str | None) -> Place:
    """Make a directory a repository; its files are untouched. A second time does nothing but take a new name."""
    os.makedirs(directory, exist_ok=True)
    place = Place(os.path.realpath(directory))
    inside = enclosing(os.path.dirname(place.root))
    if inside and os.path.basename(place.root) == CONTROL:
        raise Usage(f"{os.fsdecode(directory)!r} is the control directory of a repository")
    os.makedirs(place.control, mode=0o700, exist_ok=True)
    os.chmod(place.control, 0o700)
    # the history comes last: a directory with a history is a repository
    with Lock(place.lock):
        note(place)
        settings = place.settings
        if not settings.get("repository.id"):
            settings.write({"repository.format": FORMAT, "repository.id": os.urandom(16).hex()})
        if name or not settings.get("repository.name"):
            settings.write({"repository.name": name or os.fsdecode(os.path.basename(place.root)) or "root"})
        Cache(place.cache).close()
        if not os.path.isdir(place.history.path):
            History.create(place.history.path)
    return place
