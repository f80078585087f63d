"""One writer at a time, and journeys that go on other journeys."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from annexish.errors import Busy
from annexish.store.lock import WAITING, Lock, Waiting


def test_who_holds_a_lock_gets_it_again(tmp_path: Path) -> None:
    """Under every name of it; and it is held until the first one ends."""
    path = str(tmp_path / "lock")
    (tmp_path / "other").symlink_to(tmp_path)
    with Lock(path):
        with Lock(str(tmp_path / "other" / "lock"), wait=0):
            pass
        assert not _free(path)
    assert _free(path)


def test_another_thread_waits(tmp_path: Path) -> None:
    """The program is one, the writers are two."""
    path, said = str(tmp_path / "lock"), list[str]()

    def other() -> None:
        try:
            with Lock(path, wait=0):
                said.append("taken")
        except Busy as error:
            said.append(str(error))

    with Lock(path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert said == [f"another annexish (process {os.getpid()}) is writing in this repository"]


def test_who_waits_says_so_once(tmp_path: Path) -> None:
    """And ends as busy after the time that the context allows."""
    path, said = str(tmp_path / "lock"), list[str]()
    holder = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(holder, fcntl.LOCK_EX)
    os.write(holder, b"7\n")
    before = WAITING.set(Waiting(0.8, said.append))
    try:
        with pytest.raises(Busy, match="process 7"), Lock(path):
            pass
    finally:
        WAITING.reset(before)
        os.close(holder)
    assert said == ["waiting up to 0.8 s for another annexish (process 7)"]


def test_a_lock_that_nobody_holds_any_more_is_free(tmp_path: Path) -> None:
    """The file of a holder that was killed is there, and its lock is not."""
    path = tmp_path / "lock"
    if not os.fork():
        Lock(str(path)).__enter__()
        os._exit(0)
    os.wait()
    assert path.exists()
    with Lock(str(path), wait=0):
        pass


def _free(path: str) -> bool:
    """Whether somebody else could take it."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
