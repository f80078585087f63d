"""Is there room for what is to come, and what can give some?"""

from __future__ import annotations

import os
from contextlib import closing

from annexish.errors import Refused
from annexish.flows.place.place import Place
from annexish.store.cache import Cache
from annexish.store.losses import Losses

_SPARE, _PART = 64 << 20, 100
"""So many bytes stay free, or this part of a small disk: for the history, the stat cache, and whoever else writes."""


def free_bytes(place: Place) -> int:
    """Return how many bytes may be written here."""
    found = os.statvfs(place.root)
    spare = min(_SPARE, found.f_blocks * found.f_frsize // _PART)
    return max(found.f_bavail * found.f_frsize - spare, 0)


def require_room(place: Place, size: int) -> None:
    """See to it that so many bytes fit: what the settings let the safety net give goes, if that helps.

    Raise Refused, with what only a person can give, before anything is copied.
    """
    free = free_bytes(place)
    if size <= free:
        return
    from annexish.flows.net.expire import expire

    if size <= free + expire(place, dry_run=True).bytes_freed:
        expire(place, dry_run=False)
        return
    with closing(Cache(place.cache, read_only=True)) as cache:
        kept = Losses(cache).total()[1]
    raise Refused(f"{size:,} bytes are to come, and {free:,} are free", hint=_hint(kept))


def _hint(kept: int) -> str:
    less = "hold less: `annexish scope` says which part"
    return f"`annexish confirm` frees up to {kept:,} bytes of what was deleted; or {less}" if kept else less
