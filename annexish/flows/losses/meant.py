"""Which losses of this repository the confirmations of some commits are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from annexish.codec.confirmed import decode_confirmed
from annexish.errors import Corrupt
from annexish.flows.losses.had import LastHad
from annexish.flows.losses.release import Chosen, Net
from annexish.flows.place.held import Held
from annexish.model.ids import CommitId, LossId
from annexish.store.history import History, Nodes
from annexish.store.losses import Loss


class LossIds:
    """What losses are called in every repository: the objects are looked up in the snapshots that had them last."""

    def __init__(self, history: History) -> None:
        self._last_had = LastHad(history, Held(Nodes(history)))

    def __call__(self, loss: Loss) -> list[LossId]:
        """Return one for each id of the object."""
        had = self._last_had(loss)
        return [(id, loss.digest) for id in had.entry.ids] if had else []


def meant_by(net: Net, commits: Iterable[CommitId]) -> list[Chosen]:
    """Return the losses that commits confirm; commits that are no confirmations confirm none.

    What came back after a confirmation and was lost again is another loss: so it is harmless to look again,
    however late, at a confirmation that was carried out.
    """
    named = _named(net.history, commits)
    if not named:
        return []
    digests = {digest for _, digest in named}
    last_had, leads_to = LastHad(net.history, Held(Nodes(net.history))), cache(net.history.leads_to)

    def is_meant(loss: Loss) -> bool:
        had = last_had(loss)
        if had is None:
            return False
        confirming = {commit for id in had.entry.ids for commit in named.get((id, loss.digest), ())}
        return any(not leads_to(commit, had.commit.id) for commit in confirming)

    return [Chosen(number, loss) for number, loss in net.losses.numbered() if loss.digest in digests and is_meant(loss)]


def _named(history: History, commits: Iterable[CommitId]) -> dict[LossId, list[CommitId]]:
    named: dict[LossId, list[CommitId]] = defaultdict(list)
    for commit in commits:
        blob = history.confirmed(commit)
        if blob is None:
            continue
        try:
            losses = decode_confirmed(blob)
        except Corrupt as error:
            raise Corrupt(f"commit {commit[:10]}: {error}", hint=error.hint) from error
        for loss in losses:
            named[loss].append(commit)
    return named
