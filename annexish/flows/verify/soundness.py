"""What annexish keeps for itself: is the history whole, does the stat cache describe it?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, suppress

from annexish.errors import AnnexishError, Missing
from annexish.flows.place.place import Place
from annexish.flows.state.scoped import scope_in
from annexish.flows.state.seed import seed
from annexish.flows.tree.settle import settle
from annexish.flows.verify.agenda import CACHE, HISTORY
from annexish.model.ids import CommitId
from annexish.model.path import RepoPath
from annexish.model.report import Damage
from annexish.store.cache import UNKNOWN, Cache
from annexish.store.database import database_flaw
from annexish.store.history import History, Nodes
from annexish.store.sound import Flaw, file_flaws, object_flaws

_FILES = ("objects/", "refs/", "HEAD", "packed-refs")


def files_damage(place: Place) -> list[Damage]:
    """Return which files of the history are broken; while there are any, it cannot be read."""
    return [_damage(flaw) for flaw in file_flaws(place.history)]


def objects_damage(place: Place) -> list[Damage]:
    """Return which objects of the history are broken or missing; its files are sound."""
    return [_damage(flaw) for flaw in object_flaws(place.history)]


def _damage(flaw: Flaw) -> Damage:
    """A file is named by its path, an object by its hash in the reason."""
    if flaw.name.startswith(_FILES):
        return Damage(RepoPath(HISTORY + b"/" + os.fsencode(flaw.name)), "history", flaw.reason)
    return Damage(HISTORY, "history", f"object {flaw.name}: {flaw.reason}" if flaw.name else flaw.reason)


def cache_damage(place: Place, *, read_only: bool) -> list[Damage]:
    """Return why the stat cache cannot be used, nothing if it can."""
    reason = database_flaw(place.cache, read_only=read_only)
    if not reason:
        try:
            with closing(Cache(place.cache, read_only=True)) as cache:
                reason = _unrelated(place.history, cache.commit)
        except AnnexishError as error:
            reason = str(error)
    return [Damage(CACHE, "cache", reason)] if reason else []


def _unrelated(history: History, named: CommitId | None) -> str:
    """Why a cache that describes a commit is not the one of the head: it may be ahead of it."""
    head = history.head()
    if named is None or named == head:
        return ""
    try:
        parents = history.commit(named).parents
    except Missing:
        return "it describes a commit that the history lacks"
    if (head is None and not parents) or (head is not None and history.leads_to(head, named)):
        return ""
    return "it describes another commit than the head"


def known_cache(place: Place, *, use: bool) -> Cache:
    """Return the stat cache to be read; if it cannot be used, one that is made from the history alone."""
    if use:
        cache = Cache(place.cache, read_only=True)
        if cache.commit is not None:
            return cache
        cache.close()
    made = Cache.in_memory()
    made.begin()
    facts: dict[str, str] = {}
    with suppress(AnnexishError):
        head = place.history.head()
        if head is not None:
            nodes, tree = Nodes(place.history), place.history.commit(head).tree
            facts = seed(made, nodes, tree, scope_in(nodes, tree, place.scope))
            facts |= {"commit": head, UNKNOWN: "on"}
    made.finish(facts)
    return made


def rebuild(place: Place, broken: Sequence[Damage]) -> list[Damage]:
    """Make the stat cache again from the history; where that cannot be, it stays. The writers' lock is held."""
    aside = place.cache + ".broken"
    with suppress(FileNotFoundError):
        os.rename(place.cache, aside)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(place.cache + suffix)
    try:
        settle(place)
    except AnnexishError as error:
        os.rename(aside, place.cache)
        return [damage._replace(reason=f"{damage.reason}; it cannot be built again: {error}") for damage in broken]
    with suppress(FileNotFoundError):
        os.unlink(aside)
    return [damage._replace(healed=True) for damage in broken]
