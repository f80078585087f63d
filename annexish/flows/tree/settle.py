"""Finish what a killed commit left, before anything else is written."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from annexish.errors import Corrupt
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import record_commit
from annexish.flows.place.origin import note
from annexish.flows.place.place import Place
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.seed import seed
from annexish.store.cache import GAPS, UNKNOWN, Cache
from annexish.store.history import Nodes
from annexish.store.journal import JOURNAL
from annexish.store.losses import Losses
from annexish.store.operations import Operations
from annexish.store.unchecked import sweep

_LONG = 14 * 86_400
"""So many seconds after it was interrupted nobody goes on with a content."""


def settle(place: Place) -> None:
    """Finish what a killed commit left; the writers' lock is held.

    The cache is replaced before the head moves: if it names a commit that comes from the head, the head goes there.
    A cache that was lost is made again from the head; it knows no deletions.
    A confirmation for every repository that was recorded is carried out here.
    """
    with suppress(OSError):
        note(place)  # of a repository that an older program made
    sweep(place.control)
    with keep_of(place) as keep:
        # of what came in part the rest may still be asked for, from whoever is away now
        keep.main.forget_unfinished(time.time() - _LONG)
    history = place.history
    history.unlock()
    head = history.head()
    cache = Cache(place.cache)
    try:
        named = cache.commit
        if head is not None and named is None:
            from annexish.flows.losses.losses import all_losses
            from annexish.flows.state.disputes import number_in

            cache.begin()
            nodes, tree = Nodes(history), history.commit(head).tree
            facts = seed(cache, nodes, tree, scope_in(nodes, tree, place.scope))
            with keep_of(place) as keep:
                Losses(cache).add(all_losses(history, head, keep.may_have))
            cache.finish({**facts, "commit": head, UNKNOWN: "on", GAPS: "yes", **number_in(nodes, tree)})
        elif named is not None and named != head:
            if head is not None and not history.leads_to(head, named):
                raise Corrupt(
                    "the stat cache describes another commit than the head",
                    hint=f"move {os.path.basename(place.cache)} in .annexish away; it is built again",
                )
            history.move_head(named, "commit: finish")
        confirms = cache.meta("confirm") == "everywhere"
    finally:
        cache.close()
    if os.path.exists(os.path.join(place.control, JOURNAL)):
        from annexish.flows.tree.resume import resume

        resume(place)
    if confirms:
        from annexish.flows.losses.everywhere import finish

        finish(place)
    _record(place)


def _record(place: Place) -> None:
    """Record a commit that was killed before it did so itself."""
    head, last = place.head(), Operations(place.control).get(None)
    if head is not None and (last is None or last.after != head):
        record_commit(place, place.history, head)
