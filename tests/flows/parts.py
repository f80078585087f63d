"""Repositories that hold a part of the files, and what they tell each other, without a sync."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable

from annexish import Repository
from annexish.flows.contents.telling import tell
from annexish.flows.place import place as places
from annexish.model.holdings import Holdings
from annexish.model.path import RepoPath
from annexish.model.scope import Anchor, Mark, Pattern, Rule, Scope
from annexish.store.holdings import KnownHoldings
from annexish.store.scope import write_scope
from tests.flows.two import fetch
from tests.trees import Tree, git


def place_of(tree: Tree) -> places.Place:
    """Where its things are."""
    return places.find(os.fsencode(tree.top))


def part_of(source: Tree, top: str, *files: str, name: str = "") -> Tree:
    """A repository with the history of another one, and with some of its files; all others are absent."""
    Repository.init(top, name=name or os.path.basename(top)).config_set("media.tags", "off")
    part = Tree.opened(top)
    git(part, "update-ref", "refs/heads/main", fetch(part, source))
    if files:
        subprocess.run(["cp", "-a", "--parents", *files, top], cwd=source.top, check=True)
    part.commit()
    return part


def wants(tree: Tree, *, only: Iterable[str] = (), without: Iterable[str] = (), unwanted: Iterable[str] = ()) -> None:
    """Let a repository want a part: what has a `*` is a pattern, all else an object."""
    marks = tuple(Mark(_anchor(tree, path), wanted=False) for path in unwanted)
    rules = [tuple(_rule(tree, word) for word in words) for words in (only, without)]
    write_scope(place_of(tree).control, Scope(rules[0], rules[1], marks))


def _rule(tree: Tree, word: str) -> Rule:
    return Pattern(word.encode()) if "*" in word else _anchor(tree, word)


def _anchor(tree: Tree, path: str) -> Anchor:
    return Anchor(RepoPath(path.encode()), tree[path].ids if path else (bytes(16),))  # type: ignore[arg-type]


def told(tree: Tree) -> Holdings:
    """What a repository tells of itself now."""
    return tell(place_of(tree))


def hear(tree: Tree, *others: Tree) -> None:
    """Let a repository know what others tell of themselves now, their heads among it."""
    known = KnownHoldings(place_of(tree).history, tree.repository.id)
    for number, other in enumerate(others):
        told(other)
        fetch(tree, other, f"other{number}")
        data = KnownHoldings(place_of(other).history, "").blob(other.repository.id)
        assert data is not None
        known.accept(data)
