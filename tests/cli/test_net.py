"""`annexish recover`, `restore` in the working tree, `operations`, `undo`: what they print, and their exit codes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run, items
from tests.trees import Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A repository in which a directory is gone; the command stands beside it."""
    tree = Tree(tmp_path, {"here": {"a": "one", "d": {"x": "12345", "y": ""}}, "z": "1"})
    tree.commit()
    tree.remove("here/d", "z")
    tree.commit()
    tree.remove("here/a")
    monkeypatch.chdir(tree.path("here"))
    return tree


@pytest.mark.usefixtures("tree")
def test_losses(run: Run) -> None:
    """A directory that vanished as a whole is one line; paths are as seen from here."""
    result = run("recover", "--list")
    assert result.exit_code == 0
    assert "since the last commit\n  deleted   a  (3 B)\n" in result.stdout
    assert "  deleted   d/  (2 files, 5 B)\n" in result.stdout
    assert "  deleted   ../z  (1 B)\n" in result.stdout


@pytest.mark.usefixtures("tree")
def test_losses_as_items(run: Run) -> None:
    """One for each, with what is known of it, and totals."""
    *lost, summary = items(run("--json", "recover", "--list"))
    assert [one["path"] for one in lost] == ["a", "../z", "d/y", "d/x", "d"]
    assert set(lost[0]) == {
        "type", "path", "kind", "size", "digest", "commit", "seen", "time", "replaced", "recoverable", "away",
    }  # fmt: skip
    assert (lost[0]["commit"], lost[0]["recoverable"], lost[0]["replaced"]) == (None, True, False)
    assert summary == {"type": "summary", "lost": 5, "bytes": 9}


def test_recover(tree: Tree, run: Run) -> None:
    """Steps, then totals; what is taken is brought back beside, which is said."""
    tree.write("here/a", "mine")
    result = run("recover", "a", "d")
    assert result.exit_code == 0
    assert "a is taken: brought back as a.recovered-" in result.stdout
    assert "mkdir     d/\n" in result.stdout
    assert (tree.read("here/a"), tree.read("here/d/x")) == (b"mine", b"12345")


def test_recover_as_items(tree: Tree, run: Run) -> None:
    """A step for each, problems, and totals; what is nowhere makes the exit code 3."""
    os.rename(tree.path(".annexish/keep"), tree.path(".annexish/elsewhere"))
    result = run("--json", "recover", "d")
    assert result.exit_code == 3
    found = items(result)
    assert [one.get("step") or one.get("code") for one in found[:-1]] == ["mkdir", "copy", "missing"]
    assert found[-1] == {"type": "summary", "steps": 2, "files": 1, "bytes": 0, "problems": 1}


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("words", "code"),
    [(("recover",), 2), (("recover", "--list", "--at", "HEAD"), 2), (("recover", "none"), 1),
     (("recover", "a", "--at", "nothing"), 1), (("recover", "a", "--at", ""), 1), (("restore", "nothing"), 1),
     (("undo", "0"), 2), (("undo", "99"), 1)],
)  # fmt: skip
def test_what_is_no_request(run: Run, words: tuple[str, ...], code: int) -> None:
    """Wrong usage is 2, what is not there 1, each with a message."""
    result = run(*words)
    assert result.exit_code == code
    assert result.stderr


def test_restore(tree: Tree, run: Run) -> None:
    """A plan first; then steps, and the commit of what was there."""
    plan = run("restore", "HEAD~1", "--dry-run")
    assert plan.exit_code == 0
    assert not os.path.lexists(tree.path("here/d"))
    assert [line.split()[:2] for line in plan.stdout.splitlines()[:-1]] == [
        ["added", "a"],
        ["added", "d/"],
        ["added", "../z"],
    ]
    *steps, summary = items(run("--json", "restore", "HEAD~1"))
    assert sorted(one["step"] for one in steps) == ["copy", "copy", "copy", "copy", "mkdir"]
    assert summary["commit"] == tree.repository.show().commit.id
    assert {key: summary[key] for key in ("steps", "files", "problems")} == {"steps": 5, "files": 4, "problems": 0}


@pytest.mark.usefixtures("tree")
def test_operations_and_undo(run: Run) -> None:
    """Newest first; an undo says what it took back, and is an operation itself."""
    *found, summary = items(run("--json", "operations"))
    assert [(one["number"], one["command"]) for one in found] == [(2, "commit"), (1, "commit")]
    assert summary == {"type": "summary", "operations": 2}
    operation, *steps, summary = items(run("--json", "undo", "2"))
    assert (operation["type"], operation["number"]) == ("operation", 2)
    assert sorted(one["step"] for one in steps) == ["copy", "copy", "copy", "mkdir"]
    assert summary["commit"]
    assert run("operations", "-n", "1").stdout.split()[:1] == ["5"]
    assert run("undo").exit_code == 0
