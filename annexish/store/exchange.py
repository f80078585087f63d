"""Histories travel: which objects another repository lacks, and how those of another one are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from annexish.codec.commits import links_in
from annexish.codec.intake import LIMITS, Intake, Limits, Place
from annexish.errors import Missing
from annexish.model.ids import BlobId, CommitId
from annexish.model.objects import GitObject
from annexish.model.published import HEADS, HOLDINGS, is_object, is_published, lawful
from annexish.store.history import History
from annexish.store.holdings import KnownHoldings
from annexish.store.pack import PackWriter, packed
from annexish.store.references import reference_names
from annexish.store.strange import Seen, strange


def published(history: History, own: str, head: CommitId | None) -> dict[str, str]:
    """Return what a repository tells others: its head, and what it knows of others and of itself."""
    names = [name for name in reference_names(history.path) if is_published(name) and name != HEADS + own]
    told = {name: found for name in names if (found := history.target(name)) is not None}
    return told if head is None else {**told, HEADS + own: head}


def objects_between(history: History, wants: Sequence[str], haves: Iterable[str]) -> Iterator[GitObject]:
    """Yield what commits and blobs lead to and others do not, each object after what it names.

    Of `haves` some may be unknown here; raise Missing for a commit or blob that is wanted and not here.
    """
    known = frozenset(filter(is_object, haves))
    kinds = {name: _kind(history, name) for name in wants}
    commits = [CommitId(name) for name, kind in kinds.items() if kind == b"commit"]
    seen = Seen(history)
    for commit in history.between(commits, map(CommitId, known)) if commits else ():
        data = history.raw(bytes.fromhex(commit), b"commit")
        tree, parents = links_in(data)
        for parent in parents:
            seen.compare(links_in(history.raw(bytes.fromhex(parent), b"commit"))[0], tree)
        yield from strange(history, tree, seen)
        yield GitObject(b"commit", data)
    for name, kind in kinds.items():
        if kind == b"blob" and name not in known:
            yield GitObject(kind, history.raw(bytes.fromhex(name), kind))


def take(
    history: History,
    objects: Iterable[GitObject],
    references: Mapping[str, str],
    *,
    own: str,
    limits: Limits = LIMITS,
) -> None:
    """Take objects of another repository, durably, and then let references name them; `own` is the id of this one.

    The writers' lock is held. Each object is named anew from its bytes, and checked against what it names before
    anything is kept; raise Corrupt or Refused if one is no part of a history, or a reference may not be set.
    A head or holdings that are older than those known stay as they are, and so does what is told of this repository,
    but that it counts on from there.
    """
    mine = references.get(HOLDINGS + own)
    references = lawful(references, own)
    holdings = [bytes.fromhex(name) for reference, name in references.items() if reference.startswith(HOLDINGS)]
    pack = PackWriter(history.packs)

    def load(name: bytes, kind: bytes) -> bytes:
        data = pack.get(name)
        return history.raw(name, kind) if data is None else data

    def put(name: bytes, kind: bytes, data: bytes, random: int) -> None:
        pack.copy(name, packed(kind, data, random))

    try:
        intake = Intake(Place(history.kind, load, put), holdings, limits)
        for each in objects:
            intake.put(each)
        intake.finish()
        for reference, name in references.items():
            intake.refer(reference, bytes.fromhex(name))
        pack.publish()
    finally:
        pack.abandon()
    history.refresh()
    known = KnownHoldings(history, own)
    for data in intake.holdings.values():
        known.accept(data)
    if mine is not None and history.kind(bytes.fromhex(mine)) == b"blob":
        known.overtake(history.blob(BlobId(bytes.fromhex(mine))))
    for reference, name in references.items():
        if reference.startswith(HEADS) and not _is_older(history, reference, CommitId(name)):
            history.point(reference, name)


def _is_older(history: History, reference: str, head: CommitId) -> bool:
    """Whether a head is known that follows the one that is told: it came by another way."""
    known = history.target(reference)
    return known is not None and history.leads_to(head, CommitId(known))


def _kind(history: History, name: str) -> bytes:
    kind = history.kind(bytes.fromhex(name)) if is_object(name) else None
    if kind is None or kind not in (b"commit", b"blob"):
        raise Missing(f"there is neither a commit nor a blob {name!r} in the history")
    return kind
