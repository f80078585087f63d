"""F2 for two repositories: SIGKILL at random times while they are cloned and synced."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.faults.shots import run_for
from tests.flows.relatives import check_equal, check_idle, check_still, cloned
from tests.trees import Tree, check_snapshot, real

CLONES, SYNCS = (300, 700) if DEEP else (4, 6)
_DIRECTORIES, _FILES = 20, 40
_EVERY = 20 if DEEP else 3
_LARGE = 3 << 20


def _grown(tmp_path: Path) -> Tree:
    files = {f"d{n}": {f"{m}": f"{n} {m}" for m in range(_FILES)} for n in range(_DIRECTORIES)}
    tree = Tree(tmp_path, {**files, "large": random.Random(2).randbytes(_LARGE)}, name="there")
    tree.commit()
    return tree


def test_clone_killed_at_random(tmp_path: Path, record_property: Record) -> None:
    """The same words finish it; the source stays as it is."""
    there = _grown(tmp_path)
    before = real(there.top)
    goal = str(tmp_path / "here")
    chance, killed = random.Random(3), 0
    whole = run_for(60, "-q", "clone", there.top, goal)
    for _ in range(CLONES):
        shutil.rmtree(goal)
        while run_for(chance.uniform(0, whole), "-q", "clone", there.top, goal) < 0:
            killed += 1
        here = Tree.opened(goal)
        assert real(goal) == before
        check_still(here, there)
    check_idle(Tree.opened(goal))
    assert killed
    record_property("tried", ("kills of a clone at random", killed))


def test_sync_killed_at_random(tmp_path: Path, record_property: Record) -> None:
    """Readers work at once on both sides, and what either side did is on both after the next sync."""
    there = _grown(tmp_path)
    here = cloned(there, "here")
    sides = [_Side(there, 0), _Side(here, 1)]
    chance, killed = random.Random(4), 0
    whole = _sync(here, 60)
    for number in range(1, SYNCS + 1):
        for side in sides:
            side.work(number, chance)
        killed += _sync(here, chance.uniform(0, whole)) < 0
        for tree in (here, there):
            tree.status()
            tree.ls()
        if number % _EVERY == 0:
            _sync(here, 60)
            for side in sides:
                side.check(here)
            check_equal(here, there)
            check_snapshot(here)
            check_idle(here)
    assert killed
    record_property("tried", ("kills of a sync at random", killed))


def _sync(tree: Tree, limit: float) -> float:
    return run_for(limit, "-C", tree.top, "-q", "sync")


class _Side:
    """Every other directory is this side's: it edits files there, and moves one into a box and out again."""

    def __init__(self, tree: Tree, number: int) -> None:
        self.tree = tree
        self._number = number
        self._at = {n: f"d{n}" for n in range(number, _DIRECTORIES, 2)}
        self._wrote: dict[tuple[int, str], bytes] = {}

    def work(self, number: int, chance: random.Random) -> None:
        """Do something new."""
        some = chance.choice(list(self._at))
        there = self._at[some].startswith("box")
        self._move(some, f"d{some}" if there else f"box {self._number}/{number}/d{some}")
        for n in self._at:
            self._write(n, f"{number % _FILES}", f"{self._number} wrote {number} {n}".encode())
        self._write(some, f"new {number}", f"{self._number} new {number}".encode())
        if self._number:
            data = bytearray(self.tree.read("large"))
            data[chance.randrange(_LARGE)] ^= 1
            self.tree.remove("large")
            self.tree.write("large", bytes(data))

    def _move(self, directory: int, to: str) -> None:
        self.tree.move(self._at[directory], to)
        self._at[directory] = to

    def _write(self, directory: int, name: str, data: bytes) -> None:
        path = f"{self._at[directory]}/{name}"
        Path(self.tree.path(path)).unlink(missing_ok=True)
        self.tree.write(path, data)
        self._wrote[directory, name] = data

    def check(self, other: Tree) -> None:
        """All that this side did is somewhere else too."""
        for (directory, name), data in self._wrote.items():
            assert other.read(f"{self._at[directory]}/{name}") == data
