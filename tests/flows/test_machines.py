"""F8: three repositories, random work, syncs that are killed, undone and repeated; they always become equal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import DEEP
from tests.flows.machine import WHOLE, Machine

_ROUNDS = 20
MACHINES = int(os.environ.get("SEEDS", "200" if DEEP else "10"))
"""Each goes through so many sequences."""


@pytest.mark.parametrize("seed", range(MACHINES))
def test_they_become_equal(tmp_path: Path, seed: int) -> None:
    """After each sequence: equal, nothing to record, a second sync does nothing; in the end nothing is lost."""
    machine = Machine(tmp_path, seed, WHOLE)
    for number in range(_ROUNDS):
        machine.log.clear()
        (machine.one_works, machine.all_work, machine.anything)[number % 3]()
    machine.check_all()
