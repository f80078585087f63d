"""F3: the power goes while a command writes, and the disk is found in one of many states."""

from __future__ import annotations

import copy
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import AnnexishError
from tests.conftest import DEEP
from tests.faults.case import Case, new_case
from tests.faults.checks import Goal, after_fault
from tests.faults.conftest import Record
from tests.faults.disk import Disk, File, Found
from tests.faults.launcher import Launcher
from tests.faults.operations import OPERATIONS, Operation
from tests.faults.pictures import digest_of
from tests.faults.recording import Event
from tests.faults.trying import Trying

_SYNCS, _SYNCS_ONE = ("sync", "syncfs"), ("fsync", "fdatasync")
STATES = 400 if DEEP else 4
_TRIED = [each for each in OPERATIONS if each.name.startswith("commit of") or each.name in ("first commit", "commit")]


@pytest.mark.parametrize("operation", [each for each in _TRIED if not each.slow], ids=lambda each: each.name)
def test_power_loss(
    operation: Operation, trying: Trying, launcher: Launcher, tmp_path: Path, record_property: Record
) -> None:
    """What was acknowledged is there; readers work; the same command again finishes."""
    goal = trying.goal(operation)
    chance = random.Random(1)
    wrong: list[str] = []
    with new_case(launcher, tmp_path / "case") as case:
        operation.prepare(case)
        safe = Disk(case.top)
        said = case.run(*operation.words, recorded=True)
        assert said.code == 0, said
        kept = _kept(case)
        for number in range(STATES):
            # one state in four is found after the command said that it was done
            at = len(said.events) if number % 4 == 0 else chance.randrange(len(said.events))
            _restore(case.top, _found(safe, said.events[:at], chance))
            done = at == len(said.events)
            problems = [*(_acknowledged(case, goal, kept) if done else ()), *after_fault(case, goal)]
            wrong += [f"{operation.name}, after call {at} of {len(said.events)}: {each}" for each in problems]
    record_property("tried", ("states after power loss", STATES))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.then], ids=lambda each: each.name)
def test_a_request_is_forgotten_when_all_is_durable(operation: Operation, case: Case) -> None:
    """Until then the journal is there, so that the next command finishes whatever the disk lost."""
    operation.prepare(case)
    events = case.run(*operation.words, recorded=True).events
    control = os.fsencode(os.path.realpath(case.top)) + b"/.annexish/"
    waiting: set[bytes] = set()
    for event in events[: [event.files for event in events].index((control + b"journal",))]:
        if event.name in _SYNCS:
            waiting.clear()
        elif event.name not in _SYNCS_ONE:
            waiting |= {path for path in event.files if not path.startswith(control)}
    assert not waiting


def _found(safe: Disk, events: list[Event], chance: random.Random) -> dict[bytes, Found | None]:
    """One of the states of the disk after some calls."""
    disk = copy.deepcopy(safe)
    for event in events:
        disk.play(event)
    return disk.after_power_loss(chance)


def _restore(top: str, found: dict[bytes, Found | None]) -> None:
    """Put what was found in the place of the control directory; what also has a name in the tree is linked from there.

    The tree itself is as it was: nothing here writes to it.
    """
    control = os.fsencode(os.path.realpath(top)) + b"/.annexish"
    shutil.rmtree(control)
    os.mkdir(control, 0o700)
    first: dict[File, bytes] = {
        thing.file: path for path, thing in found.items() if thing and not path.startswith(control + b"/")
    }
    for path, thing in sorted(found.items()):
        if not path.startswith(control + b"/"):
            continue
        if thing is None:
            os.mkdir(path)
        elif thing.file in first:
            os.link(first[thing.file], path)
        else:
            Path(os.fsdecode(path)).write_bytes(thing.content)
            first[thing.file] = path


def _kept(case: Case) -> set[str]:
    """What has a name in the keep, and is what its name says."""
    found = set()
    for directory, _, names in os.walk(f"{case.top}/.annexish/keep"):
        for name in names:
            path = os.path.join(directory, name)
            if digest_of(path).hex() == os.path.basename(directory) + name:
                found.add(path)
    return found


def _acknowledged(case: Case, goal: Goal, kept: set[str]) -> Iterator[str]:
    """Yield what is missing although the command had said that it was done."""
    try:
        messages = sorted(commit.message for commit in Repository.find(case.top).log())
    except AnnexishError as error:
        yield f"acknowledged, but {error}"
        return
    if messages != sorted(goal.after.history):
        yield f"acknowledged, but the history is {messages}"
    if missing := kept - _kept(case):
        yield f"acknowledged, but {len(missing)} contents are not in the keep"
