"""What `confirm` and `expire` ask, say and return."""

from __future__ import annotations

import pytest

from annexish.model.entry import Kind
from annexish.model.report import Released
from tests.cli.conftest import Run, items
from tests.cli.pictures import Pictured, added, commit, lost


def test_confirm_says_what_it_freed(run: Run, pictured: Pictured) -> None:
    """A line for each loss, then the totals."""
    pictured.released = Released([lost(b"d", Kind.DIRECTORY), lost(b"d/a"), lost(b"b", replaced=True)], 2, 1, 5000)
    result = run("confirm", "d", "b")
    assert pictured.asked["confirm"] == {"paths": [b"d", b"b"], "commit": None, "everywhere": False, "dry_run": False}
    assert result.stdout.splitlines() == [
        "deleted        2026-11-21 08:34  d/",
        "deleted   3 B  2026-11-21 08:34  d/a",
        "replaced  3 B  2026-11-21 08:34  b",
        "confirmed 3 losses, 2 contents, 1 of them unknown: 4.9 KiB freed",
    ]
    result = run("confirm", "--all", "--dry-run")
    assert result.stdout.splitlines()[-1].startswith("would confirm 3 losses")
    assert pictured.asked["confirm"] == {"paths": [], "commit": None, "everywhere": False, "dry_run": True}
    assert run("-q", "confirm", "--all").stdout == ""


def test_confirm_does_not_list_thousands(run: Run, pictured: Pictured) -> None:
    """Unless it only says what it would do, or is asked to."""
    pictured.released = Released([lost(b"%d" % n) for n in range(200)], 200, 0, 1)
    assert len(run("confirm", "--all").stdout.splitlines()) == 1
    assert len(run("-v", "confirm", "--all").stdout.splitlines()) == 201
    assert len(run("confirm", "--all", "--dry-run").stdout.splitlines()) == 201


def test_confirm_in_json(run: Run, pictured: Pictured) -> None:
    """An item for each loss, the totals last."""
    pictured.released = Released([lost(b"a")], 1, 0, 4096)
    each, summary = items(run("--json", "confirm", "--commit", "HEAD", "a"))
    assert pictured.asked["confirm"] == {"paths": [b"a"], "commit": "HEAD", "everywhere": False, "dry_run": False}
    assert each == {
        "type": "lost",
        "path": "a",
        "kind": "file",
        "size": 3,
        "digest": None,
        "commit": commit(1).id,
        "seen": 1_795_163_640,
        "time": 1_795_250_040,
        "replaced": False,
        "recoverable": True,
        "away": False,
    }
    totals = {"lost": 1, "contents": 1, "orphans": 0, "bytes_freed": 4096, "away": 0, "commit": None, "waiting": 0}
    assert summary == {"type": "summary", **totals}


def test_confirm_everywhere_names_the_commit(run: Run, pictured: Pictured) -> None:
    """It says so to every repository."""
    pictured.released = Released([lost(b"a")], 1, 0, 4096, commit(3).id)
    result = run("confirm", "--everywhere", "a")
    assert pictured.asked["confirm"] == {"paths": [b"a"], "commit": None, "everywhere": True, "dry_run": False}
    assert result.stdout.splitlines()[1:] == [
        "confirmed 1 loss, 1 content: 4.0 KiB freed",
        "commit 0000000000 says so to every repository",
    ]
    assert items(run("--json", "confirm", "--everywhere", "a"))[-1]["commit"] == commit(3).id


def test_confirm_received(run: Run, pictured: Pictured) -> None:
    """What others confirmed is told like what was confirmed here, and what waits is counted."""
    pictured.released = Released([lost(b"a")], 1, 0, 4096, waiting=2)
    result = run("confirm", "--received", "--dry-run")
    assert pictured.asked["confirm_received"] == {"allow_mass_deletion": False, "dry_run": True}
    assert result.stdout.splitlines()[1:] == [
        "would confirm 1 loss, 1 content: 4.0 KiB freed",
        "kept for now, as another head that is known here has them: 2 contents",
    ]
    assert items(run("--json", "confirm", "--received", "--allow-mass-deletion"))[-1]["waiting"] == 2
    assert pictured.asked["confirm_received"] == {"allow_mass_deletion": True, "dry_run": False}


@pytest.mark.parametrize(
    "words",
    [
        [], ["--all", "a"], ["--all", "--commit", "HEAD"], ["--dry-run"], ["--everywhere"], ["--received", "a"],
        ["--received", "--all"], ["--received", "--everywhere"], ["--allow-mass-deletion", "a"],
    ],
)  # fmt: skip
def test_confirm_must_be_told_what(run: Run, pictured: Pictured, words: list[str]) -> None:
    """Nothing named, or too much, is wrong usage."""
    assert run("confirm", *words).exit_code == 2
    assert "confirm" not in pictured.asked


def test_a_commit_that_confirms_says_so(run: Run, pictured: Pictured) -> None:
    """Its losses are items, and its totals have what was freed."""
    pictured.changes = [added(b"a")]
    pictured.released = Released([lost(b"b")], 1, 0, 4096)
    assert run("commit", "--confirm", "-m", "x").stdout.splitlines()[-1] == "confirmed 1 loss, 1 content: 4.0 KiB freed"
    assert pictured.asked["commit"]["confirm"]
    _, each, summary = items(run("--json", "commit", "--confirm", "-m", "x"))
    assert (each["type"], each["path"], summary["bytes_freed"]) == ("lost", "b", 4096)


def test_expire_says_what_goes_and_why(run: Run, pictured: Pictured) -> None:
    """In a dry run all of it; nothing is said so too."""
    assert run("expire").stdout == "nothing expires\n"
    pictured.released = Released([lost(b"a", why=("5 commits ago", "90 days old"))], 1, 0, 4096)
    assert run("expire", "--dry-run").stdout.splitlines() == [
        "deleted  3 B  2026-11-21 08:34  a  (5 commits ago; 90 days old)",
        "would let go of 1 loss, 1 content: 4.0 KiB freed",
    ]
    assert pictured.asked["expire"] == {"dry_run": True}
    each, summary = items(run("--json", "expire"))
    assert (each["type"], each["why"], summary["bytes_freed"]) == ("lost", ["5 commits ago", "90 days old"], 4096)
    assert pictured.asked["expire"] == {"dry_run": False}
