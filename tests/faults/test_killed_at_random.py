"""F2: SIGKILL at random times on a larger tree, with as many processes as usual."""

from __future__ import annotations

import random
from pathlib import Path

from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.faults.shots import run_for
from tests.trees import Tree, check_snapshot, fsck

KILLS = 1_000 if DEEP else 8
_DIRECTORIES, _FILES = 50, 100
_EVERY = 50 if DEEP else 4


def test_killed_at_random(tmp_path: Path, record_property: Record) -> None:
    """Readers work at once, and a commit that is not killed records everything."""
    tree = Tree(tmp_path, {f"d{n}": {f"{m}": f"{n} {m}" for m in range(_FILES)} for n in range(_DIRECTORIES)})
    chance = random.Random(1)
    tree.commit()
    before = tree.ids()
    _edit(tree, 0, chance)
    whole = _commit(tree, 60)
    killed = 0
    for number in range(1, KILLS + 1):
        _edit(tree, number, chance)
        killed += _commit(tree, chance.uniform(0, whole)) < 0
        tree.status()
        assert before.items() <= tree.ids().items()
        if number % _EVERY == 0:
            tree.commit()
            check_snapshot(tree)
            fsck(tree)
    assert killed
    record_property("tried", ("kills at random", killed))


def _edit(tree: Tree, number: int, chance: random.Random) -> None:
    """Write files, add one, move a directory there and back."""
    for n in range(0, _DIRECTORIES, 3):
        tree.write(f"d{n}/{number % _FILES}", f"round {number} {n}")
    tree.write(f"new/{number}", f"{number}")
    some = f"d{chance.randrange(_DIRECTORIES)}"
    tree.move(some, "elsewhere")
    tree.move("elsewhere", some)


def _commit(tree: Tree, limit: float) -> float:
    return run_for(limit, "-C", tree.top, "-q", "commit", "-m", "a commit")
