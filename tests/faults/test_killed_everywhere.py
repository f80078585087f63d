"""F1: killed before every call that changes a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DEEP
from tests.faults.case import Case
from tests.faults.checks import Goal, after_fault
from tests.faults.conftest import Record
from tests.faults.launcher import Said
from tests.faults.operations import OPERATIONS, Operation
from tests.faults.tracer import Fault
from tests.faults.trying import Trying

_SAMPLE = 2


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_killed_before_every_change(operation: Operation, trying: Trying, record_property: Record) -> None:
    """Paths are old or new, readers work, nothing committed is lost, and the same command again finishes."""
    if operation.slow and not DEEP:
        pytest.skip("takes minutes; runs with DEEP=1")
    number, wrong = trying.killed(operation, _check, _SAMPLE)
    record_property("tried", ("kill points", number))
    assert not wrong, "\n".join(wrong)


def _check(case: Case, goal: Goal, said: Said, fault: Fault) -> Iterator[str]:
    return after_fault(case, goal)
