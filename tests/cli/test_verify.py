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
    assert result.stderr == "hint: `annexish verify --repair` heals what has a good copy, here or in a remote\n"


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


@pytest.fixture
def clone(tree: Tree, tmp_path: Path, run: Run) -> Path:
    """A clone of it, called `disk` here, in which a file has the content that is another one here."""
    there = tmp_path / "clone"
    assert run("clone", tree.top, str(there)).exit_code == 0
    assert run("remote", "add", "disk", str(there)).exit_code == 0
    (there / "e").mkdir()
    (there / "e/f").write_text("one")
    assert run("-C", str(there), "commit", "-m", "more").exit_code == 0
    return there


def test_a_remote(clone: Path, run: Run) -> None:
    """It is read there; each line says where that was."""
    result = run("verify", "--remote", "disk")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "disk: verified 3 contents, 9 B: all is well\n"
    (clone / "d/b").write_text("edited")
    assert (
        "disk: 1 file with changes that are not committed: `annexish status` there lists them\n"
        in run("verify", "--remote", "disk").stdout
    )
    assert run("verify", "--remote", "nobody").exit_code == 1


def test_paths_in_a_remote(clone: Path, run: Run) -> None:
    """They are relative to where the command stands, and what its newest commit has."""
    assert run("verify", "--remote", "disk", "b").stdout == "disk: verified 1 content, 3 B: all is well\n"
    result = run("verify", "--remote", "disk", "nothing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no 'd/nothing' in the newest commit there" in result.stderr


def test_problems_in_a_remote(tree: Tree, clone: Path, run: Run) -> None:
    """They are named with the remote, and the hint says what heals them; then they are healed."""
    tree.write("again", "one")
    tree.commit()
    assert run("verify", "--repair").exit_code == 3
    (clone / "e/f").unlink()
    assert run("-C", str(clone), "commit", "-m", "less").exit_code == 0
    digest = blake3(b"one").hexdigest()
    kept = clone / ".annexish/keep" / digest[:2] / digest[2:]
    kept.chmod(0o600)
    kept.write_text("bad")
    result = run("verify", "--remote", "disk")
    assert result.exit_code == 3
    assert "disk: kept            ../.annexish/keep/" in result.stdout
    assert "disk: verified 3 contents, 9 B: 1 problem\n" in result.stdout
    hint = "hint: `annexish verify --remote disk --repair` heals what has a good copy there or here\n"
    assert result.stderr == hint
    problem, summary = items(run("--json", "verify", "--remote", "disk", "--repair"))
    assert (problem["code"], problem["healed"]) == ("kept", True)
    assert (summary["remote"], summary["problems"], summary["healed"]) == ("disk", 1, 1)
    assert kept.read_text() == "one"


def test_a_repair_from_a_remote(tree: Tree, clone: Path, run: Run) -> None:
    """What is nowhere here comes from there; without a remote that has it, this is said."""
    result = run("verify", "--repair")
    assert result.exit_code == 3
    assert "healed          ../.annexish/keep/" in result.stdout
    digest = blake3(b"one").hexdigest()
    for top in (Path(tree.top), clone):
        kept = top / ".annexish/keep" / digest[:2] / digest[2:]
        kept.chmod(0o600)
        kept.write_text("bad")
    result = run("verify", "--repair")
    assert "no good copy of it is here, and no remote that answers has one" in result.stdout
    assert (
        "hint: what has no good copy may have one in a repository that did not answer, or in a backup" in result.stderr
    )


@pytest.mark.usefixtures("clone")
def test_completion_of_remotes(run: Run) -> None:
    """Their names are offered."""
    words = {"_ANNEXISH_COMPLETE": "bash_complete", "COMP_WORDS": "annexish verify --remote d", "COMP_CWORD": "3"}
    assert "disk" in run(prog_name="annexish", env=words).output


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
