"""What `remote` asks, says and returns."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish import Repository
from tests.cli.conftest import Run, items


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository around the place where the command stands."""
    Repository.init(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")


def test_remotes_are_listed(run: Run, tmp_path: Path) -> None:
    """With their URLs; a path is absolute, taken from where the command stands."""
    assert run("remote").stdout.startswith("no remotes")
    assert run("remote", "add", "disk", "../disk").exit_code == 0
    assert run("-C", "..", "-C", "here", "remote", "add", "desk", "ada@desk:Files").exit_code == 0
    assert run("remote").stdout.splitlines() == ["desk  ada@desk:Files", f"disk  {tmp_path}/disk"]
    assert run("remote", "list").stdout == run("remote").stdout


def test_remotes_in_json(run: Run, tmp_path: Path) -> None:
    """An item for each; who was met there is not known yet."""
    disk = {"type": "remote", "name": "disk", "url": f"{tmp_path}/disk", "repository": None}
    summary = {"type": "summary", "remotes": 1}
    assert items(run("--json", "remote", "add", "disk", "../disk")) == [disk, summary]
    assert items(run("--json", "remote")) == [disk, summary]
    assert items(run("--json", "remote", "rename", "disk", "old")) == [disk | {"name": "old"}, summary]
    assert items(run("--json", "remote", "remove", "old")) == [disk | {"name": "old"}, summary]
    assert items(run("--json", "remote", "list")) == [{"type": "summary", "remotes": 0}]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "a/b", "/x"], 2), (["add", "--", "-a", "/x"], 2), (["add", "a", ""], 2), (["add", "a", "http://x"], 2),
        (["add", "a"], 2), (["remove", "a"], 1), (["rename", "a", "b"], 1), (["nothing"], 2),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(run: Run, words: list[str], code: int) -> None:
    """Wrong words are wrong usage, an unknown remote is an error."""
    assert run("remote", *words).exit_code == code
    assert run("remote", "list").stdout.startswith("no remotes")


def test_remotes_are_completed(run: Run) -> None:
    """Where one is named that is there."""
    run("remote", "add", "disk", "../disk")
    environment = {"_ANNEXISH_COMPLETE": "bash_complete", "COMP_WORDS": "annexish remote remove d", "COMP_CWORD": "3"}
    assert run(env=environment).stdout == "plain,disk\n"
