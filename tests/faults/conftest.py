"""A launcher for the session, and places for tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import kernel
from tests.faults.case import Case
from tests.faults.launcher import Launcher
from tests.faults.trying import Trying

Record = Callable[[str, object], None]
"""pytest's `record_property`; ("tried", (what, how many)) is summed up at the end of the run."""


@pytest.fixture(scope="session")
def launcher(_nobodys_settings: None) -> Iterator[Launcher]:
    """A process that starts commands; skips where this system does not let one process trace another."""
    if not kernel.supported():
        pytest.skip("needs Linux on x86-64, whose system calls are known")
    with Launcher() as launcher:
        yield launcher


@pytest.fixture(scope="session")
def trying(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Trying:
    """Tries below an empty directory; what an undisturbed operation does is found once."""
    return Trying(launcher, tmp_path_factory.mktemp("tries"))


@pytest.fixture
def case(launcher: Launcher, tmp_path: Path) -> Case:
    """One place for one try."""
    return Case(launcher, tmp_path / "case")
