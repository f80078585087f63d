"""One content into the keep: from what is here under another name, else from the first remote that gives it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from annexish.apply.dressing import Notes
from annexish.apply.incoming import Incoming
from annexish.apply.keep import Way, best_way
from annexish.errors import AnnexishError, Corrupt, Missing
from annexish.flows.contents import Contents
from annexish.flows.place import Place
from annexish.model.entry import Entry
from annexish.model.ids import Digest
from annexish.remote.port import Remote

Open = Callable[[], Remote]
"""Opens a way to a remote: each process has one of its own."""


def way_of(place: Place) -> Way:
    """How this repository keeps contents."""
    return best_way(place.control) if place.settings.get("keep.mode") == "auto" else Way.LINK


class Taking:
    """Takes contents; `received` counts the bytes that came from remotes, `taken` has what is to be settled."""

    def __init__(self, here: Contents, remotes: Sequence[Remote], way: Way) -> None:
        self._here = here
        self._remotes = remotes
        self._incoming = Incoming(here.keep.main, own=way is Way.REFLINK)
        self.received = 0
        self.taken: list[Digest] = []

    def take(self, digest: Digest, size: int, dress: Entry | None = None, base: Digest | None = None) -> Notes:
        """Let the keep have a content that it does not have; what `base` has, if that is here, does not come.

        Raise Missing if nobody gives it, Corrupt if what they give is another one.
        """
        local = self._here.unkept(digest)
        if local is not None:
            try:
                return self._noted(digest, self._incoming.copy(digest, size, local, dress))
            except Corrupt:
                pass  # a present file that was changed, or a kept one that rotted
            finally:
                os.close(local)
        wrong: AnnexishError = Missing("its content is in no repository that can be reached")
        for remote in self._remotes:
            try:
                with self._here.opened(base) as known:
                    notes, came = self._incoming.take(digest, size, remote, dress, known)
                self.received += came
                return self._noted(digest, notes)
            except Missing:
                continue
            except Corrupt as error:
                wrong = error
        raise wrong

    def open(self, digest: Digest) -> int | None:
        """Return a descriptor of a content that was taken and is not settled, None of others."""
        return self._incoming.open(digest)

    def _noted(self, digest: Digest, notes: Notes) -> Notes:
        self.taken.append(digest)
        return notes

    def settle(self) -> None:
        """Make durable what was taken in this process."""
        self._incoming.settle()
