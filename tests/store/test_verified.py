"""What was verified is remembered; what a killed verification left of it hinders nobody."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from annexish.store.verified import Agenda, oldest, verified_at

ONE = b"1" * 32


def remembered(path: Path) -> str:
    """A record that says when one content was verified."""
    with closing(Agenda(str(path))) as agenda:
        agenda.remember([(ONE, 1)], 1000)
    return str(path)


def interrupted(path: Path) -> str:
    """The same, and a transaction that was killed while it was written."""
    before = remembered(path.with_name("before"))
    with closing(sqlite3.connect(before, isolation_level=None)) as sql:
        sql.execute("PRAGMA cache_size = 1")
        sql.execute("BEGIN")
        sql.executemany("INSERT INTO verified VALUES (?, ?, 2000)", ((b"%032d" % at, at) for at in range(20_000)))
        for suffix in ("", "-journal"):
            shutil.copyfile(before + suffix, f"{path}{suffix}")
    return str(path)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0" + bytes(5000), b"no database"])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, data: bytes) -> None:
    """Readers find that nothing is remembered; who writes begins anew."""
    path = tmp_path / "verified.sqlite"
    path.write_bytes(data)
    assert oldest(str(path)) is None
    assert verified_at(str(path), [ONE]) == [0]
    with closing(Agenda(str(path), read_only=True)) as agenda:
        assert list(agenda.in_order()) == []
    assert path.read_bytes() == data
    assert oldest(remembered(path)) == (1, 1000)


def test_what_was_interrupted_is_taken_back(tmp_path: Path) -> None:
    """What was remembered before is what counts."""
    assert oldest(interrupted(tmp_path / "one")) == (1, 1000)
    assert verified_at(interrupted(tmp_path / "two"), [ONE, b"2" * 32]) == [1000, 0]
    with closing(Agenda(interrupted(tmp_path / "three"))) as agenda:
        agenda.remember([(ONE, 2)], 3000)
    assert oldest(str(tmp_path / "three")) == (2, 1000)


def test_who_may_not_write_takes_nothing_back(tmp_path: Path) -> None:
    """It is as if nothing was remembered."""
    path = Path(interrupted(tmp_path / "verified.sqlite"))
    before = path.read_bytes()
    with closing(Agenda(str(path), read_only=True)) as agenda:
        assert list(agenda.in_order()) == []
    assert path.read_bytes() == before
    assert path.with_name("verified.sqlite-journal").exists()
