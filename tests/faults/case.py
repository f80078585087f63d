"""One directory with a working tree and a place for temporary files, in which commands run under faults."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.launcher import Job, Launcher, Said
from tests.faults.tracer import Fault

_NO_FAULT = Fault()


class Case:
    """A place for one try."""

    def __init__(self, launcher: Launcher, at: Path) -> None:
        self._launcher = launcher
        self.at = at
        self.top = str(at / "tree")
        self.temporary = str(at / "tmp")
        for directory in (self.top, self.temporary):
            os.makedirs(directory)

    def run(self, *words: str, fault: Fault = _NO_FAULT, executed: bool = False, recorded: bool = False) -> Said:
        """Run a command in the tree; everything that it writes in the tree or to temporary files counts."""
        environment = {"TMPDIR": self.temporary}
        job = Job(("-C", self.top, *words), os.fsencode(self.at), fault, environment, executed, recorded)
        return self._launcher.run(job)

    def must(self, *words: str) -> Said:
        """Run a command that prepares something."""
        said = self.run(*words)
        assert said.code == 0, said
        return said


@contextmanager
def new_case(launcher: Launcher, at: Path) -> Iterator[Case]:
    """A new place, gone afterwards."""
    try:
        yield Case(launcher, at)
    finally:
        shutil.rmtree(at)
