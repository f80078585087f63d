"""F4: every call that changes a file, and every call that opens one, fails once or from then on."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Iterator

import pytest

from tests.conftest import DEEP
from tests.faults.case import Case
from tests.faults.checks import Goal, after_fault, finished, last_line
from tests.faults.conftest import Record
from tests.faults.launcher import Said
from tests.faults.operations import OPERATIONS, Operation
from tests.faults.tracer import Fault
from tests.faults.trying import Trying, spread

_KINDS = (
    (errno.EIO, False),
    (errno.EMFILE, True),
    (errno.ENOSPC, False),
    (errno.EACCES, True),
    (errno.EDQUOT, False),
    (errno.EROFS, False),
    (errno.EIO, True),
    (errno.EACCES, False),
)
"""Errors, and whether they are met by opening files or by changing them."""
_SAMPLE = 2
_LIBRARIES = (
    "disk I/O error",
    "database or disk is full",
    "unable to open database file",
    "readonly database",
    "the head cannot be",
    "the history cannot be",
    "the reference ",
)
"""How it is said where SQLite and libgit2 do not repeat what the system told them."""
_DONE, _PARTLY = 0, 3
_NOTED = "not set: "
"""How it is said that a file is there, but not all of its metadata."""


def _faults(goal: Goal, part: int) -> Iterator[Fault]:
    """One kind of error at all calls, or a sample of all kinds at a few."""
    if DEEP:
        code, opens = _KINDS[part]
        for at, for_ever in itertools.product(range(1, (goal.opens if opens else goal.calls) + 1), (False, True)):
            yield Fault(fail_at=at, code=code, for_ever=for_ever, opens=opens)
        return
    first = OPERATIONS.index(goal.operation) * _SAMPLE
    for turn in range(_SAMPLE):
        code, opens = _KINDS[(first + turn) % len(_KINDS)]
        points = spread(goal.opens if opens else goal.calls, _SAMPLE)
        yield Fault(fail_at=points[turn % len(points)], code=code, for_ever=bool(turn % 2), opens=opens)


@pytest.mark.parametrize("part", range(len(_KINDS)) if DEEP else [0])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_error_at_every_call(operation: Operation, part: int, trying: Trying, record_property: Record) -> None:
    """A command says what the system said and leaves a whole state, or it has done all of its work."""
    if operation.slow and not DEEP:
        pytest.skip("takes minutes; runs with DEEP=1")
    wrong, count = [], 0
    for fault in _faults(trying.goal(operation), part):
        wrong += trying.under(operation, fault, _check)
        count += 1
    record_property("tried", ("errors at calls", count))
    assert not wrong, "\n".join(wrong)


def _check(case: Case, goal: Goal, said: Said, fault: Fault) -> Iterator[str]:
    if said.ended.too_long:
        yield "does not end"
    if "Traceback" in said.err:
        yield f"a traceback: {last_line(said)}"
    noted = _NOTED in said.out + said.err
    partly = said.code == _PARTLY or noted
    if said.code in (_DONE, goal.code) and not noted:
        if goal.operation.then:
            case.must(*goal.operation.then)
        yield from finished(case, goal)
    elif said.code < 0:
        yield f"died of signal {-said.code}"
    elif not partly and not _named(said, fault.code):
        yield f"does not name the trouble: {last_line(said)}"
    settled = noted or (partly and goal.operation.repeated == _PARTLY)
    yield from after_fault(case, goal, partly=partly, settled=settled)


def _named(said: Said, code: int) -> bool:
    """Whether the message says what the system said, in its own words or in those of a library."""
    return any(words in said.err for words in (os.strerror(code), *_LIBRARIES))
