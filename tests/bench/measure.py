"""Runs contestants and keeps what they took."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.place import Place

CHILD = os.path.join(os.path.dirname(__file__), "child.py")


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one command: seconds, MiB, bytes."""

    experiment: str
    work: str
    who: str
    wall: float
    cpu: float
    peak: float
    read: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command, as words, or as a line for bash."""

    who: str
    command: Sequence[str] | str

    @property
    def words(self) -> list[str]:
        """The command as it is run."""
        if isinstance(self.command, str):
            return ["bash", "-e", "-o", "pipefail", "-c", self.command]
        return list(self.command)


class Failed(Exception):
    """A contestant's command failed: there is nothing to compare."""


@dataclass(slots=True)
class Record:
    """Everything measured so far: samples of runs, and single facts such as sizes."""

    samples: list[Sample] = field(default_factory=list)
    facts: dict[str, list[float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def fact(self, name: str, value: float) -> None:
        """Note a figure that is no run."""
        self.facts.setdefault(name, []).append(value)

    def median(self, experiment: str, work: str, who: str, what: str = "wall") -> float:
        """The median of one figure; KeyError if it was not measured."""
        values: list[float] = [
            getattr(sample, what)
            for sample in self.samples
            if (sample.experiment, sample.work, sample.who) == (experiment, work, who)
        ]
        if not values:
            raise KeyError(work)
        return statistics.median(values)

    def typical(self, name: str) -> float:
        """The median of a fact; KeyError if there is none."""
        return statistics.median(self.facts[name])


@dataclass(frozen=True, slots=True)
class Bench:
    """One experiment of one round, in its place."""

    experiment: str
    round: int
    place: Place
    record: Record
    say: Callable[[str], None]

    def run(self, work: str, *contestants: Contestant, times: int = 1) -> None:
        """Run all, taking turns; who goes first changes from turn to turn."""
        for turn in range(self.round, self.round + times):
            first = turn % len(contestants)
            for contestant in (*contestants[first:], *contestants[:first]):
                sample = self._once(work, contestant)
                self.record.samples.append(sample)
                self.say(f"{self.experiment:6} {work:12} {sample.who:10} {sample.wall:9.3f} s {sample.cpu:9.3f} s CPU")

    def prepare(self, *command: str) -> None:
        """Run a command that is not measured."""
        done = subprocess.run(
            command,
            cwd=self.place.tree,
            env=self.place.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")

    def _once(self, work: str, contestant: Contestant) -> Sample:
        os.sync()  # what was written before is not this command's to wait for
        result, errors = (os.path.join(self.place.top, name) for name in ("result", "errors"))
        with open(errors, "wb") as stderr:
            subprocess.run(
                [sys.executable, "-I", "-S", CHILD, result, *contestant.words],
                cwd=self.place.tree,
                env=self.place.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                check=True,
            )
        with open(result, encoding="ascii") as file:
            code, wall, cpu, peak, read = file.read().split()
        if int(code):
            with open(errors, encoding="utf-8", errors="replace") as file:
                raise Failed(f"{contestant.who}: {work}: exit {code}: {file.read()[-500:]}")
        return Sample(self.experiment, work, contestant.who, float(wall), float(cpu), int(peak) / 1024, int(read))
