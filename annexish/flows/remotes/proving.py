"""Other repositories that are asked to read contents now, while nobody there or here lets go of any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from annexish.errors import AnnexishError, Unreachable
from annexish.flows.losses.release import without_present
from annexish.flows.place.place import Place
from annexish.flows.remotes.meeting import push_history
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import met, repositories
from annexish.model.ids import CommitId, Digest
from annexish.remote.port import Remote
from annexish.store.history import Nodes
from annexish.store.lock import Lock

_TOGETHER = 256
"""So many contents are asked for at once."""

Tell = Callable[[int], object]
"""Is told how many more contents were read."""


class Away(NamedTuple):
    """A remote that cannot prove anything now, and why."""

    name: str
    reason: str


class Others:
    """Repositories that are locked, by the name of their remote; those that end meanwhile go to `away`."""

    def __init__(self, place: Place, locked: Sequence[tuple[str, Remote]], away: list[Away]) -> None:
        self._place = place
        self._locked = locked
        self.away = away

    def proven(self, digests: Sequence[Digest], tell: Tell) -> Counter[Digest]:
        """Return how many of the others hold each content: it was read there now, and is in their newest commit."""
        proofs: Counter[Digest] = Counter()
        for name, far in self._locked:
            try:
                wanted = self._claimed(far.hello().head, digests)
                for at in range(0, len(wanted), _TOGETHER):
                    some = wanted[at : at + _TOGETHER]
                    proofs.update(set(far.prove(some)).intersection(some))
                    tell(len(some))
            except (AnnexishError, OSError) as error:
                self.away.append(Away(name, str(error)))
        return proofs

    def told(self) -> None:
        """Tell them what is held here now; who cannot hear it hears it when it is met the next time."""
        for _, far in self._locked:
            with suppress(AnnexishError, OSError):
                push_history(self._place, far, self._place.head(), far.references())

    def _claimed(self, head: CommitId | None, digests: Sequence[Digest]) -> list[Digest]:
        """Leave those that a snapshot has: what else is there is about to go."""
        history = self._place.history
        if head is None or not history.has_commit(head):
            return []
        gone = without_present(Nodes(history), history.commit(head).tree, set(digests))
        return [digest for digest in digests if digest not in gone]


@contextmanager
def others_locked(place: Place) -> Iterator[Others]:
    """Lock this repository and all remotes that answer, in the order of their ids, so that none waits for ever.

    One that cannot be locked proves nothing: what it holds could go at the same moment.
    """
    with ExitStack() as stack:
        away: list[Away] = []
        found: dict[str, tuple[str, Remote]] = {}
        for known in repositories(place):
            try:
                far = stack.enter_context(open_remote(known))
                peer = far.hello()
                met(place, known.name, peer)
                if not peer.takes:
                    raise Unreachable("it cannot be written to, so that nobody can lock it")
            except (AnnexishError, OSError) as error:
                away.append(Away(known.name, str(error)))
                continue
            found[peer.id] = (known.name, far)
        own = place.identity()[0]
        locked = []
        for id in sorted((own, *found)):
            if id == own:
                stack.enter_context(Lock(place.lock))
                continue
            try:
                stack.enter_context(found[id][1].locked())
            except (AnnexishError, OSError) as error:
                away.append(Away(found[id][0], str(error)))
                continue
            locked.append(found[id])
        yield Others(place, locked, away)
