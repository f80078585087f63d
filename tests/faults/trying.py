"""Try an operation under one fault after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.conftest import DEEP
from tests.faults.case import Case, new_case
from tests.faults.checks import Goal, beside_of, commits_of, committed, held, see
from tests.faults.launcher import Launcher, Said
from tests.faults.operations import Operation
from tests.faults.pictures import picture
from tests.faults.tracer import Fault

Check = Callable[[Case, Goal, Said, Fault], Iterator[str]]
"""Yields what is wrong after an operation under a fault."""


class Trying:
    """Goals are found once; places for tries are made and removed."""

    def __init__(self, launcher: Launcher, at: Path) -> None:
        self._launcher = launcher
        self._at = at
        self._numbers = itertools.count()
        self.goal = cache(self._goal)

    def case(self) -> Path:
        """A new place."""
        return self._at / f"case-{next(self._numbers)}"

    def under(self, operation: Operation, fault: Fault, check: Check) -> list[str]:
        """Run an operation under a fault; return what is wrong afterwards."""
        goal = self.goal(operation)
        with new_case(self._launcher, self.case()) as case:
            operation.prepare(case)
            said = case.run(*operation.words, fault=fault)
            return [
                f"{operation.name}, {_words(fault)}, in {_last(said)}: {each}"
                for each in check(case, goal, said, fault)
            ]

    def killed(self, operation: Operation, check: Check, sample: int) -> tuple[int, list[str]]:
        """Kill an operation before each of its changes, or before a sample; return how often, and what is wrong."""
        calls = self.goal(operation).calls
        points = range(1, calls + 1) if DEEP else spread(calls, sample)
        wrong = [each for point in points for each in self.under(operation, Fault(kill_at=point), check)]
        return len(points), wrong

    def _goal(self, operation: Operation) -> Goal:
        """Run it undisturbed, twice: to count its changes, and the files that it opens."""
        with new_case(self._launcher, self.case()) as case:
            operation.prepare(case)
            opens = case.run(*operation.words, fault=Fault(opens=True))
        with new_case(self._launcher, self.case()) as case:
            operation.prepare(case)
            before, bytes_before, known = picture(case.top), held(case), committed(case)
            commits = commits_of(case)
            said = case.run(*operation.words)
            bytes_after, beside = held(case), beside_of(case, operation)
            if operation.then:
                case.must(*operation.then)
            after = see(case, commits)
        kept = known & bytes_before & (bytes_after if operation.forgets else bytes_before)
        calls, opened = len(said.ended.calls), len(opens.ended.calls)
        return Goal(operation, commits, before, after, beside, frozenset(kept), said.code, calls, opened)


def _words(fault: Fault) -> str:
    if fault.kill_at:
        return f"killed before call {fault.kill_at}"
    return (
        f"errno {fault.code} {'from' if fault.for_ever else 'at'} {'open' if fault.opens else 'call'} {fault.fail_at}"
    )


def _last(said: Said) -> str:
    return said.ended.calls[-1] if said.ended.calls else "no call"


def spread(count: int, wanted: int) -> list[int]:
    """About `wanted` of the numbers from 1 to `count`, the first and the last among them."""
    if count <= wanted:
        return list(range(1, count + 1))
    return sorted({1 + round(at * (count - 1) / (wanted - 1)) for at in range(wanted)})
