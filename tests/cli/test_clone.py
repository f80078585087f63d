"""What `clone` and `get` say and return."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish import Repository
from tests.cli.conftest import Run
from tests.trees import draw


@pytest.fixture(autouse=True)
def _source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository, and the directory that it is in."""
    draw(tmp_path / "here", {"a": "aa", "d": {"b": "bbb"}})
    Repository.init(tmp_path / "here").commit("first")
    monkeypatch.chdir(tmp_path)


def test_what_came_is_counted(run: Run) -> None:
    """Files and bytes."""
    result = run("clone", "here", "there", "--only", "d")
    assert (result.exit_code, result.stdout) == (0, "cloned to there: 1 file, 3 B copied\n")


def test_what_was_there_and_is_another_thing_is_a_conflict(run: Run, tmp_path: Path) -> None:
    """It is named, as `commit` does, with its exit code."""
    draw(tmp_path / "there", {"a": "mine"})
    result = run("clone", "here", "there")
    assert result.exit_code == 4
    assert result.stdout.splitlines()[-1] == "1 conflict: `annexish resolve` settles them"
    assert "a: one name for several" in result.stdout


def test_what_could_not_come_is_named_from_the_top_of_the_clone(run: Run, tmp_path: Path) -> None:
    """Wherever the command stands."""
    (tmp_path / "here" / "d" / "b").unlink()
    for name in (tmp_path / "here" / ".annexish" / "keep").glob("??/*"):
        name.unlink()
    result = run("-C", "here/d", "clone", str(tmp_path / "here"), str(tmp_path / "there"))
    assert result.exit_code == 3
    assert "absent: d/b: " in result.stderr + result.stdout


def test_get_does_not_say_that_nothing_is_absent_if_it_failed(run: Run, tmp_path: Path) -> None:
    """What could not come is absent still."""
    run("clone", "here", "there", "--no-content")
    (tmp_path / "here" / ".annexish").rename(tmp_path / "away")
    result = run("-C", "there", "get", "d")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (3, "0 files, 0 B copied")


def test_a_directory_in_a_repository_is_no_repository(run: Run) -> None:
    """The hint says how a part is cloned."""
    result = run("clone", "here/d", "there")
    assert result.exit_code == 1
    assert "--only" in result.stderr
