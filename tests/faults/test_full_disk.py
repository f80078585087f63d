"""F5: a disk that is really full.

Its blocks have 4 KiB, as those of all but the smallest disks, or 1 KiB, where SQLite's shared memory gets holes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DEEP, MakeFilesystem
from tests.faults.case import Case
from tests.faults.checks import committed, held
from tests.faults.conftest import Record
from tests.faults.launcher import Launcher
from tests.faults.pictures import draw_first, edit, picture
from tests.trees import Picture, Tree

PASSES = 100 if DEEP else 3
pytestmark = pytest.mark.root


@pytest.fixture(params=["ext4-4k", "ext4"])
def case(request: pytest.FixtureRequest, launcher: Launcher, filesystem: MakeFilesystem) -> Case:
    """A committed tree on a small disk, with changes since."""
    case = Case(launcher, filesystem(request.param, mib=24) / "case")
    draw_first(case.top)
    case.must("init", "--name", "tried")
    case.must("config", "set", "media.tags", "off")
    case.must("commit", "-m", "first")
    edit(case.top)
    return case


def _fill(case: Case, leave: int) -> Path:
    """Take all space of the disk, but for some bytes."""
    reserved, rest = case.at / "reserved", case.at / "rest"
    reserved.write_bytes(bytes(leave))
    with rest.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1 << 10):
            while _write(file.fileno(), size):
                pass
    reserved.unlink()
    return rest


def _write(descriptor: int, size: int) -> int:
    try:
        return os.write(descriptor, bytes(size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return 0


def _amounts() -> Iterator[int]:
    """How much is left free: nothing, then more with each pass, up to what a commit needs."""
    for number in range(PASSES):
        yield number * (256 << 10) // max(1, PASSES - 1)


def test_a_commit_on_a_full_disk(case: Case, record_property: Record) -> None:
    """It says that there is no space and leaves all as it was; readers work; with space it works."""
    before, kept = picture(case.top), held(case) & committed(case)
    failed = 0
    for number, leave in enumerate(_amounts()):
        rest = _fill(case, leave)
        said = case.run("commit", "-m", f"number {number}")
        assert said.code in (0, 1), said
        assert "Traceback" not in said.err, said
        if said.code:
            failed += 1
            assert "No space left" in said.err or "is full" in said.err or "cannot be" in said.err, said
        for words in (("status",), ("log",), ("doctor",), ("ls", "-R")):
            reader = case.run(*words)
            assert reader.code == 0, (words, leave, reader)
        rest.unlink()
        assert picture(case.top) == before
        assert kept <= held(case)
        _works_again(case, number)
        before = picture(case.top)
    assert failed
    record_property("tried", ("passes on a full disk", PASSES))


def _works_again(case: Case, number: int) -> None:
    """Commit with space, so that nothing is left to record; then change something."""
    case.must("commit", "-m", f"number {number}")
    assert case.must("status").out.startswith("nothing changed")
    with open(f"{case.top}/docs/four.txt", "a") as file:
        file.write(f"{number}")
    with open(f"{case.top}/added {number}", "w") as file:
        file.write(f"{number}")


@pytest.mark.parametrize("kind", ["ext4-4k", "ext4"])
def test_a_new_repository_on_a_full_disk(launcher: Launcher, filesystem: MakeFilesystem, kind: str) -> None:
    """`init` fails and says why; with space it works."""
    case = Case(launcher, filesystem(kind, mib=24) / "case")
    draw_first(case.top)
    rest = _fill(case, 0)
    said = case.run("init")
    assert said.code == 1, said
    assert "No space left" in said.err or "is full" in said.err, said
    rest.unlink()
    case.must("init")
    case.must("commit", "-m", "first")


@pytest.mark.parametrize("kind", ["ext4-4k", "ext4"])
def test_a_sync_onto_a_full_disk(
    launcher: Launcher, filesystem: MakeFilesystem, kind: str, tmp_path: Path, record_property: Record
) -> None:
    """It says so and nothing is torn; with space it goes on, and both sides are equal."""
    docs: Picture = {f"{number}": f"{number}" * 500 for number in range(PASSES)}
    source = Tree(tmp_path, {"docs": docs, "a": "1"}, name="source")
    source.commit()
    case = Case(launcher, filesystem(kind, mib=24) / "case")
    rest = _fill(case, 100 << 10)
    said = case.run("clone", source.top, ".")
    assert said.code in (1, 5), said
    assert "Traceback" not in said.err, said
    rest.unlink()
    case.must("clone", source.top, ".")
    case.must("config", "set", "media.tags", "off")
    failed = 0
    for number, leave in enumerate(_amounts()):
        source.move(f"docs/{number}", f"moved {number}")
        source.write(f"new {number}", f"{number:03}" * 10_000)
        source.write("a", f"{number}")
        before = picture(case.top)
        rest = _fill(case, leave)
        said = case.run("sync")
        assert said.code in (0, 1, 3, 5), said
        assert "Traceback" not in said.err, said
        failed += said.code != 0
        rest.unlink()
        wanted = picture(source.top)
        assert all(thing in (before.get(path), wanted.get(path)) for path, thing in picture(case.top).items()), said
        case.must("sync")
        assert case.must("status").out.startswith("nothing changed")
        assert picture(case.top) == wanted
    case.must("verify")
    assert failed
    record_property("tried", ("passes of sync onto a full disk", PASSES))
