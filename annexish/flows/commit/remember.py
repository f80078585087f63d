"""What was built becomes the stat cache: a row for each directory, in one transaction."""

from __future__ import annotations

from annexish.diff.patch import Patched
from annexish.flows.commit.build import Built
from annexish.flows.state.rewrite import Rewriter, Rewritten
from annexish.scan.stat import younger
from annexish.scan.survey import KEPT, PASSED, Survey
from annexish.store.cache import MOUNT, RACY, TOP_ROW, Cache


class Memory:
    """Writes rows into an open transaction of a cache.

    `fresh` is the time in ns from which on a record may still change unseen.
    """

    def __init__(self, cache: Cache, survey: Survey, fresh: int) -> None:
        self._rewriter = Rewriter(cache)
        self._survey = survey
        self._fresh = fresh
        self._base = max(cache.span()[1], TOP_ROW)

    def keep(self, built: Built) -> None:
        """Remember one directory."""
        listing = built.listing
        parent = self._row(listing.parent) if listing.parent >= 0 else 0
        if listing.state in (PASSED, KEPT):
            self._rewriter.relink(parent, listing.name, built.patched.tree, listing.row)
            if listing.state == KEPT:
                self._rewriter.look_again(listing.row)
            return
        looks_again = built.relist or younger(listing.own, self._fresh)
        gone = set(listing.lost).difference(listing.excused) if listing.sparse else ()
        self._rewriter.put(
            Rewritten(
                self._row(listing.number), parent, listing.name, listing.own,
                MOUNT * listing.mount | RACY * bool(looks_again), built.patched,
                built.names, built.columns, built.touched, gone, listing.sparse, bool(listing.row),
            )
        )  # fmt: skip

    def leave(self, row: int, name: bytes, patched: Patched) -> None:
        """Remember that a known directory is not here, but stays in the history."""
        self._rewriter.leave(row, name, patched)

    def flush(self) -> None:
        """Hand what is waiting to the cache."""
        self._rewriter.flush()

    def _row(self, number: int) -> int:
        return self._survey.rows[number] or self._base + number
