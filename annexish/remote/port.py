"""What one repository may ask of another, wherever that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from annexish.model.budget import Budget
from annexish.model.commit import Commit
from annexish.model.content import Ask, Gift, Holder, Piece
from annexish.model.ids import CommitId, Digest
from annexish.model.objects import GitObject
from annexish.model.path import TOP, RepoPath
from annexish.model.peer import Peer
from annexish.model.report import Advanced, Problem, Progress, Verified

GIFTS = 1 << 16
"""So many contents are taken in one exchange."""


class Saved(NamedTuple):
    """The head after a commit, whether that made one, and what it could not record."""

    head: CommitId | None
    made: bool
    problems: Sequence[Problem]


class Draft(NamedTuple):
    """The commit that a repository would make now, and the objects that its history does not have yet.

    The head itself, and none, where nothing is to be committed; None before the first commit.
    """

    commit: Commit | None
    objects: Sequence[GitObject]


class Need(NamedTuple):
    """A content that is lacking, its size in bytes, one that is there and may be much the same, and a path of it."""

    digest: Digest
    size: int
    base: Digest | None = None
    path: RepoPath = TOP


_Result_co = TypeVar("_Result_co", covariant=True)
_Done = TypeVar("_Done")


class Waiting(Protocol[_Result_co]):
    """What is done meanwhile."""

    def result(self) -> _Result_co:
        """Wait for it; raise what went wrong."""


class Done(Generic[_Done]):
    """What was done at once."""

    def __init__(self, value: _Done) -> None:
        self._value = value

    def result(self) -> _Done:
        """Return it."""
        return self._value


class Remote(Holder, Protocol):
    """A repository or a store. Every method raises Unreachable when nobody answers any more.

    What comes back is as the other side says: who asks checks it.
    """

    def hello(self) -> Peer:
        """Say who answers; raise Corrupt for a format that is not known here."""

    def references(self) -> Mapping[str, str]:
        """Return what is published: reference to object name, 40 hexadecimal digits."""

    def objects(self, wants: Sequence[str], haves: Sequence[str]) -> Iterator[GitObject]:
        """Yield the objects that `wants` lead to and `haves` do not, what an object names before it.

        Of `haves` some may be unknown there.
        """

    def receive(self, objects: Iterable[GitObject], references: Mapping[str, str]) -> None:
        """Take objects, durably, and then let references name them.

        Heads and holdings that are older than those known there stay, and what is said of itself is passed over.
        Raise Refused or Corrupt for what is no part of a history.
        """

    def lacks(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Return those contents that it does not hold, in the same order; they are not read."""

    def exchange(self, asks: Iterable[Ask], gift: Gift) -> Iterator[Iterator[Piece]]:
        """Give what is asked for, as `give` does, and take what it is to be given, if possible at the same time.

        Of that it looks for what came before, and takes what a base has from there. When all is yielded, `gift` says
        how many bytes crossed, and what could not be taken: Missing if the holder does not have it, Corrupt if it gave
        another content.
        """

    def settle(self) -> None:
        """Make durable what was written."""

    def locked(self) -> AbstractContextManager[None]:
        """Let nobody else write there for the time of a context; raise Busy."""

    def commit(self, message: str, *, allow_mass_deletion: bool = False, only: str = "") -> Waiting[Saved]:
        """Begin to record what changed in the working tree; waiting raises Refused when most of the files are gone.

        Nothing is recorded in what has no working tree, takes nothing, or has another id than `only`, if that is said.
        """

    def draft(self) -> Draft:
        """Return what `commit` would record; nothing is written."""

    def needs(self, commit: CommitId) -> Sequence[Need]:
        """Return the contents that it lacks to go to a commit and to have what it wants, each once."""

    def advance(self, head: CommitId | None, commit: CommitId, *, allow_mass_deletion: bool = False) -> Advanced:
        """Go from a head, None before the first one, to a commit that follows it; fill what is wanted and was written.

        Then publish what is held. Raise Refused if the head is another one by now.
        """

    def prove(self, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Return those contents that it holds: each was read for this answer, and had its digest."""

    def verify(
        self,
        paths: Sequence[RepoPath],
        budget: Budget,
        *,
        lender: Holder | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        """Read what it holds, least recently verified first, and compare it with what was recorded there.

        With a `lender` what is rotten is healed from a good copy there, else from one that the lender gives.
        What was verified is remembered, and told with what it holds, where that may be written.
        Raise Missing for a path that it does not have.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
