"""What was recorded without being kept: it is read again when something changed that may let it be kept now."""

from __future__ import annotations

import os
from contextlib import closing

from annexish.apply.mounted import made_at
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.outset import Outset
from annexish.model.entry import Kind
from annexish.model.node import Load, leaves
from annexish.store.cache import Cache

KEEPING = "keeping"
"""What the cache calls the circumstances in which all was kept that could be."""


def circumstances(place: Place) -> str:
    """Return a word that is another one when other files can be kept."""
    settings = place.settings
    mode = settings.get("keep.mode")
    if mode == "off":
        return mode
    with keep_of(place) as keeps:
        made = [str(made_at(keep.path)) for keep in keeps.mounted]
    return ":".join([mode, settings.get("keep.copy-below"), str(os.geteuid()), *made])


def with_unkept(outset: Outset, place: Place, cache: Cache, load: Load) -> Outset:
    """Let files of the last snapshot of which no keep has the content be read again, as if their records differed."""
    again: dict[int, frozenset[bytes]] = {}
    differing, parts = dict(outset.differing), dict(outset.parts)
    with keep_of(place) as keeps:
        for row in cache.rows(*cache.span()):
            entries = (entry for leaf in leaves(load, row.tree) for entry in leaf.entries if entry.kind is Kind.FILE)
            names = [each.name for each in entries if each.size and each.digest and not keeps.find(each.digest)]
            if names:
                again[row.row] = frozenset(names)
                differing[row.row] = row.parent
                parts.pop(row.row, None)
    return outset._replace(differing=differing, parts=parts, again=again)


def note(place: Place, word: str) -> None:
    """Remember that there is nothing to keep that is not kept."""
    with closing(Cache(place.cache)) as cache:
        cache.begin()
        cache.finish({KEEPING: word})
