"""A new directory without child directories is finished by the process that read it: entries, blob, compression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from annexish.codec.entries import encode_entries
from annexish.codec.objects import object_name
from annexish.flows.state.entries import NewEntries
from annexish.model.node import FULL
from annexish.scan.read import Finished
from annexish.scan.reader import READ, Reading
from annexish.scan.stat import repack, stack, unpack
from annexish.scan.survey import LISTED, Listing
from annexish.store.pack import packed


class Finisher:
    """Finishes what depends on nothing else; `apart` says which listings do."""

    def __init__(self, apart: Callable[[Listing], bool]) -> None:
        self._apart = apart
        self._new = NewEntries()

    def __call__(self, listing: Listing, readings: Sequence[tuple[Any, ...]]) -> Finished | None:
        """Return the blob of a directory as it goes into a pack; None for one that the builder must make."""
        names = listing.names
        # the root holds its own entry too
        if listing.number == 0 or listing.row or listing.children or listing.state != LISTED:
            return None
        if not 0 < len(names) <= FULL:
            return None
        if len(readings) != len(names) or listing.partial or listing.excused or self._apart(listing):
            return None
        stats = unpack(listing.columns)
        entries = []
        renewed = False
        for values in readings:
            reading = Reading._make(values)
            if reading.state != READ:
                return None
            if reading.columns:
                stats[reading.at] = unpack(reading.columns)[0]
                renewed = True
            entries.append(self._new.entry(names[reading.at], stats[reading.at], reading))
        made = encode_entries(entries)
        columns = stack([repack(stat) for stat in stats]) if renewed else b""
        return Finished(object_name(b"blob", made.data), packed(b"blob", made.data, made.random), len(entries), columns)
