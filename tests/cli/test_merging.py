"""`annexish merge`, `conflicts`, `resolve`: what they print, and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, items
from tests.flows.pair import Pair
from tests.flows.two import carry, fetch

MERGE = ("merge", "other/main")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Here a file was edited and one moved, there too, otherwise; the command stands in a directory."""
    pair = Pair(tmp_path, {"d": {"a.bin": "\0one"}, "m": "two", "e": {"x": "x"}})
    pair.here.write("d/a.bin", "\0here")
    pair.here.move("m", "d/m")
    pair.here.commit()
    pair.there.write("d/a.bin", "\0there")
    pair.there.move("m", "e/n")
    pair.there.write("new", "new")
    pair.there.commit()
    fetch(pair.here, pair.there)
    carry(pair.there, pair.here)
    monkeypatch.chdir(pair.here.path("e"))
    return pair


def test_a_merge_names_its_conflicts(run: Run, pair: Pair) -> None:
    """Steps, conflicts, then the totals; the exit code says that something is to be decided."""
    pair.here.write("late", "late")
    result = run(*MERGE)

    assert result.exit_code == 4
    first, *_ = lines = result.stdout.splitlines()
    assert first.startswith("commit ")
    assert first.endswith(": what was not committed")
    assert "copy      ../new" in lines
    assert "../d/a.bin: both edited" in lines
    assert lines[-1] == "2 conflicts: `annexish resolve` settles them"
    assert run(*MERGE).exit_code == 0
    assert run(*MERGE).stdout == "other/main is merged already\n"


@pytest.mark.usefixtures("pair")
def test_a_dry_run_says_what_it_would_do(run: Run, pair: Pair) -> None:
    """It records no conflict, so the exit code is 0."""
    pair.here.write("late", "late")
    result = run(*MERGE, "--dry-run")

    assert result.exit_code == 0
    assert "would commit first what is not committed: 1 change\n" in result.stdout
    assert "would merge other/main: " in result.stdout
    assert run("conflicts").exit_code == 0
    assert pair.here.status() == [("added", "late")]


@pytest.mark.usefixtures("pair")
def test_a_merge_as_items(run: Run) -> None:
    """A step for each change, a conflict for each that is new, and a summary."""
    *found, summary = items(run("--json", *MERGE))

    assert {each["type"] for each in found} <= {"step", "conflict", "problem"}
    assert {each["conflict"] for each in found if each["type"] == "conflict"} == {"content", "place"}
    assert summary["conflicts"] == 2
    assert len(summary["commit"]) == 40
    assert summary["saved"] is None


@pytest.mark.usefixtures("pair")
def test_conflicts_are_listed(run: Run) -> None:
    """Where each version lies, or where its side wants it; paths limit it, and are as seen from here."""
    run(*MERGE)
    result = run("conflicts")

    assert result.exit_code == 4
    assert [line for line in result.stdout.splitlines() if not line.startswith(" ")][::2] == [
        "../d/a.bin: both edited",
        "2 conflicts: `annexish resolve` settles them",
    ]
    assert "    there             n\n" in result.stdout
    assert "    tree              ../d/m\n" in result.stdout
    assert run("conflicts", "../new").exit_code == 0
    one, summary = items(run("--json", "conflicts", "../d/a.bin"))
    assert (one["type"], one["conflict"], one["path"]) == ("conflict", "content", "../d/a.bin")
    assert {each["from"] for each in one["versions"]} == {"tree", "there"}
    assert summary == {"type": "summary", "conflicts": 1}


@pytest.mark.usefixtures("pair")
def test_status_counts_them(run: Run) -> None:
    """One line, and a total."""
    assert items(run("--json", "status"))[-1]["conflicts"] == 0
    run(*MERGE)

    assert "2 conflicts to decide: `annexish conflicts`\n" in run("status").stdout
    assert items(run("--json", "status"))[-1]["conflicts"] == 2


