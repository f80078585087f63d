"""From a path to the row of the stat cache that its directory has."""

from __future__ import annotations

from annexish.flows.state.past import Past
from annexish.model.path import join, split
from annexish.store.cache import TOP_ROW, Cache


class Rows:
    """Rows by path; what was asked for is held."""

    def __init__(self, cache: Cache, past: Past) -> None:
        self._past = past
        self._rows: dict[bytes, int | None] = {b"": TOP_ROW if cache.count() else None}

    def __call__(self, path: bytes) -> int | None:
        """Return the row of a directory; None if there is none at this path."""
        unknown = []
        at = path
        while at not in self._rows:
            unknown.append(at)
            at, _ = split(at)
        for below in reversed(unknown):
            above = self._rows[split(below)[0]]
            if above is not None:
                children = self._past.children(above)
                self._rows.update({join(split(below)[0], name): row for name, row in children.items()})
            self._rows.setdefault(below, None)
        return self._rows[path]
