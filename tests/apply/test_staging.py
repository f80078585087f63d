"""What waits on its way, and what takes the place of something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annexish.apply import staging as room
from annexish.apply.staging import Staging
from tests.conftest import MakeFilesystem


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor of a directory or file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_what_another_gives_its_place_to_is_as_it_was_seen(tmp_path: Path) -> None:
    """Else both stay, and nothing is left in the staging directory."""
    (tmp_path / "old").write_text("old")
    (tmp_path / "new").write_text("new")
    seen = os.stat(tmp_path / "old")
    staging = Staging([str(tmp_path / "staging")])
    with opened(tmp_path) as directory, opened(tmp_path / "new") as new:
        (tmp_path / "saved").write_text("saved")
        os.rename(tmp_path / "saved", tmp_path / "old")
        assert not staging.give_place(new, directory, b"old", seen)
        assert not staging.take(directory, b"old", seen)
        assert (tmp_path / "old").read_text() == "saved"
        assert staging.give_place(new, directory, b"old", os.stat(tmp_path / "old"))
        assert (tmp_path / "old").read_text() == "new"
        assert staging.take(directory, b"old", os.stat(tmp_path / "old"))
    staging.clear()
    assert os.listdir(tmp_path) == ["new"]


@pytest.mark.parametrize("goes", [True, False])
def test_what_is_saved_after_the_last_look_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, goes: bool
) -> None:
    """What came out is looked at, and gets its name again."""
    (tmp_path / "old").write_text("old")
    (tmp_path / "new").write_text("new")
    seen = os.stat(tmp_path / "old")
    look = room.is_still

    def save_after(old: os.stat_result, directory: int, name: bytes) -> bool:
        answer = look(old, directory, name)
        if name == b"old":
            (tmp_path / "saved").write_text("saved")
            os.rename(tmp_path / "saved", tmp_path / "old")
        return answer

    monkeypatch.setattr(room, "is_still", save_after)
    staging = Staging([str(tmp_path / "staging")])
    with opened(tmp_path) as directory, opened(tmp_path / "new") as new:
        done = staging.take(directory, b"old", seen) if goes else staging.give_place(new, directory, b"old", seen)
    assert not done
    staging.clear()
    assert (tmp_path / "old").read_text() == "saved"
    assert sorted(os.listdir(tmp_path)) == ["new", "old"]


def test_what_a_kill_left_there(tmp_path: Path) -> None:
    """It goes if it is what was on its way or made place; what somebody saved stays."""
    directory = tmp_path / "staging"
    staging = Staging([str(directory)])
    for name in ("old", "new", "saved"):
        (tmp_path / name).write_text(name)
    seen, new = os.stat(tmp_path / "old"), os.stat(tmp_path / "new")
    for name in ("old", "new", "saved"):
        os.rename(tmp_path / name, directory / room.passing_name(new.st_ino, seen).decode())
    staging.clear()
    (left,) = os.listdir(directory)
    assert (directory / left).read_text() == "saved"


@pytest.mark.root
def test_on_another_file_system(tmp_path: Path, filesystem: MakeFilesystem) -> None:
    """What cannot be renamed into staging is removed where it is."""
    at = filesystem("tmpfs")
    (at / "old").write_text("old")
    staging = Staging([str(tmp_path / "staging")])
    with opened(at) as directory:
        assert staging.take(directory, b"old", os.stat(at / "old"))
    staging.clear()
    assert os.listdir(at) == []
