"""Fill whatever the scope wants; the cache remembers when nothing is missing, so that nobody looks again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from annexish.flows.contents.door import Door
from annexish.flows.contents.fill import NOTHING, Filled, Manner, fill
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import gaps_of
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.state import State
from annexish.store.cache import GAPS, Cache
from annexish.store.history import Nodes


def has_gaps(place: Place) -> bool:
    """Whether something may be wanted and absent."""
    with closing(Cache(place.cache, read_only=True)) as cache:
        return cache.meta(GAPS) == "yes"


def note_gaps(place: Place) -> None:
    """Say that something may be wanted and absent, after what is wanted changed; the writers' lock is held."""
    with closing(State(place)) as state, closing(Cache(place.cache)) as cache:
        absent = 0
        if state.tree is not None:
            load = Held(Nodes(place.history))
            placed = scope_in(load, state.tree, place.scope)
            absent = sum(len(gap.entries) for gap in gaps_of(state.cache, load, state.tree, placed))
        cache.begin()
        cache.finish({GAPS: "yes", "absent": str(absent)})


def fill_wanted(place: Place, doors: Sequence[Door], manner: Manner) -> Filled:
    """Fill what is wanted and absent; the writers' lock is held."""
    head = place.head()
    if head is None or not has_gaps(place):
        return NOTHING
    load = Held(Nodes(place.history))
    tree = place.history.commit(head).tree
    done = fill(place, doors, scope_in(load, tree, place.scope), manner)
    if not done.problems:
        with closing(Cache(place.cache)) as cache:
            cache.begin()
            cache.finish({GAPS: "no"})
    return done
