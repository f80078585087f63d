"""Bring back what was deleted or overwritten: from the keep, to where it was or elsewhere, overwriting nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import Missing, Unreachable
from annexish.flows.inspect.lost import losing
from annexish.flows.inspect.status import status
from annexish.flows.losses.had import LastHad
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import carry_out
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import commit_at
from annexish.flows.recover.extract import outside
from annexish.flows.state.state import State
from annexish.flows.tree.bring import Wanted, bring_back, everything_at, target_of
from annexish.flows.tree.returning import remember_ids
from annexish.flows.tree.settle import settle
from annexish.model.path import TOP, RepoPath, split, within
from annexish.model.report import Progress, Recovered
from annexish.store.history import History, Nodes
from annexish.store.journal import Request
from annexish.store.lock import Lock
from annexish.store.losses import Losses


def recover(
    place: Place, paths: Sequence[RepoPath], *, at: str | None, to: bytes | None, progress: Progress | None
) -> Recovered:
    """Bring back what is lost at or below the paths, or what they were `at` a revision.

    Raise Missing when there is nothing to bring back.
    """
    into = None if to is None else outside(to)
    with Lock(place.lock):
        settle(place)
        history = place.history
        wanted = list(_at(history, paths, at) if at is not None else _lost(place, history, paths, progress))
        if not wanted:
            names = ", ".join(os.fsdecode(path) or "." for path in paths)
            raise Missing(
                f"nothing was lost at {names}", hint="`annexish recover --list` shows what can be brought back"
            )
        base = _base(paths) if into else TOP
        aimed = [one._replace(target=target_of(one.path, base)) for one in wanted]
        top = _directory(into) if into else place.root
        if into is None and at is None:
            remember_ids(place, [(one.path, one.entry) for one in aimed])
        objects = tuple((one.tree, one.path) for one in aimed)
        text = " ".join(os.fsdecode(path) or "." for path in paths)
        with keep_of(place) as keep:
            return carry_out(
                place,
                Request("recover", top, objects, base, text=text),
                lambda: bring_back(top, keep, Held(Nodes(history)), aimed, base),
            )


def _lost(place: Place, history: History, paths: Sequence[RepoPath], progress: Progress | None) -> Iterator[Wanted]:
    """Yield the newest loss of each path; overwritten bytes only for a path that was named itself."""
    seen: set[RepoPath] = set()

    def takes(path: RepoPath, *, replaced: bool) -> bool:
        if path in seen or (replaced and path not in paths):
            return False
        seen.add(path)
        return True

    now = status(place, paths, ignored=False, progress=progress)
    if now.head is not None:
        tree = history.commit(now.head).tree
        for path, entry, replaced in losing(now):
            if takes(path, replaced=replaced):
                yield Wanted(tree, path, entry, path)
    last_had = LastHad(history, Held(Nodes(history)))
    with closing(State(place)) as state:
        for loss in Losses(state.cache).newest_first():
            if not any(within(loss.path, path) for path in paths) or not takes(loss.path, replaced=loss.replaced):
                continue
            had = last_had(loss)
            if had is not None:
                yield Wanted(had.commit.tree, loss.path, had.entry, loss.path)


def _at(history: History, paths: Sequence[RepoPath], revision: str) -> Iterator[Wanted]:
    """Yield what the paths were at a revision."""
    tree, load = commit_at(history, revision).tree, Held(Nodes(history))
    for path in paths:
        if find_entry(load, tree, path, nibbles) is None:
            raise Missing(f"there is no {os.fsdecode(path)!r} in {revision}", hint=f"`annexish ls {revision}` lists it")
        for at, entry in everything_at(load, tree, path):
            yield Wanted(tree, at, entry, at)


def _base(paths: Sequence[RepoPath]) -> RepoPath:
    """The directory that all paths are in: what `--to` leaves out of their names."""
    parents = [split(path)[0] for path in paths]
    base = parents[0] if parents else TOP
    while not all(within(parent, base) for parent in parents):
        base = split(base)[0]
    return base


def _directory(to: bytes) -> bytes:
    try:
        os.makedirs(to, exist_ok=True)
    except OSError as error:
        raise Unreachable(f"{os.fsdecode(to)!r} cannot be made: {error.strerror}") from error
    return to
