"""A directory that is whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from annexish.apply.staged import clear, leftovers, staged
from annexish.errors import Unreachable
from tests.trees import FIFO, Link, draw


def test_it_appears_when_it_is_published(tmp_path: Path) -> None:
    """Until then it has another name, and nobody else may enter it."""
    with staged(os.fsencode(tmp_path / "out")) as stage:
        draw(os.fsdecode(stage.path), {"a": "1"})
        (temporary,) = os.listdir(tmp_path)
        assert temporary.startswith("out.annexish-")
        assert os.stat(tmp_path / temporary).st_mode & 0o7777 == 0o700
        stage.publish(durable=True)

    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out" / "a").read_text() == "1"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path: Path, failure: type[BaseException]) -> None:
    """Whatever was in it by then."""

    def fail() -> None:
        with staged(os.fsencode(tmp_path / "out")) as stage:
            draw(os.fsdecode(stage.path), {"a": "1", "d": {"x": "2"}})
            raise failure

    with pytest.raises(failure):
        fail()
    assert os.listdir(tmp_path) == []


def test_what_is_published_is_no_longer_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where an interruption comes while its name is being made durable."""

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    def publish() -> None:
        with staged(os.fsencode(tmp_path / "out")) as stage:
            draw(os.fsdecode(stage.path), {"a": "1"})
            stage.publish(durable=True)

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        publish()
    assert (tmp_path / "out" / "a").read_text() == "1"


def test_an_interruption_while_it_is_made_leaves_nothing(
    hears_signals: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the new directory and the note that it is there."""
    make = os.mkdir

    def stopped(name: bytes, mode: int, *, dir_fd: int) -> None:
        make(name, mode, dir_fd=dir_fd)
        signal.raise_signal(signal.SIGINT)

    def begin() -> None:
        with staged(os.fsencode(tmp_path / "out")):
            pass

    monkeypatch.setattr(os, "mkdir", stopped)
    with pytest.raises(KeyboardInterrupt):
        begin()
    assert os.listdir(tmp_path) == []


def test_what_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """A place that was free when it began."""

    def be_late() -> None:
        with staged(os.fsencode(tmp_path / "out")) as stage:
            draw(tmp_path, {"out": {"mine": "1"}})
            stage.publish(durable=False)

    with pytest.raises(Unreachable):
        be_late()
    assert os.listdir(tmp_path / "out") == ["mine"]
    assert leftovers(os.fsencode(tmp_path / "out")) == []


def test_a_parent_that_becomes_a_link_leads_nowhere(tmp_path: Path) -> None:
    """The directory that was there at the beginning is the one in which all happens."""
    draw(tmp_path, {"above": {}, "elsewhere": {}})
    with staged(os.fsencode(tmp_path / "above" / "out")) as stage:
        os.rename(tmp_path / "above", tmp_path / "moved")
        os.symlink("elsewhere", tmp_path / "above")
        draw(os.fsdecode(stage.path), {"a": "1"})
        stage.publish(durable=True)

    assert os.listdir(tmp_path / "elsewhere") == []
    assert os.listdir(tmp_path / "moved" / "out") == ["a"]


def test_clearing_follows_no_link(tmp_path: Path) -> None:
    """What links lead to stays; closed directories are opened."""
    draw(tmp_path, {"outside": {"stays": "1"}, "in": {"l": Link("../outside"), "d": {"e": {"f": "2"}}, "p": FIFO}})
    os.symlink(tmp_path / "outside", tmp_path / "in" / "d" / "e" / "l")
    os.chmod(tmp_path / "in" / "d", 0o000)
    _clear(tmp_path / "in")

    assert os.listdir(tmp_path / "in") == []
    assert os.listdir(tmp_path / "outside") == ["stays"]


def test_clearing_what_is_deep(tmp_path: Path) -> None:
    """Deeper than a path may be long, or a process may have files open."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        _clear(tmp_path)
        assert os.listdir(tmp_path) == []
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def _clear(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    clear(descriptor)
    os.close(descriptor)
