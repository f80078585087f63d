"""Repositories that hold a part."""

from __future__ import annotations

import os
from collections.abc import Iterable

from annexish.flows.contents.fill import fill
from annexish.flows.state.scoped import scope_in
from annexish.flows.tree.settle import settle
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.model.scope import Anchor, Mark, Pattern, Rule, Scope
from annexish.plan.scope import Placed
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.scope import read_scope, write_scope
from tests.advancing import advance_to, follow_head, place_of
from tests.trees import Tree, inside, real


def scope(
    tree: Tree,
    only: Iterable[str] = (),
    without: Iterable[str] = (),
    unwanted: Iterable[str] = (),
    wanted: Iterable[str] = (),
) -> Scope:
    """A scope about what the head has; a word with a star is a pattern."""
    marks = [Mark(_anchor(tree, path), wanted=False) for path in unwanted]
    marks += [Mark(_anchor(tree, path), wanted=True) for path in wanted]
    return Scope(tuple(_rule(tree, word) for word in only), tuple(_rule(tree, word) for word in without), tuple(marks))


def _rule(tree: Tree, word: str) -> Rule:
    return Pattern(os.fsencode(word)) if "*" in word else _anchor(tree, word)


def _anchor(tree: Tree, path: str) -> Anchor:
    ids = tree.ls()[path].ids if path else (bytes(16),)
    return Anchor(inside(path), tuple(ids))  # type: ignore[arg-type]


def hold(tree: Tree, wanted: Scope) -> None:
    """Let a tree hold a scope only, as if it had been cloned so; what else was here is in the keep."""
    write_scope(tree.path(".annexish"), wanted)
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))
    tree.remove(*(name for name in os.listdir(tree.top) if name != ".annexish"))
    place = place_of(tree.top)
    with Lock(place.lock):
        settle(place)
        assert fill(place, (), placed_in(tree)).problems == ()


def narrow(tree: Tree, revision: str, wanted: Scope) -> None:
    """The same by way of a commit of nothing, with what is in the keep."""
    tree.remove(*(name for name in os.listdir(tree.top) if name != ".annexish"))
    tree.commit(allow_mass_deletion=True)
    write_scope(tree.path(".annexish"), wanted)
    advance_to(tree.top, follow_head(tree.top, revision))


def placed_in(tree: Tree) -> Placed:
    """The scope of a repository in the snapshot of its head."""
    place = place_of(tree.top)
    head = place.head()
    assert head is not None
    return scope_in(Nodes(place.history), place.history.commit(head).tree, read_scope(place.control))


def held(tree: Tree) -> set[str]:
    """What is in the working tree that is no directory."""
    return {path for path, (kind, _) in real(tree.top).items() if kind is not Kind.DIRECTORY}


def wanted(tree: Tree) -> set[str]:
    """What the scope wants of the head, but for directories."""
    placed = placed_in(tree)
    files = (path for path, entry in tree.ls().items() if entry.kind is not Kind.DIRECTORY)
    return {path for path in files if placed.wants(RepoPath(os.fsencode(path)))}
