"""Contents into the keep: from what is here under another name, else from the first remote that gives them."""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple

from annexish.apply.dressing import DISK, Notes
from annexish.apply.incoming import Incoming, may_differ
from annexish.apply.keep import Way, best_way
from annexish.errors import AnnexishError, Corrupt, Missing, Unreachable
from annexish.flows.contents.contents import Contents
from annexish.flows.place.place import Place
from annexish.model.content import NOBODY, Ask, Chunk, Holder, Piece, Recipe, Want
from annexish.model.ids import Digest
from annexish.system.chunks import average_for, recipe_of

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OURS = DISK - {errno.EIO}
_COPIES = 256
"""So many contents are copied on this machine before anybody hears of it, while others are on their way."""


class Taken(NamedTuple):
    """What became of a content: what its file could not get of its metadata, or why the keep does not have it."""

    want: Want
    notes: Notes
    error: AnnexishError | OSError | None = None


def way_of(place: Place) -> Way:
    """How this repository keeps contents."""
    return best_way(place.control) if place.settings.get("keep.mode") == "auto" else Way.LINK


def incoming_into(here: Contents, way: Way) -> Incoming:
    """Return what takes contents into the keep."""
    return Incoming(here.keep.main, own=way is Way.REFLINK)


class Taking:
    """Takes contents; `received` counts the bytes that came from remotes, `taken` has what is to be settled."""

    def __init__(self, here: Contents, holders: Sequence[Holder], incoming: Incoming) -> None:
        self._here = here
        self._holders = holders or (NOBODY,)
        self._incoming = incoming
        self.received = 0
        self.taken: list[Digest] = []

    def take(self, want: Want) -> Notes:
        """Let the keep have one content that it does not have.

        Raise Missing if nobody gives it, Corrupt if what they give is another one.
        """
        (taken,) = self.take_all((want,))
        if taken.error is not None:
            raise taken.error
        return taken.notes

    def take_all(self, wants: Iterable[Want]) -> Iterator[Taken]:
        """Let the keep have contents that it does not have; yield what became of each, in any order.

        Wants are looked at ahead, so that nobody waits for each answer. What somebody does not give is asked for at
        the next one. Raise Unreachable when a holder is gone.
        """
        missing = Missing("its content is in no repository that can be reached")
        left: list[Taken] = []
        for holder in self._holders:
            left, wrong = [], []
            for taken, partial in self._from(holder, wants, whole=False):
                if taken.error is None or isinstance(taken.error, OSError):
                    yield taken
                elif partial and isinstance(taken.error, Corrupt):
                    # the beginning or the base may have been wrong
                    wrong.append(taken.want)
                else:
                    left.append(taken)
            for taken, _ in self._from(holder, wrong, whole=True):
                if taken.error is None or isinstance(taken.error, OSError):
                    yield taken
                else:
                    left.append(taken)
            wants = [taken.want for taken in left]
        for taken in left:
            yield taken if isinstance(taken.error, Corrupt) else taken._replace(error=missing)

    def open(self, digest: Digest) -> int | None:
        """Return a descriptor of a content that was taken and is not settled, None of others."""
        return self._incoming.open(digest)

    def settle(self) -> set[Digest]:
        """Make durable what was taken in this process, and return it."""
        return self._incoming.settle()

    def _from(self, holder: Holder, wants: Iterable[Want], *, whole: bool) -> Iterator[tuple[Taken, bool]]:
        """Take from one holder; yield also whether something was known of a content."""
        rest = iter(wants)
        for want in rest:
            done = self._copied(want, holder)
            if done is not None:
                yield done, False
            else:
                yield from self._streamed(holder, chain((want,), rest), whole=whole)

    def _streamed(self, holder: Holder, wants: Iterable[Want], *, whole: bool) -> Iterator[tuple[Taken, bool]]:
        """Ask for one after the other, ahead of what comes; what is copied meanwhile is yielded between."""
        asked: deque[tuple[Want, Ask]] = deque()
        copied: deque[Taken] = deque()

        def asks() -> Iterator[Ask]:
            for number, want in enumerate(wants):
                done = self._copied(want, holder) if number else None
                if done is not None:
                    copied.append(done)
                    if len(copied) >= _COPIES:
                        return
                    continue
                ask = Ask(want.digest, 0, None, want.size) if whole else self._ask(want)
                asked.append((want, ask))
                yield ask

        for pieces in holder.give(asks()):
            want, ask = asked.popleft()
            yield self._came(want, ask, pieces), ask.offset > 0 or ask.known is not None
            while copied:
                yield copied.popleft(), False
        for done in copied:
            yield done, False

    def _copied(self, want: Want, holder: Holder) -> Taken | None:
        """Take a content from a file of this machine; None if it has to come."""
        try:
            local = self._here.unkept(want.digest)
            if local is not None:
                try:
                    return self._noted(want, self._incoming.copy(want.digest, want.size, local, want.dress))
                except Corrupt:
                    pass  # a present file that was changed, or a kept one that rotted
                finally:
                    os.close(local)
            notes = self._incoming.finish(want)
            if notes is not None:
                return self._noted(want, notes)
            notes = self._copied_from(want, holder)
        except Unreachable:
            raise
        except (AnnexishError, OSError) as error:
            return Taken(want, [], _whose(error))
        if notes is None:
            return None
        self.received += want.size
        return self._noted(want, notes)

    def _copied_from(self, want: Want, holder: Holder) -> Notes | None:
        if want.base is None:
            return self._incoming.copy_from(want, holder, None)
        with self._here.opened(want.base) as base:
            return self._incoming.copy_from(want, holder, base)

    def _ask(self, want: Want) -> Ask:
        if want.base is None:
            return self._incoming.ask(want, None)
        with self._here.opened(want.base) as base:
            if base is None or not may_differ(want.size, base):
                return self._incoming.ask(want, None)
            average = average_for(os.fstat(base).st_size)
        return self._incoming.ask(want, Recipe(average, _Chunks(self._here, want.base)))

    def _came(self, want: Want, ask: Ask, pieces: Iterator[Piece]) -> Taken:
        try:
            notes = self._taken(want, ask, self._counted(pieces))
        except Unreachable:
            raise
        except (AnnexishError, OSError) as error:
            return Taken(want, [], _whose(error))
        return self._noted(want, notes)

    def _taken(self, want: Want, ask: Ask, pieces: Iterator[Piece]) -> Notes:
        if ask.known is None:
            return self._incoming.take(want, ask, pieces, None)
        with self._here.opened(want.base) as base:
            return self._incoming.take(want, ask, pieces, base)

    def _counted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            if isinstance(piece, bytes):
                self.received += len(piece)
            yield piece

    def _noted(self, want: Want, notes: Notes) -> Taken:
        self.taken.append(want.digest)
        return Taken(want, notes)


def _whose(error: AnnexishError | OSError) -> AnnexishError | OSError:
    """An error of this disk; another one is of what cannot be read where it is, and somebody else may give it."""
    if isinstance(error, AnnexishError) or error.errno in _OURS:
        return error
    return Corrupt(f"it cannot be read: {error.strerror}")


def told(error: AnnexishError | OSError) -> AnnexishError:
    """Return what is told of an error elsewhere; raise Unreachable for one that concerns the whole disk."""
    if isinstance(error, AnnexishError):
        return error
    if error.errno in DISK:
        hint = "make room there, or let it hold less: `annexish scope`" if error.errno in _FULL else ""
        raise Unreachable(f"contents cannot be copied: {error.strerror}", hint=hint) from error
    return Unreachable(error.strerror or str(error))


class _Chunks:
    """The chunks of a content that is here, read when they are asked for."""

    def __init__(self, here: Contents, digest: Digest) -> None:
        self._here = here
        self._digest = digest

    def __iter__(self) -> Iterator[Chunk]:
        # what cannot be read is not known, and comes
        with suppress(OSError), self._here.opened(self._digest) as descriptor:
            if descriptor is not None:
                yield from recipe_of(descriptor).chunks
