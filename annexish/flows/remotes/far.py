"""A repository on this machine as others see it: it answers what the port asks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from annexish.apply.incoming import Incoming
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.taking import Taking, incoming_into, told, way_of
from annexish.flows.net.room import free_bytes
from annexish.flows.place.origin import is_copy, renewed
from annexish.flows.place.place import Place
from annexish.flows.remotes.meeting import received
from annexish.model.budget import Budget
from annexish.model.content import Ask, Failure, Gift, Holder, Piece, Recipe
from annexish.model.ids import CommitId, Digest
from annexish.model.objects import GitObject
from annexish.model.path import RepoPath
from annexish.model.peer import Peer
from annexish.model.report import Advanced, Progress, Verified
from annexish.remote.port import Done, Draft, Need, Saved, Waiting
from annexish.store import exchange
from annexish.store.lock import Lock
from annexish.system.apart import Apart

if TYPE_CHECKING:
    from annexish.flows.tree.journey import Journey


class Far(Holder):
    """Answers for one repository; one that does not take anything is not written to by any answer."""

    def __init__(self, place: Place, *, takes: bool = True) -> None:
        self._place = place
        self._takes = takes
        self._ends = ExitStack()
        self._journey: Journey | None = None
        self._locks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @cached_property
    def _contents(self) -> Contents:
        return self._ends.enter_context(Contents(self._place))

    @cached_property
    def _incoming(self) -> Incoming:
        return incoming_into(self._contents, way_of(self._place))

    def hello(self) -> Peer:
        """Say who it is; a copy of another repository that can be written to takes an id of its own before."""
        takes = self._takes and os.access(self._place.control, os.W_OK)
        if takes and is_copy(self._place):
            renewed(self._place)
        id, name = self._place.identity()
        return Peer(id, name, self._place.head(), tree=True, takes=takes, free=free_bytes(self._place))

    def references(self) -> Mapping[str, str]:
        """Return what it publishes."""
        return exchange.published(self._place.history, self._place.identity()[0], self._place.head())

    def objects(self, wants: Sequence[str], haves: Sequence[str]) -> Iterator[GitObject]:
        """Yield objects of its history."""
        return exchange.objects_between(self._place.history, wants, haves)

    def receive(self, objects: Iterable[GitObject], references: Mapping[str, str]) -> None:
        """Take objects, and then the references to them."""
        with self.locked():
            received(self._place, objects, references)

    def lacks(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Return those contents that it does not hold."""
        return self._contents.lacking(digests)

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Yield a content."""
        return self._contents.read(digest, offset, known)

    def descriptor(self, digest: Digest) -> int | None:
        """Return an open file with the content."""
        return self._contents.descriptor(digest)

    def exchange(self, asks: Iterable[Ask], gift: Gift) -> Iterator[Iterator[Piece]]:
        """Take contents, then give others."""
        taking = Taking(self._contents, [gift.holder], self._incoming)
        for taken in taking.take_all(gift.wants):
            if taken.error is not None:
                gift.failed.append(Failure(taken.want.digest, told(taken.error)))
        gift.came = taking.received
        return self.give(asks)

    def settle(self) -> None:
        """Make durable what was taken."""
        came = self._incoming.settle()
        if self._journey is not None:
            self._journey.hashed |= came

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else write here."""
        with Lock(self._place.lock):
            self._locks += 1
            try:
                yield
            finally:
                self._journey = None
                self._locks -= 1
                if not self._locks:
                    # somebody else may go on with what was not settled
                    self.__dict__.pop("_incoming", None)

    def commit(self, message: str, *, allow_mass_deletion: bool = False, only: str = "") -> Waiting[Saved]:
        """Record what changed, in a process of its own."""
        peer = self.hello()
        if not peer.takes or (only and peer.id != only):
            return Done(Saved(peer.head, made=False, problems=()))
        return self._ends.enter_context(Apart(partial(_saved, self._place, message, allow=allow_mass_deletion)))

    def draft(self) -> Draft:
        """Return what a commit would record."""
        from annexish.flows.commit.drafting import draft

        return draft(self._place)

    def needs(self, commit: CommitId) -> Sequence[Need]:
        """Return what it lacks to go to a commit."""
        from annexish.flows.contents.needs import needs
        from annexish.flows.tree.journey import Journey

        self._journey = Journey.to(self._place, commit)
        return list(needs(self._place, commit, self._journey))

    def advance(self, head: CommitId | None, commit: CommitId, *, allow_mass_deletion: bool = False) -> Advanced:
        """Go to a commit that follows the head, and tell others where it is then."""
        from annexish.flows.merge.follow import follow

        journey, self._journey = self._journey, None
        return follow(self._place, head, commit, allow_mass_deletion=allow_mass_deletion, journey=journey)

    def prove(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Return those contents that were read now and are what they should be."""
        return [digest for digest in digests if self._contents.holds(digest)]

    def verify(
        self,
        paths: Sequence[RepoPath],
        budget: Budget,
        *,
        lender: Holder | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        """Read what is held here, and heal it from what is lent; others are told when that was."""
        from annexish.flows.remotes.verify_asked import verify_asked

        return verify_asked(self._place, paths, budget, lender=lender, progress=progress, writes=self._takes)


def _saved(place: Place, message: str, *, allow: bool) -> Saved:
    from annexish.flows.commit.saving import save

    done = save(place, message, allow_mass_deletion=allow)
    return Saved(place.head(), done.commit is not None, done.problems)
