"""F8: three repositories, random work, syncs that are killed, undone and repeated; they always become equal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.flows.machine import WHOLE, Machine, Part

MACHINES = int(os.environ.get("SEEDS", "1000" if DEEP else "7"))
_SEQUENCES = 15
_PARTS = (
    WHOLE, Part(only=(b"d0",)), Part(without=(b"d1",)), Part(only=(b"d1", b"n4")), Part(content=False),
    Part(only=(b"n*",)), Part(without=(b"n1",)),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(MACHINES))
def test_they_become_equal(tmp_path: Path, seed: int, record_property: Record) -> None:
    """After each sequence: equal, nothing to record, a second sync does nothing; in the end nothing is lost."""
    machine = Machine(tmp_path, seed, _PARTS[seed % len(_PARTS)])
    for number in range(_SEQUENCES):
        machine.log.clear()
        (machine.one_works, machine.all_work, machine.anything)[number % 3]()
    machine.check_all()
    record_property("tried", ("sequences of three repositories", _SEQUENCES))
