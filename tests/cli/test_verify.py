"""`annexish verify`: what it prints, and its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from tests.cli.conftest import Run, items
from tests.trees import Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A repository in which the kept content of a deleted file is another one; the command stands in `d`."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two", "c": "two"}})
    tree.commit()
    tree.remove("a")
    tree.commit()
    digest = blake3(b"one").hexdigest()
    tree.write(f".annexish/keep/{digest[:2]}/{digest[2:]}", "bad")
    monkeypatch.chdir(tree.path("d"))
    return tree


def test_problems(tree: Tree, run: Run) -> None:
    """They are named as seen from here, with a hint, and make the exit code 3."""
    result = run("verify")
    assert result.exit_code == 3
    assert "kept            ../.annexish/keep/" in result.stdout
    assert "verified 3 contents, 9 B: 1 problem\n" in result.stdout
    assert result.stderr == "hint: `annexish verify --repair` heals what has a good copy here\n"


def test_a_repair(tree: Tree, run: Run) -> None:
    """It says what it healed; the next run finds nothing."""
    tree.write("again", "one")
    tree.commit()
    result = run("verify", "--repair")
    assert result.exit_code == 3
    assert "healed          ../.annexish/keep/" in result.stdout
    assert ": 1 problem, 1 healed\n" in result.stdout
    assert result.stderr == ""
    assert run("verify").exit_code == 0


def test_items(tree: Tree, run: Run) -> None:
    """A problem for each, and a summary."""
    result = run("--json", "verify")
    problem, summary = items(result)
    assert result.exit_code == 3
    assert (problem["type"], problem["code"], problem["healed"]) == ("problem", "kept", False)
    assert summary == {
        "type": "summary", "files": 3, "bytes": 9, "problems": 1, "healed": 0,
        "changed": 0, "unprotected": 0, "remaining": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("budget", "files"), [("90s", 3), ("1.5h", 3), ("1d", 3), ("10G", 3), ("1KiB", 3), ("0s", 0)])
def test_budgets(tree: Tree, run: Run, budget: str, files: int) -> None:
    """A duration or a size."""
    assert items(run("--json", "verify", "--budget", budget))[-1]["files"] == files


@pytest.mark.parametrize("budget", ["", "10", "m", "-1s", "10x", "10 m", "10g", "1e3s", "10mm"])
def test_what_is_no_budget(tree: Tree, run: Run, budget: str) -> None:
    """Anything else is wrong usage, and says what would be right."""
    result = run("verify", "--budget", budget)
    assert result.exit_code == 2
    assert "neither a duration (90s, 10m, 2h) nor a size (500M, 10G)" in result.stderr


def test_paths(tree: Tree, run: Run) -> None:
    """They are relative to where the command stands; only what is at them is read."""
    result = run("verify", "b")
    assert result.exit_code == 0
    assert result.stdout == "verified 1 content, 3 B: all is well\n"
    assert run("verify", "nothing").exit_code == 1
