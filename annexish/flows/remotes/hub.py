"""A Git server as a meeting point: it has the history of all who push there, and what they tell of each other.

What is fetched is checked as what any remote gives; contents come from repositories that have them.
"""

from __future__ import annotations

from collections.abc import Mapping

from annexish.errors import Busy, Corrupt
from annexish.flows.place.place import Place
from annexish.flows.remotes.meeting import received
from annexish.model.ids import CommitId
from annexish.model.published import HEADS
from annexish.model.remotes import Known
from annexish.remote.git import Server, Update
from annexish.remote.url import Git, parse
from annexish.store.exchange import published
from annexish.store.history import History
from annexish.store.unchecked import Unchecked

_TRIES = 5


def require_hub(known: Known) -> None:
    """Raise Unreachable or Missing if nobody answers for a hub."""
    _server(known).references()


def gather(place: Place, known: Known) -> dict[str, str]:
    """Take what a hub has and is not here, and return the references there; the writers' lock is held.

    Raise Corrupt or Refused, with nothing taken, if some of it is no part of a history.
    """
    history = place.history
    for left in reversed(range(_TRIES)):
        with Unchecked(place.control) as came:
            server = _server(known, came)
            told = server.references()
            if any(history.kind(bytes.fromhex(name)) is None for name in told.values()):
                server.fetch(told)
                told = {reference: name for reference, name in came.references().items() if reference in told}
            try:
                _take(place, came, told)
                return told
            except Corrupt:
                # while somebody pushes, one reference may be newer than another one that it needs
                if not left or server.references() == told:
                    raise
    raise AssertionError("the last try returns or raises")


def unmerged(place: Place, told: Mapping[str, str]) -> list[CommitId]:
    """Return the heads that the head here does not follow, oldest first; one that another one follows is left out."""
    history, head = place.history, place.head()
    heads = {CommitId(name) for reference, name in told.items() if reference.startswith(HEADS)}
    new = [one for one in heads if head is None or not history.leads_to(one, head)]
    last = [one for one in new if not any(one != other and history.leads_to(one, other) for other in new)]
    return sorted(last, key=lambda one: (history.commit(one).author.time, one))


def publish(place: Place, known: Known, told: Mapping[str, str]) -> None:
    """Let a hub, which has these references, know the head here, what is held here, and what is known of others.

    Whoever was faster is heard first; raise Busy if that happens time and again.
    """
    for _ in range(_TRIES):
        updates = _updates(place, told)
        if not updates:
            return
        with Unchecked(place.control) as lent:
            if _server(known, lent).push(updates):
                return
        told = gather(place, known)
    raise Busy(f"others pushed to {known.name!r} at the same time, again and again", hint="repeat the command")


def _server(known: Known, beside: Unchecked | None = None) -> Server:
    where = parse(known.url)
    assert isinstance(where, Git), "the remote is a hub"
    return Server(where, beside.path if beside else "")


def _take(place: Place, came: Unchecked, told: Mapping[str, str]) -> None:
    history = place.history
    news = {reference: name for reference, name in told.items() if history.target(reference) != name}
    lacking = sorted({name for name in news.values() if history.kind(bytes.fromhex(name)) is None})
    if news:
        received(place, came.objects(history, lacking), news)
    for reference, name in told.items():
        if reference.startswith(HEADS) and not history.has_commit(CommitId(name)):
            raise Corrupt(f"{reference} names {name}, which is no commit")


def _updates(place: Place, told: Mapping[str, str]) -> dict[str, Update]:
    """What is newer here than there. Of holdings the newer ones are here after they were gathered."""
    ours = published(place.history, place.identity()[0], place.head())
    return {
        reference: Update(name, told.get(reference, ""))
        for reference, name in ours.items()
        if told.get(reference) != name and _follows(place.history, reference, told.get(reference), name)
    }


def _follows(history: History, reference: str, old: str | None, new: str) -> bool:
    if old is None or not reference.startswith(HEADS):
        return True
    return history.has_commit(CommitId(old)) and history.leads_to(CommitId(old), CommitId(new))
