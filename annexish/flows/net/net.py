"""The safety net for a command that lets losses go: the writers' lock, and what was interrupted finished first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from annexish.errors import Busy, Unreachable
from annexish.flows.losses.release import Net
from annexish.flows.place.place import Place
from annexish.flows.tree.settle import settle
from annexish.store.lock import Lock


@contextmanager
def locked_net(place: Place) -> Iterator[Net]:
    """Give the net for the time of one journey; what cannot be finished for want of room does not hinder it."""
    with Lock(place.lock):
        trouble: Exception | None = None
        try:
            settle(place)
        except (Busy, Unreachable, OSError) as error:
            trouble = error
        with Net(place, trouble=trouble) as net:
            yield net
