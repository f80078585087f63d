"""Repositories that were cloned from each other, and what must hold of all of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from annexish import Repository
from annexish.flows.sync.sync import Synced
from tests.rich import Found, everything
from tests.trees import Tree, fsck, real


def cloned(
    source: Tree, name: str, *, only: Iterable[bytes] = (), without: Iterable[bytes] = (), content: bool = True
) -> Tree:
    """A clone beside its source; all of it came."""
    top = os.path.join(os.path.dirname(source.top), name)
    _, done = Repository.clone(source.top, top, only=only, without=without, content=content)
    assert done.filled.problems == ()
    return Tree.opened(top)


def synced(tree: Tree, *remotes: str, adopt: bool = False) -> Synced:
    """Sync, where nothing is in the way."""
    done = tree.repository.sync(remotes, adopt=adopt)
    assert all(one.error is None for one in done.remotes)
    return done


def steps(done: Synced) -> list[tuple[str, str, str]]:
    """The steps of a sync in few words: (side, word, path), sorted."""
    sides = [("here", done.steps), *((one.name, one.steps) for one in done.remotes)]
    return sorted((side, step.word, os.fsdecode(step.path)) for side, found in sides for step in found)


def check_still(*trees: Tree) -> None:
    """Nothing is left to record or to copy anywhere; contents, keeps and histories are sound."""
    for tree in trees:
        assert tree.status() == []
        assert tree.problems() == []
        assert tree.repository.verify().problems == ()
        fsck(tree)


def check_equal(one: Tree, other: Tree) -> None:
    """Both have the same head and files, nothing is left to record, and a second sync does nothing."""
    assert real(one.top) == real(other.top)
    check_still(one, other)
    assert head(one) == head(other)


def check_idle(tree: Tree) -> None:
    """A sync does nothing."""
    before = head(tree)
    done = synced(tree)
    assert steps(done) == []
    assert done.bytes_copied == 0
    assert head(tree) == before


def head(tree: Tree) -> str:
    """The newest commit."""
    return next(iter(tree.repository.log(number=1))).id


def furnished(top: str) -> dict[bytes, Found]:
    """What is in a directory, with all its metadata; sockets are left out, which nobody can commit."""
    return {path: one for path, one in everything(top).items() if not path.endswith(b"socket")}


def but_times(found: dict[bytes, Found]) -> dict[bytes, Found]:
    """The same without the times of directories, which alone are no change."""
    return {path: one._replace(mtime=0) if stat.S_ISDIR(one.mode) else one for path, one in found.items()}
