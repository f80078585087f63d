"""F13: a connection is cut, stalls, or changes what it carries, at every message of a clone and of a sync."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from annexish.model.entry import Kind
from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.flows.relatives import check_equal, check_still, cloned, head
from tests.flows.work import FILES
from tests.remote.proxied import Passed, proxied
from tests.trees import Tree, fsck, real

LARGE = 3 << 20
SLACK = 1 << 20
"""Histories, questions, and what was on its way when a connection was cut."""
KINDS = (
    "cut", "half", "trickle", "stall", "duplicate", "flip", "drop",
)  # fmt: skip
SAMPLE = 2


def _points(passed: Passed, name: str) -> Sequence[int]:
    """The messages that are disturbed: all, or some that are others for each name."""
    every = range(1, len(passed.messages) + 1)
    return every if DEEP else sorted(random.Random(name).sample(every, SAMPLE))


def _check_end(passed: Passed) -> bool:
    """A command ended as it should, or with an error that is made for people; return whether it did all it should."""
    assert "Traceback" not in passed.said
    assert passed.code >= 0
    assert passed.code == 0 or passed.said
    return passed.code == 0


def _check_sound(tree: Tree, known: set[tuple[Kind, object]]) -> None:
    """A repository can be used at once, and holds no content that nobody made."""
    tree.status()
    fsck(tree)
    assert tree.repository.verify().problems == ()
    assert set(real(tree.top).values()) <= known


def _check_idle(directory: Path, here: Tree) -> None:
    """Another sync finds nothing to do."""
    before = head(here)
    passed = _sync(directory, here)
    assert passed.code == 0
    assert passed.moved < SLACK
    assert head(here) == before


@pytest.fixture
def there(tmp_path: Path) -> Tree:
    """The repository there."""
    tree = Tree(tmp_path, {**FILES, "large": random.Random(1).randbytes(LARGE)}, name="there")
    tree.commit()
    return tree


@pytest.mark.parametrize("kind", KINDS)
def test_clone(there: Tree, tmp_path: Path, record_property: Record, kind: str) -> None:
    """It ends by itself, and the same words finish it; the source stays as it is, and is not locked."""
    goal = tmp_path / "here"
    words = ("-q", "clone", f"ssh://there{there.top}", str(goal))
    whole = proxied(tmp_path, *words)
    known, disturbed = set(real(there.top).values()), 0
    for point in _points(whole, f"clone {kind}"):
        shutil.rmtree(goal)
        before = proxied(tmp_path, *words, kind=kind, at=point, seed=point)
        disturbed += before.disturbed
        done = _check_end(before)
        _check_sound(there, known)
        if (goal / ".annexish").exists():
            _check_sound(Tree.opened(str(goal)), known)
        after = proxied(tmp_path, *words) if not done else None
        assert after is None or after.code == 0, after
        here = Tree.opened(str(goal))
        assert real(here.top) == real(there.top)
        check_still(here, there)
        if after and kind == "cut":
            assert before.moved + after.moved < whole.moved + SLACK
    _check_idle(tmp_path, Tree.opened(str(goal)))
    assert disturbed
    record_property("tried", (f"messages of a clone: {kind}", disturbed))


@pytest.mark.parametrize("kind", KINDS)
def test_sync(there: Tree, tmp_path: Path, record_property: Record, kind: str) -> None:
    """It ends by itself, both sides are sound at once, and the next sync makes them equal."""
    here = _relative(there)
    pair = {"there": there, "here": here}
    chance = random.Random(2)
    _work(pair, 0, chance)
    whole = _sync(tmp_path, here)
    disturbed = 0
    for point in _points(whole, f"sync {kind}"):
        _work(pair, point, chance)
        known = {*real(there.top).values(), *real(here.top).values()}
        before = _sync(tmp_path, here, kind=kind, at=point, seed=point)
        disturbed += before.disturbed
        done = _check_end(before)
        for tree in pair.values():
            _check_sound(tree, known)
        after = _sync(tmp_path, here) if not done else None
        assert after is None or after.code == 0, after
        check_equal(here, there)
        if after and kind == "cut":
            assert before.moved + after.moved < whole.moved + SLACK
    _check_idle(tmp_path, here)
    assert disturbed
    record_property("tried", (f"messages of a sync: {kind}", disturbed))


def test_a_sync_whose_first_connection_is_lost(there: Tree, tmp_path: Path) -> None:
    """Another one is no reason to leave behind what the first one was for, unless the command says so."""
    here = _relative(there)
    _work({"there": there, "here": here}, 0, random.Random(4))
    if _check_end(_sync(tmp_path, here, kind="half", at=1)):
        check_equal(here, there)


@pytest.mark.parametrize("point", [3, 9, 20] if DEEP else [9])
def test_a_client_that_is_not_heard_any_more(there: Tree, tmp_path: Path, point: int) -> None:
    """The other side ends by itself, although no end of the connection comes, and leaves no lock."""
    here = _relative(there)
    pair = {"there": there, "here": here}
    _work(pair, point, random.Random(3))
    passed = _sync(tmp_path, here, kind="silence", at=point)
    assert not _check_end(passed)
    there.commit()
    assert _sync(tmp_path, here).code == 0
    check_equal(here, there)


def _relative(there: Tree) -> Tree:
    """A clone whose origin is asked over a connection."""
    here = cloned(there, "here")
    here.repository.remote_remove("origin")
    here.repository.remote_add("origin", f"ssh://there{there.top}")
    return here


def _work(pair: dict[str, Tree], number: int, chance: random.Random) -> None:
    """What both sides do between two syncs."""
    for name, tree in pair.items():
        for k in range(3):
            tree.write(f"new/{name} {number} {k}", f"{name} {number} {k}")
        tree.write(f"large {name} {number}", chance.randbytes(LARGE))
        if os.path.exists(tree.path(f"large {name} 0")):
            tree.move(f"new/{name} {number} 0", f"moved {name} {number}")


def _sync(directory: Path, here: Tree, *, kind: str = "none", at: int = 0, seed: int = 0) -> Passed:
    return proxied(directory, "-C", here.top, "-q", "sync", kind=kind, at=at, seed=seed)
