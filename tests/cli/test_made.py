"""`restore` and `view` on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.model.path import RepoPath
from annexish.model.report import Problem
from tests.cli.conftest import Run, items
from tests.cli.pictures import Pictured


def test_restore_says_how_much(run: Run, pictured: Pictured, tmp_path: Path) -> None:
    """The destination is typed from here, the paths too."""
    done = run("restore", "HEAD", "d", "--to", "out")

    assert done.stdout == f"restored 1 file, 3 B: {tmp_path / 'out'}\n"
    asked = pictured.asked["restore"]
    assert (asked["revision"], asked["paths"], asked["to"]) == ("HEAD", [b"d"], os.fsencode(tmp_path / "out"))
    assert (asked["dry_run"], asked["tell"]) == (False, None)


@pytest.mark.usefixtures("pictured")
def test_steps_are_lines_with_v(run: Run) -> None:
    """Names are made safe."""
    assert run("-v", "restore", "HEAD", "--to", "out").stdout.splitlines()[:2] == [
        "mkdir   d",
        'copy    "d/\\xff"',
    ]
    assert run("restore", "HEAD", "--to", "out", "--dry-run").stdout.startswith("would restore 1 file")


@pytest.mark.parametrize("words", [("restore", "HEAD", "--to", "out"), ("view", "HEAD", "out")])
@pytest.mark.usefixtures("pictured")
def test_items(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A step each, and totals of every word."""
    assert items(run("--json", *words)) == [
        {"type": "step", "step": "mkdir", "path": "d", "kind": "directory", "size": 0},
        {"type": "step", "step": "copy", "path": "d/\\xff", "path_bytes": "ZC//", "kind": "file", "size": 3},
        {
            "type": "summary", "directory": str(tmp_path / "out"), "mkdir": 1, "copy": 1, "reflink": 0, "link": 0,
            "symlink": 0, "special": 0, "absent": 0, "corrupt": 0, "failed": 0, "size": 3,
        },
    ]  # fmt: skip


def test_what_is_not_there_is_named(run: Run, pictured: Pictured) -> None:
    """With exit code 3; a note alone is no failure."""
    pictured.problems = (Problem(RepoPath(b"x"), "absent", "its content is not here"),)
    done = run("restore", "HEAD", "--to", "out")
    assert (done.exit_code, done.stderr) == (3, "absent: x: its content is not here\n")
    told = items(run("--json", "view", "HEAD", "out"))
    assert told[-2] == {"type": "problem", "code": "absent", "path": "x", "reason": "its content is not here"}
    assert told[-1]["absent"] == 1
    pictured.problems = (Problem(RepoPath(b"x"), "note", "its owner is not set"),)
    assert run("view", "HEAD", "out").exit_code == 0


def test_view_asks_for_copies(run: Run, pictured: Pictured) -> None:
    """With --copy."""
    run("view", "HEAD", "out", "--copy")
    assert pictured.asked["view"]["copy"] is True
