"""What `scope` asks, says and returns."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish import Repository
from tests.cli.conftest import Run, items
from tests.trees import draw


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository in which the command stands, and another one that holds all of it too."""
    draw(tmp_path / "here", {"Music": {"1.mp3": "1", "low": {"2.mp3": "2"}}, "a.jpg": "a", "b": {"c": "c"}})
    here = Repository.init(tmp_path / "here")
    here.commit("first")
    Repository.clone(str(tmp_path / "here"), tmp_path / "there")
    here.remote_add("there", str(tmp_path / "there"))
    monkeypatch.chdir(tmp_path / "here")


def test_rules_are_shown(run: Run, tmp_path: Path) -> None:
    """One on a line, from where the command stands."""
    assert run("scope").stdout.splitlines() == ["everything is in scope"]
    assert run("scope", "set", "Music", "*.jpg", "--except", "Music/low").exit_code == 0
    assert not (tmp_path / "here" / "b" / "c").exists()
    assert run("scope", "show").stdout.splitlines() == ["only    *.jpg", "only    Music", "except  Music/low"]
    assert run("-C", "Music", "scope").stdout.splitlines() == ["only    *.jpg", "only    .", "except  low"]
    assert run("scope", "set", ".").stdout.splitlines() == ["everything is in scope", "2 files, 2 B copied"]


def test_patterns_are_read_from_where_the_command_stands(run: Run) -> None:
    """A name below it, a path from it."""
    run("-C", "Music", "scope", "set", "*.mp3", "lo*/*.mp3", "../b")
    assert [item.get("pattern") or item.get("path") for item in items(run("--json", "scope"))[:-1]] == [
        "/Music/**/*.mp3", "/Music/lo*/*.mp3", "b",
    ]  # fmt: skip


def test_scopes_in_json(run: Run) -> None:
    """An item for each rule, and the totals of what came."""
    rules = [
        {"type": "scope", "rule": "only", "pattern": "*.jpg"},
        {"type": "scope", "rule": "only", "path": "Music"},
        {"type": "scope", "rule": "except", "path": "Music/low"},
    ]
    changed = items(run("--json", "scope", "set", "Music", "*.jpg", "--except", "Music/low"))
    assert changed[:3] == rules
    assert [(item["step"], item["path"]) for item in changed[3:-1]] == [
        ("drop", "Music/low/2.mp3"), ("drop", "b/c"), ("drop", "Music/low"),
    ]  # fmt: skip
    freed = changed[-1].pop("bytes_freed")
    assert isinstance(freed, int)
    assert freed > 0
    assert changed[-1] == {
        "type": "summary", "bytes_copied": 0, "files": 0, "size": 0, "problems": 0, "everything": False,
    }  # fmt: skip
    assert items(run("--json", "scope")) == [*rules, {"type": "summary", "everything": False}]
    assert items(run("--json", "scope", "remove", "Music"))[0] == rules[0]
    assert {"type": "scope", "rule": "only", "path": "b"} in items(run("--json", "scope", "add", "b"))


@pytest.mark.parametrize(
    ("words", "code"),
    [(["set"], 2), (["add"], 2), (["set", "*\\"], 2), (["set", "nowhere"], 1), (["add", "*.png"], 1), (["what"], 2),
     (["remove", "--except", "b"], 1), (["set", "../.."], 2)],
)  # fmt: skip
def test_what_cannot_be_done_is_said(run: Run, words: list[str], code: int) -> None:
    """Nothing changes."""
    assert run("scope", *words).exit_code == code
    assert run("scope").stdout.splitlines() == ["everything is in scope"]
