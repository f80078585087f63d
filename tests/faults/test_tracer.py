"""What the tracer promises: every change is seen, and stopped where it should be."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import kernel
from tests.faults.case import Case
from tests.faults.pictures import draw_first
from tests.faults.tracer import Ended, Fault, trace

pytestmark = pytest.mark.skipif(not kernel.supported(), reason="needs Linux on x86-64, whose system calls are known")


def _traced(work: Callable[[], int], top: Path, fault: Fault) -> Ended:
    """Trace from a process of its own, because a tracer waits for all of its children."""
    reading, writing = os.pipe()
    tracer = os.fork()
    if not tracer:
        try:
            os.write(writing, pickle.dumps(trace(work, os.fsencode(top), fault, limit=20)))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(tracer, 0)
    ended = pickle.loads(answer)  # noqa: S301 - our own process wrote it
    assert isinstance(ended, Ended)
    return ended


def _run(top: Path, fault: Fault) -> Ended:
    """Write three files, one of them in a child, one by a name that begins elsewhere."""

    def work() -> int:
        (top / "one").write_text("1")
        if not os.fork():
            (top / "two").write_text("2")
            os._exit(0)
        os.wait()
        os.chdir("/")
        os.rename(os.path.relpath(top / "one", "/"), top / "three")
        (top.parent / "outside").write_text("not counted")
        return 5

    return _traced(work, top, fault)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """An empty directory."""
    made = tmp_path / "top"
    made.mkdir()
    return made


def test_what_counts(top: Path) -> None:
    """Changes below the directory count, also those of children, and no others."""
    ended = _run(top, Fault())
    assert ended == Ended(5, ("openat", "write", "openat", "write", "rename"), met=False)


def test_killed_before_a_call(top: Path) -> None:
    """What was before the call happened; the call, and what comes after it, did not."""
    ended = _run(top, Fault(kill_at=4))
    assert (ended.code, ended.met) == (-9, True)
    assert {path.name: path.read_text() for path in top.iterdir()} == {"one": "1", "two": ""}


def test_one_call_fails(top: Path) -> None:
    """A call that fails did nothing, and the program sees the error."""

    def work() -> int:
        try:
            os.mkdir(top / "one")
        except OSError as error:
            os.mkdir(top / "two")
            return error.errno or 0
        return 0

    assert _traced(work, top, Fault(fail_at=1, code=errno.ENOSPC)).code == errno.ENOSPC
    assert os.listdir(top) == ["two"]


def test_calls_fail_from_then_on(top: Path) -> None:
    """An error that stays is met by every call that follows."""

    def work() -> int:
        codes = []
        for name in ("one", "two", "three"):
            try:
                os.mkdir(top / name)
            except OSError as error:
                codes.append(error.errno)
        return len(codes)

    assert _traced(work, top, Fault(fail_at=2, code=errno.EIO, for_ever=True)).code == 2
    assert os.listdir(top) == ["one"]


def test_reading_counts_where_opening_does(top: Path) -> None:
    """With `opens` the calls are those that open a file, for whatever it is."""
    (top / "one").write_text("1")

    def work() -> int:
        (top / "one").read_text()
        os.mkdir(top / "two")
        return 0

    assert _traced(work, top, Fault(opens=True)).calls == ("openat",)


def test_a_forked_command_does_what_a_started_one_does(case: Case) -> None:
    """The calls of a command that begins in a warm process are those of one in a new interpreter."""
    draw_first(case.top)
    case.must("init")
    for name, value in (("scan.processes", "1"), ("media.tags", "off")):
        case.must("config", "set", name, value)
    first = case.run("commit", "-m", "first")
    again = case.run("config", "set", "user.name", "Ada")
    case.must("config", "set", "user.name", "Bob")
    started = case.run("config", "set", "user.name", "Ada", executed=True)
    assert (first.code, started.code) == (0, 0)
    assert started.ended.calls == again.ended.calls
