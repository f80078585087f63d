"""What two repositories lack of each other crosses, in both directions at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from annexish.apply.incoming import Incoming
from annexish.errors import Missing
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.taking import Taking, told
from annexish.model.content import Ask, Gift, Holder, Piece, Recipe, Want
from annexish.model.ids import Digest
from annexish.model.path import RepoPath
from annexish.model.report import Problem, Progress, Tick
from annexish.remote.port import Need, Remote


class Crossing:
    """One exchange; afterwards `received` and `sent` say how many bytes crossed, and `hashed` what is here now."""

    def __init__(self, far: Remote, here: Contents, incoming: Incoming, progress: Progress | None) -> None:
        self._far = far
        self._here = here
        self._incoming = incoming
        self._progress = progress
        self.received = self.sent = 0
        self.hashed: set[Digest] = set()

    def run(self, wanted: Sequence[Need], theirs: Sequence[Need]) -> list[Problem]:
        """Take what is wanted, durably, and give what is wanted there; return what could not cross, with its path."""
        telling = _Telling(wanted, theirs, self._progress)
        gift = Gift([_want(need) for need in theirs], _Told(self._here, telling.gone))
        both = _Both(self._far, gift)
        taking = Taking(self._here, [both], self._incoming)
        problems = []
        paths = {need.digest: need.path for need in wanted}
        for taken in taking.take_all(map(_want, wanted)):
            telling.came(taken.want.digest)
            if taken.error is not None:
                problems.append(Problem(paths[taken.want.digest], "absent", str(told(taken.error))))
        both.finish()
        self.hashed = taking.settle()
        if theirs:
            self._far.settle()
        self.received, self.sent = taking.received, gift.came
        return problems + _not_given(gift, {need.digest: need.path for need in theirs})


def _want(need: Need) -> Want:
    return Want(need.digest, need.size, need.base)


def _not_given(gift: Gift, paths: dict[Digest, RepoPath]) -> list[Problem]:
    """What could not be taken there; what is not here either is absent there, and named there."""
    return [
        Problem(paths[digest], "changing", str(error))
        for digest, error in gift.failed
        if digest in paths and not isinstance(error, Missing)
    ]


class _Both(Holder):
    """The other side, which takes a gift the first time that it is asked for something."""

    def __init__(self, far: Remote, gift: Gift) -> None:
        self._far = far
        self._gift = gift
        self._given = False

    def descriptor(self, digest: Digest) -> int | None:
        return self._far.descriptor(digest)

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        return self._far.read(digest, offset, known)

    def give(self, asks: Iterable[Ask]) -> Iterator[Iterator[Piece]]:
        gift, self._given = Gift() if self._given else self._gift, True
        return self._far.exchange(asks, gift)

    def finish(self) -> None:
        """Let the gift be taken, also if nothing had to be asked for."""
        if not self._given:
            deque(self.give(()), maxlen=0)


class _Told(Holder):
    """What is here; somebody hears of each content that is given."""

    def __init__(self, here: Contents, tell: Callable[[Digest], object]) -> None:
        self._here = here
        self._tell = tell

    def descriptor(self, digest: Digest) -> int | None:
        found = self._here.descriptor(digest)
        if found is not None:
            self._tell(digest)
        return found

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        self._tell(digest)
        return self._here.read(digest, offset, known)


class _Telling:
    """How far both directions are."""

    def __init__(self, wanted: Sequence[Need], theirs: Sequence[Need], progress: Progress | None) -> None:
        self._progress = progress
        self._sizes = {need.digest: need.size for need in (*wanted, *theirs)}
        self._files, self._size = len(wanted) + len(theirs), sum(need.size for need in (*wanted, *theirs))
        self._done = self._bytes = 0

    def came(self, digest: Digest) -> None:
        """A content came."""
        self._tell("fetching", digest)

    def gone(self, digest: Digest) -> None:
        """A content is given."""
        self._tell("sending", digest)

    def _tell(self, stage: str, digest: Digest) -> None:
        self._done += 1
        self._bytes += self._sizes.get(digest, 0)
        if self._progress is not None:
            files, size = max(self._files, self._done), max(self._size, self._bytes)
            self._progress(Tick(stage, b"", self._done, files, self._bytes, size))
