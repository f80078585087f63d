"""What `drop` asks, says and returns."""

from __future__ import annotations

from typing import Any

import pytest

from annexish.flows.remotes.proving import Away
from annexish.flows.sync.drop import Dropped
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.model.report import Problem, Step
from tests.cli.conftest import Run, items
from tests.cli.pictures import Pictured

STEPS = [Step("drop", RepoPath(b"d/a"), Kind.FILE, 2048), Step("drop", RepoPath(b"d/b"), Kind.SYMLINK)]
NEEDED = Problem(RepoPath(b"d/c"), "needed", "0 of 1 other copies were proved now")
CHANGED = Problem(RepoPath(b"d/e"), "changed", "commit it first")


@pytest.fixture
def answers(pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked, and first what is answered."""
    seen: list[Any] = [Dropped(STEPS, (), 0, (), 4096)]

    def drop(paths: tuple[RepoPath, ...], **options: object) -> object:
        seen.append((paths, options["copies"], options["dry_run"]))
        return seen[0]

    monkeypatch.setattr(pictured, "drop", drop)
    return seen


def test_drop_says_what_went(run: Run, answers: list[Any]) -> None:
    """A line for each file, and what that freed."""
    result = run("drop", "d", "--copies", "2")
    assert (result.exit_code, answers[1]) == (0, ((b"d",), 2, False))
    assert result.stdout.splitlines() == ["drop      d/a", "drop      d/b", "dropped 2 files: 4.0 KiB freed"]
    assert run("-q", "drop", "d").stdout == ""
    assert run("drop", "--dry-run", "d").stdout.splitlines()[-1] == "would drop 2 files, 2.0 KiB"
    assert answers[-1] == ((b"d",), None, True)
    answers[0] = Dropped((), (), 0, ())
    assert run("drop", "d").stdout.startswith("nothing of it is here")


@pytest.mark.parametrize(
    ("steps", "problems", "needed", "code"),
    [([], [NEEDED], 1, 5), (STEPS, [NEEDED], 1, 3), ([], [CHANGED], 0, 3), (STEPS, [CHANGED], 0, 3), ([], [], 0, 0)],
)  # fmt: skip
def test_drop_says_how_much_stays(
    run: Run, answers: list[Any], steps: list[Step], problems: list[Problem], needed: int, code: int
) -> None:
    """All of it for want of copies: refused; a part, or for another reason: named."""
    answers[0] = Dropped(steps, problems, needed, [Away("disk\x1b", "it is not there")])
    result = run("drop", "d")
    assert result.exit_code == code
    assert ("disk\\x1b: it is not there" in result.stderr) is bool(needed)
    assert all(problem.reason in result.stderr for problem in problems)


def test_drop_in_json(run: Run, answers: list[Any]) -> None:
    """An item for each file that went or stays, and for each remote that proved nothing."""
    answers[0] = Dropped(STEPS, [NEEDED], 1, [Away("disk", "it is not there")], 4096)
    step, _, problem, away, summary = items(run("--json", "drop", "d"))
    assert step == {"type": "step", "step": "drop", "path": "d/a", "kind": "file", "size": 2048}
    assert (problem["type"], problem["path"], problem["code"]) == ("problem", "d/c", "needed")
    assert away == {"type": "problem", "remote": "disk", "code": "away", "reason": "it is not there"}
    totals = {"files": 2, "size": 2048, "bytes_freed": 4096, "needed": 1, "problems": 1}
    assert summary == {"type": "summary", **totals}


@pytest.mark.parametrize("words", [[], ["--copies", "0", "d"], ["--copies", "x", "d"]])
def test_drop_must_be_told_what(run: Run, answers: list[Any], words: list[str]) -> None:
    """A path, and at least one copy."""
    assert run("drop", *words).exit_code == 2
    assert len(answers) == 1
