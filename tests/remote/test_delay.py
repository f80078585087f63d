"""The connection that is far away, and how often who asks waits for it."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flows.relatives import check_equal
from tests.remote.proxied import Passed, proxied
from tests.trees import Tree, real

DELAY = Path(__file__).with_name("delay.py")
MS = 20
FEW, MANY = 50, 500
MORE = 12
"""Turns that a few more frames of lists may take."""


@contextmanager
def _echo() -> Iterator[int]:
    """A server on the loopback that says what it hears, to one client; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            client, _ = server.accept()
            with client:
                while data := client.recv(1 << 20):
                    client.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@contextmanager
def _far(port: int, report: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-S", "-E", str(DELAY), "127.0.0.1", str(port), str(MS), str(report)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.wait() == 0


def test_an_answer_comes_later(tmp_path: Path) -> None:
    """After twice the delay, every time; nothing is lost at the end."""
    report = tmp_path / "report"
    with _echo() as port, _far(port, report) as far:
        assert far.stdin is not None
        assert far.stdout is not None
        start = time.monotonic()
        for turn in range(5):
            os.write(far.stdin.fileno(), b"%d" % turn)
            assert os.read(far.stdout.fileno(), 10) == b"%d" % turn
            assert time.monotonic() - start >= (turn + 1) * 2 * MS / 1000
        far.stdin.write(b"last")
        far.stdin.close()
        assert far.stdout.read() == b"last"
    assert report.read_text() == "18\n"


def test_what_passed_is_counted_when_ssh_hangs_up(tmp_path: Path) -> None:
    """As it does at its end."""
    report = tmp_path / "report"
    with _echo() as port, _far(port, report) as far:
        assert far.stdin is not None
        assert far.stdout is not None
        far.stdin.write(b"some")
        far.stdin.flush()
        assert far.stdout.read(4) == b"some"
        far.send_signal(signal.SIGHUP)
    assert report.read_text() == "8\n"


def test_much_at_once_comes_in_order(tmp_path: Path) -> None:
    """Nothing of it is lost or changes places."""
    data = random.Random(4).randbytes(32 << 20)
    with _echo() as port, _far(port, tmp_path / "report") as far:
        assert far.stdin is not None
        assert far.stdout is not None
        written = threading.Thread(target=_write, args=(far, data))
        written.start()
        assert far.stdout.read() == data
        written.join()


def _write(far: subprocess.Popen[bytes], data: bytes) -> None:
    assert far.stdin is not None
    for at in range(0, len(data), 32 << 10):
        far.stdin.write(data[at : at + (32 << 10)])
    far.stdin.close()


def test_turns_of_a_clone(tmp_path: Path) -> None:
    """Ten times the files are no reason to wait more often."""
    assert _turns_of_a_clone(tmp_path / "many", MANY) <= _turns_of_a_clone(tmp_path / "few", FEW) + MORE


def test_turns_of_a_sync(tmp_path: Path) -> None:
    """Nor when both sides have new ones."""
    assert _turns_of_a_sync(tmp_path / "many", 300) <= _turns_of_a_sync(tmp_path / "few", 30) + MORE


def test_turns_of_a_sync_with_nothing_to_do(tmp_path: Path) -> None:
    """Nor when there is nothing to do."""
    assert _turns_of_nothing(tmp_path / "many", MANY) <= _turns_of_nothing(tmp_path / "few", FEW) + 2


def _cloned(directory: Path, count: int) -> tuple[Tree, Tree, Passed]:
    directory.mkdir()
    there = Tree(directory, {f"d{n % 10}": {} for n in range(10)}, name="there")
    _add(there, "file", count)
    there.commit()
    passed = proxied(directory, "-q", "clone", f"ssh://there{there.top}", str(directory / "here"))
    assert passed.code == 0
    here = Tree.opened(str(directory / "here"))
    assert real(here.top) == real(there.top)
    return there, here, passed


def _add(tree: Tree, name: str, count: int) -> None:
    for k in range(count):
        tree.write(f"d{k % 10}/{name} {k}", f"{name} {k} of {count}")


def _turns_of_a_clone(directory: Path, count: int) -> int:
    *_, passed = _cloned(directory, count)
    return passed.turns


def _turns_of_a_sync(directory: Path, count: int) -> int:
    there, here, _ = _cloned(directory, FEW)
    _add(there, "there", count)
    _add(here, "here", count)
    passed = proxied(directory, "-C", here.top, "-q", "sync")
    assert passed.code == 0
    check_equal(here, there)
    return passed.turns


def _turns_of_nothing(directory: Path, count: int) -> int:
    _, here, _ = _cloned(directory, count)
    assert proxied(directory, "-C", here.top, "-q", "sync").code == 0
    passed = proxied(directory, "-C", here.top, "-q", "sync")
    assert passed.code == 0
    return passed.turns
