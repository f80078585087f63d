"""What stays of directories that are not here any more: what was absent in them was not deleted."""

from __future__ import annotations

from typing import NamedTuple

from annexish.codec.shards import shard_of
from annexish.diff.patch import Patched, Put, patch
from annexish.flows.state.past import Past
from annexish.model.entry import Entry
from annexish.model.node import Save
from annexish.scan.survey import Survey
from annexish.store.cache import SEEDED


class Remains(NamedTuple):
    """A directory that is absent from now on: its entry, and what is left in it."""

    entry: Entry
    patched: Patched


def remains(survey: Survey, past: Past, save: Save) -> dict[int, Remains]:
    """Take out of the directories that are gone those in which something was absent; return them by row.

    What was present in them has left them: it was deleted, or is elsewhere.
    """
    stay: dict[int, Remains] = {}
    # parents come before their children
    for row in reversed(survey.gone_rows):
        names, below = past.names(row), past.children(row)
        known = past.row(row)
        all_here = past.node(known.tree).total == len(names) + len(below)
        if all_here and not known.flags & SEEDED and stay.keys().isdisjoint(below.values()):
            continue
        delta: dict[bytes, Put | None] = dict.fromkeys(names)
        for name, child in below.items():
            left = stay.get(child)
            delta[name] = None if left is None else Put(left.entry, left.patched.tree)
        entry = past.directory(row)
        assert entry is not None, "a known directory has an entry"
        stay[row] = Remains(entry, patch(past.node, save, shard_of, known.tree, delta))
    survey.gone_rows = [row for row in survey.gone_rows if row not in stay]
    return stay
