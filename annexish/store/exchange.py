"""Histories travel: which objects another repository lacks, and how those of another one are taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from annexish.codec.commits import links_in
from annexish.errors import Corrupt, Missing, Refused
from annexish.model.ids import CommitId
from annexish.model.objects import GitObject
from annexish.store.history import History
from annexish.store.intake import LIMITS, Intake, Limits
from annexish.store.pack import PackWriter
from annexish.store.references import reference_names
from annexish.store.strange import Seen, strange

HEADS = "refs/annexish/heads/"
HOLDINGS = "refs/annexish/holdings/"
_KINDS = {HEADS: b"commit", HOLDINGS: b"blob"}
_REFERENCE = re.compile(f"({HEADS}|{HOLDINGS})([0-9a-f]{{32}})")
_NAME = re.compile("[0-9a-f]{40}")


def published(history: History, own: str, head: CommitId | None) -> dict[str, str]:
    """Return what a repository tells others: its head, and what it knows of others and of itself."""
    names = [name for name in reference_names(history.path) if _REFERENCE.fullmatch(name) and name != HEADS + own]
    told = {name: found for name in names if (found := history.target(name)) is not None}
    return told if head is None else {**told, HEADS + own: head}


def objects_between(history: History, wants: Sequence[str], haves: Iterable[str]) -> Iterator[GitObject]:
    """Yield what commits and blobs lead to and others do not, each object before what names it.

    Of `haves` some may be unknown here; raise Missing for a commit or blob that is wanted and not here.
    """
    known = [name for name in haves if _NAME.fullmatch(name)]
    kinds = {name: _kind_of(history, name) for name in wants}
    commits = [CommitId(name) for name, kind in kinds.items() if kind == b"commit"]
    seen = Seen(history)
    for commit in history.between(commits, map(CommitId, known)) if commits else ():
        data = history.raw(bytes.fromhex(commit), b"commit")
        tree, parents = links_in(data)
        for parent in parents:
            seen.compare(links_in(history.raw(bytes.fromhex(parent), b"commit"))[0], tree)
        yield from strange(history, tree, seen)
        yield GitObject(b"commit", data)
    for name in dict.fromkeys(wants):
        if kinds[name] == b"blob" and name not in known:
            yield GitObject(b"blob", history.raw(bytes.fromhex(name), b"blob"))


def take(
    history: History,
    objects: Iterable[GitObject],
    references: Mapping[str, str],
    *,
    own: str,
    limits: Limits = LIMITS,
) -> None:
    """Take objects of another repository, durably, and then let references name them; `own` is the id of this one.

    Each object is named anew from its bytes, and checked against what it names before anything is kept; raise Corrupt
    or Refused if one is no part of a history, or a reference may not be set. A head that is older than the
    one known stays as it is.
    """
    for reference, name in references.items():
        _require_lawful(reference, name, own)
    pack = PackWriter(history.packs)
    try:
        intake = Intake(history, pack, limits)
        for each in objects:
            intake.put(each)
        intake.finish()
        for reference, name in references.items():
            if intake.kind(bytes.fromhex(name)) != _KINDS[reference[:-32]]:
                raise Corrupt(f"{reference} names {name}, which is missing, or is of another kind")
        pack.publish()
    finally:
        pack.abandon()
    history.refresh()
    for reference, name in references.items():
        if not _is_older(history, reference, name):
            history.point(reference, name)


def _kind_of(history: History, name: str) -> bytes:
    kind = history.kind(bytes.fromhex(name)) if _NAME.fullmatch(name) else None
    if kind is None or kind not in (b"commit", b"blob"):
        raise Missing(f"there is neither a commit nor a blob {name!r} in the history")
    return kind


def _require_lawful(reference: str, name: str, own: str) -> None:
    found = _REFERENCE.fullmatch(reference)
    if found is None or found[2] == own or not _NAME.fullmatch(name):
        raise Refused(f"the reference {reference!r} is not for another repository to set, to {name!r}")


def _is_older(history: History, reference: str, name: str) -> bool:
    """Whether a head is known that follows the one that is told: it came by another way."""
    known = history.target(reference) if reference.startswith(HEADS) else None
    return known is not None and history.leads_to(CommitId(name), CommitId(known))
