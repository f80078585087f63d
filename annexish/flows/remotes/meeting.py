"""Two histories meet: each gets the objects of the other, and what everybody is known to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annexish.flows.place.place import Place
from annexish.model.ids import CommitId
from annexish.model.objects import GitObject
from annexish.model.published import HOLDINGS
from annexish.remote.port import Remote
from annexish.store.exchange import objects_between, published, take
from annexish.store.holdings import head_reference


def fetch_history(place: Place, far: Remote) -> Mapping[str, str]:
    """Take the history of another repository, and what it knows of others; return what it publishes."""
    told = far.references()
    history = place.history
    lacking = sorted({name for name in told.values() if history.kind(bytes.fromhex(name)) is None})
    news = {reference: name for reference, name in told.items() if history.target(reference) != name}
    if news:
        received(place, far.objects(lacking, _known(place)) if lacking else (), news)
    return told


def head_in(told: Mapping[str, str], id: str) -> CommitId | None:
    """Return the head of a repository as somebody published it."""
    own = head_reference(id)
    return CommitId(told[own]) if own in told else None


def is_news(place: Place, id: str, told: Mapping[str, str]) -> bool:
    """Whether what a repository told of its holdings was taken; else it told something newer before, and forgot it."""
    name = HOLDINGS + id
    return told.get(name) == place.history.target(name)


def push_history(place: Place, far: Remote, commit: CommitId | None, theirs: Mapping[str, str]) -> None:
    """Give another repository, which publishes this, what it lacks of this history up to a commit, and of others."""
    ours = published(place.history, place.identity()[0], commit)
    news = {reference: name for reference, name in ours.items() if theirs.get(reference) != name}
    if news:
        lacking = sorted({*news.values()} - {*theirs.values()})
        far.receive(objects_between(place.history, lacking, list(theirs.values())), news)


def received(place: Place, objects: Iterable[GitObject], references: Mapping[str, str]) -> None:
    """Take what another repository gives: objects, heads, and holdings that are newer than those known."""
    take(place.history, objects, references, own=place.identity()[0])


def _known(place: Place) -> list[str]:
    """What this history leads to."""
    return list(published(place.history, place.identity()[0], place.head()).values())
