"""What `status` and `commit` say where something else is at the path of an absent object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, items
from tests.partial import let_go
from tests.trees import Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Of two files one is absent, and other bytes are at its path; the command stands at the top."""
    tree = Tree(tmp_path, {"a.txt": "one", "b": "two"})
    tree.commit()
    let_go(tree, "a.txt")
    tree.write("a.txt", "other")
    monkeypatch.chdir(tree.top)
    return tree


def test_status_foretells_the_conflict(run: Run, tree: Tree) -> None:
    """It names both versions, and that is no failure."""
    beside = f"a.elsewhere-{tree['a.txt'].id.hex()[:8]}.txt"
    result = run("status")

    assert result.exit_code == 0
    assert f"moved           a.txt -> {beside}\n" in result.stdout
    assert "a.txt: one name for several\n" in result.stdout
    assert f"    elsewhere         {beside}\n" in result.stdout
    assert "1 conflict that a commit records: the other version is not here\n" in result.stdout
    *_, conflict, summary = items(run("--json", "status"))
    assert (conflict["type"], conflict["path"]) == ("conflict", "a.txt")
    assert (summary["opened"], summary["conflicts"], summary["absent"]) == (1, 0, 1)


@pytest.mark.usefixtures("tree")
def test_commit_ends_with_its_own_code(run: Run) -> None:
    """It is done, and something is to be decided; the next commit has nothing new."""
    result = run("commit", "-m", "mine")

    assert result.exit_code == 4
    assert "a.txt: one name for several\n" in result.stdout
    assert result.stdout.endswith("1 conflict: `annexish resolve` settles them\n")
    assert run("commit", "-m", "again").exit_code == 0
    assert run("conflicts").exit_code == 4


@pytest.mark.usefixtures("tree")
def test_commit_in_json(run: Run) -> None:
    """The conflicts are items, and counted."""
    *_, conflict, summary = items(run("--json", "commit", "-m", "mine"))

    assert [each["from"] for each in conflict["versions"]] == ["elsewhere", "tree"]
    assert summary["conflicts"] == 1


def test_the_conflict_is_settled_as_any_other(run: Run, tree: Tree) -> None:
    """Either version may have the name; the one from elsewhere is absent there too."""
    ids = tree.ids()
    run("commit", "-m", "mine")
    assert run("resolve", "a.txt", "--from", "elsewhere").exit_code in (0, 1)
    assert run("resolve", "a.txt", "--as-is").exit_code == 0
    assert set(ids.values()) < set(tree.ids().values())
    assert run("undo").exit_code == 0