@pytest.mark.usefixtures("pair")
def test_a_choice_settles_them(run: Run) -> None:
    """One after the other; what is settled is no conflict any more."""
    run(*MERGE)
    result = run("resolve", "..", "--kind", "content", "--from", "there")
    assert (result.exit_code, result.stdout.splitlines()[-1].partition(": ")[2]) == (0, "1 conflict settled")
    *_, summary = items(run("--json", "resolve", "..", "--ours"))

    assert (summary["resolved"], summary["saved"]) == (1, None)
    assert run("conflicts").stdout == "no conflicts\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("merge", "nowhere"), 1, "there is no revision 'nowhere'"),
        (("merge",), 2, "Missing argument 'REV'"),
        (("resolve", "--ours"), 2, "Missing argument 'PATH...'"),
        (("resolve", ".."), 2, "say what you want"),
        (("resolve", "..", "--ours", "--from", "there"), 2, "say what you want"),
        (("resolve", "../new", "--ours"), 1, "there is no such conflict"),
        (("resolve", "..", "--from", "nas"), 1, "none of its versions is from 'nas'"),
        (("resolve", "..", "--kind", "place", "--both"), 1, "it cannot have both"),
        (("resolve", "..", "--kind", "size", "--ours"), 2, "'size' is not one of"),
    ],
)
@pytest.mark.usefixtures("pair")
def test_what_cannot_be_is_said(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    """With a hint where there is one, and nothing is done."""
    run(*MERGE)
    before = run("log", "-n", "1").stdout
    result = run(*words)

    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert run("log", "-n", "1").stdout == before


def test_unrelated_histories_are_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is that of a guard, and the hint names the option."""
    here, there = Pair(tmp_path / "1", {"a": "one"}).here, Pair(tmp_path / "2", {"a": "two"}).there
    fetch(here, there)
    monkeypatch.chdir(here.top)
    result = run("merge", "other/main")

    assert (result.exit_code, "--adopt" in result.stderr) == (5, True)


def test_a_dry_run_foretells_the_guard(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows what would go, and ends as the merge would, until a person says that it was meant."""
    pair = Pair(tmp_path, {f"f{number}": str(number) for number in range(30)})
    pair.there.remove(*(f"f{number}" for number in range(20)))
    pair.there.commit(allow_mass_deletion=True)
    fetch(pair.here, pair.there)
    monkeypatch.chdir(pair.here.top)
    result, merged = run(*MERGE, "--dry-run"), run(*MERGE)

    assert result.exit_code == merged.exit_code == 5
    assert result.stdout.count("delete    f") == 20
    assert result.stderr.splitlines()[0] == merged.stderr.splitlines()[0]
    assert run(*MERGE, "--dry-run", "--allow-mass-deletion").exit_code == 0
    *_, summary = items(run("--json", *MERGE, "--dry-run"))
    assert summary["steps"] == 20


@pytest.mark.usefixtures("pair")
def test_labels_are_completed(run: Run) -> None:
    """Those of the conflicts that are open."""
    run(*MERGE)
    environment = {"_ANNEXISH_COMPLETE": "bash_complete", "COMP_WORDS": "annexish resolve --from t", "COMP_CWORD": "3"}
    result = run(env=environment, prog_name="annexish")

    assert {line.partition(",")[2] for line in result.stdout.splitlines()} == {"there", "tree"}


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(("typed", "offered"), [("ot", "other/main"), ("refs/r", "refs/remotes/other/main")])
def test_heads_that_were_fetched_are_completed(run: Run, typed: str, offered: str) -> None:
    """In short and in full."""
    run(*MERGE)
    environment = {"_ANNEXISH_COMPLETE": "bash_complete", "COMP_WORDS": f"annexish merge {typed}", "COMP_CWORD": "2"}
    result = run(env=environment, prog_name="annexish")

    assert result.stdout.splitlines() == [f"plain,{offered}"]
