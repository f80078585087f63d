"""What this repository holds, told to others: a blob of its history."""

from __future__ import annotations

import time
from contextlib import closing

from annexish.codec.holdings import fits
from annexish.codec.scope import encode_scope
from annexish.flows.contents.exceptions import NONE, Exceptions, exceptions_of
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.state import State
from annexish.model.holdings import NEVER, Checked, Holdings
from annexish.model.ids import ROOT
from annexish.model.scope import EVERYTHING
from annexish.scan.disk import disk_of
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.holdings import KnownHoldings
from annexish.store.lock import Lock
from annexish.store.verified import oldest

_TOLD = "told"
"""The key under which the cache has what it was like when its exceptions were told."""


def tell(place: Place) -> Holdings:
    """Publish what is held here, and return it; what was interrupted is finished before.

    While neither head nor scope nor what is present changes, nothing is looked at again.
    """
    id, name = place.identity()
    known = KnownHoldings(place.history, id)
    scope = place.scope
    packed = b"" if scope == EVERYTHING else encode_scope(scope)
    with Lock(place.lock), closing(State(place)) as state:
        before, signs = known.last(), _signs(state.cache)
        same = before is not None and state.cache.meta(_TOLD) == signs
        if before is not None and same and (before.head, before.scope) == (state.base, packed):
            besides, lacking = before.besides, before.lacking
        else:
            besides, lacking = _exceptions(place, state)
        checked = Checked(*(oldest(place.verified) or NEVER))
        disk = disk_of(place.root)
        now = Holdings(id, name, 0, int(time.time()), state.base, packed, besides, lacking, disk, checked)
        told = known.publish(now)
        if not same:
            _remember(place, signs)
        return told


def _exceptions(place: Place, state: State) -> Exceptions:
    """Where there are too many exceptions to tell them, nothing is claimed that may not be so."""
    if state.tree is None:
        return NONE
    load = Held(Nodes(place.history))
    placed = scope_in(load, state.tree, place.scope)
    if placed.all and state.cache.meta("absent") == "0" and not state.cache.seeded():
        return NONE
    found = exceptions_of(state.cache, load, state.tree, placed)
    if fits(found.besides | found.lacking):
        return found
    return Exceptions(frozenset(), frozenset({ROOT}))


def _signs(cache: Cache) -> str:
    facts = (cache.meta(key) or "" for key in ("commit", "files", "absent"))
    return " ".join((*facts, str(cache.seeded())))


def _remember(place: Place, signs: str) -> None:
    with closing(Cache(place.cache)) as cache:
        cache.begin()
        cache.finish({_TOLD: signs})
