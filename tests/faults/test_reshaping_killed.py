"""F1 for what changes the working tree back: when it is repeated it commits what was done, so trees are compared."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.case import Case
from tests.faults.checks import Goal, in_between
from tests.faults.conftest import Record
from tests.faults.launcher import Said
from tests.faults.operations import Operation
from tests.faults.pictures import draw_first, edit, picture
from tests.faults.tracer import Fault
from tests.faults.trying import Trying

_SAMPLE = 12


def _two_commits(case: Case) -> None:
    """Directories and files moved, swapped, deleted, became another kind; a group of hard links lost a name."""
    draw_first(case.top)
    case.must("init", "--name", "tried")
    for key, value in (("scan.processes", "1"), ("media.tags", "off"), ("keep.copy-below", "1000000")):
        case.must("config", "set", key, value)
    case.must("commit", "-m", "first")
    edit(case.top)
    os.rename(f"{case.top}/docs/deep", f"{case.top}/between")
    os.rename(f"{case.top}/empty", f"{case.top}/docs/deep")
    os.rename(f"{case.top}/between", f"{case.top}/empty")
    os.unlink(f"{case.top}/photos/best.jpg")
    os.unlink(f"{case.top}/shortcut")
    os.symlink("docs/two.txt", f"{case.top}/shortcut")
    os.utime(f"{case.top}/shortcut", (1, 1), follow_symlinks=False)
    os.unlink(f"{case.top}/notes.txt")
    os.mkdir(f"{case.top}/notes.txt")
    case.must("commit", "-m", "second")


_OPERATIONS = (
    Operation("restore", _two_commits, ("restore", "HEAD~1")),
    Operation("undo", _two_commits, ("undo", "2")),
)


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda each: each.name)
def test_killed_before_every_change(operation: Operation, trying: Trying, record_property: Record) -> None:
    """Readers work, nothing committed is lost, and the same command again makes the tree that was asked for."""
    assert trying.goal(operation).code == 0
    number, wrong = trying.killed(operation, _check, _SAMPLE)
    record_property("tried", ("kill points", number))
    assert not wrong, "\n".join(wrong)


def _check(case: Case, goal: Goal, said: Said, fault: Fault) -> Iterator[str]:
    yield from in_between(case, goal)
    again = case.run(*goal.operation.words)
    if again.code != 0:
        yield f"again: exit code {again.code}, {again.err}"
    now = picture(case.top)
    for path in sorted(now.keys() | goal.after.tree.keys()):
        if now.get(path) != goal.after.tree.get(path):
            yield f"the end: {path} is {now.get(path)}, not {goal.after.tree.get(path)}"
    for name in ("staging", "journal"):
        if os.path.lexists(f"{case.top}/.annexish/{name}"):
            yield f"the end: {name} is still there"
