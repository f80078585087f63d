"""What `clone`, `remote` and `sync` say and return where a Git server is a remote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from annexish import Repository
from tests.cli.conftest import Run, items
from tests.hubs import Hub
from tests.trees import draw

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture(autouse=True)
def _meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """A repository that pushed, and a clone of the hub."""
    Hub(tmp_path / "hub.git")
    draw(tmp_path / "here", {"a": "aa", "d": {"b": "bbb"}})
    Repository.init(tmp_path / "here").commit("first")
    monkeypatch.chdir(tmp_path)
    assert run("-C", "here", "remote", "add", "hub", "../hub.git").exit_code == 0
    assert run("-C", "here", "sync", "hub").exit_code == 0
    assert run("-C", "here", "clone", "../hub.git", "../there").exit_code == 0


def test_a_clone_says_where_contents_come_from(run: Run) -> None:
    """All of it is absent, and nothing failed."""
    result = run("clone", "hub.git", "other")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "cloned to other: 0 files, 0 B copied",
        "2 files absent: `remote add` a repository that has them, then `sync`",
    ]
    assert items(run("--json", "clone", "hub.git", "another"))[-1]["bytes_copied"] == 0


def test_a_hub_is_listed_without_an_id(run: Run, tmp_path: Path) -> None:
    """No repository answers there."""
    hub = {"type": "remote", "name": "origin", "url": f"{tmp_path}/hub.git", "repository": None}
    assert items(run("-C", "there", "--json", "remote")) == [hub, {"type": "summary", "remotes": 1}]


def test_a_hub_has_the_history(run: Run, tmp_path: Path) -> None:
    """Which is said, with what came from others meanwhile."""
    draw(tmp_path / "here", {"new": "n"})
    assert "hub: has the whole history\n" in run("-C", "here", "sync").stdout
    run("-C", "there", "remote", "add", "laptop", "../here")
    assert "origin: has the whole history; 1 B received from others\n" in run("-C", "there", "sync").stdout


def test_what_nobody_gives_is_named(run: Run, tmp_path: Path) -> None:
    """The exit code is 3; nothing is said of what was absent before."""
    draw(tmp_path / "here", {"new": "n"})
    run("-C", "here", "sync")
    result = run("-C", "there", "sync")
    assert result.exit_code == 3
    assert "absent: new: its content is in no repository that can be reached" in result.stderr + result.stdout
    assert "absent: a" not in result.stderr + result.stdout
    assert run("-C", "there", "sync").exit_code == 0


def test_a_hub_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """A hint says what can be done."""
    (tmp_path / "hub.git").rename(tmp_path / "away")
    result = run("-C", "here", "sync", "hub")
    assert result.exit_code == 1
    assert "git init --bare" in result.stderr
    assert run("-C", "here", "sync").exit_code == 3
    assert run("clone", "hub.git", "other").exit_code == 1
    assert not (tmp_path / "other").exists()
