"""What each command asks of the repository, says, and returns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.cli import log as log_command
from annexish.cli.session import Session
from annexish.errors import AnnexishError, Refused
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.model.report import Listed, Problem
from tests.cli.conftest import Run, items
from tests.cli.pictures import Pictured, added, commit, entry, modified, moved

SECRET = Problem(RepoPath(b"secret"), "unreadable", "permission denied")


def test_status_counts_what_changed(run: Run, pictured: Pictured) -> None:
    """After the lines, the totals by word."""
    pictured.changes = [added(b"a"), moved(b"b", b"c")]
    pictured.absent = 3
    result = run("status")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "added           a",
        "moved           b -> c",
        "1 added, 1 moved",
        "3 absent: in scope, but the content is not here",
    ]


@pytest.mark.usefixtures("pictured")
def test_status_says_when_nothing_changed(run: Run) -> None:
    """Unless it is quiet."""
    assert run("status").stdout == "nothing changed\n"
    assert run("-q", "status").stdout == ""


def test_status_in_json(run: Run, pictured: Pictured) -> None:
    """An item for each change, the totals last; a name that is not UTF-8 comes with its bytes."""
    pictured.changes = [moved(b"b", b"\xff")]
    pictured.problems = (SECRET,)
    result = run("--json", "status")
    change, unreadable, summary = items(result)
    assert change == {
        "type": "change",
        "change": "moved",
        "path": "\\xff",
        "path_bytes": "/w==",
        "from": "b",
        "kind": "file",
        "size": 3,
    }
    assert (unreadable["change"], unreadable["path"], unreadable["reason"]) == (
        "unreadable",
        "secret",
        "permission denied",
    )
    assert (summary["type"], summary["moved"], summary["added"], summary["unreadable"]) == ("summary", 1, 0, 1)
    assert result.exit_code == 3


def test_what_failed_is_named_and_makes_the_exit_code_3(run: Run, pictured: Pictured) -> None:
    """On stderr, with the reason."""
    pictured.problems = (SECRET,)
    result = run("status")
    assert result.exit_code == 3
    assert result.stderr == "unreadable: secret: permission denied\n"


def test_a_note_is_no_failure(run: Run, pictured: Pictured) -> None:
    """It is said, and the exit code is 0."""
    pictured.problems = (Problem(RepoPath(b"x"), "note", "it has holes"),)
    result = run("status")
    assert (result.exit_code, result.stderr) == (0, "note: x: it has holes\n")


def test_paths_are_taken_from_the_current_directory(
    run: Run, pictured: Pictured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed and printed; `-C` is another current directory."""
    (tmp_path / "sub").mkdir()
    pictured.changes = [added(b"sub/a")]
    assert "added           a\n" in run("-C", "sub", "status", "a").stdout
    assert pictured.asked["status"]["paths"] == [b"sub/a"]
    monkeypatch.chdir(tmp_path / "sub")
    assert "added           a\n" in run("status", "..").stdout
    assert pictured.asked["status"]["paths"] == [b""]


@pytest.mark.usefixtures("pictured")
def test_a_path_outside_is_wrong_usage(run: Run) -> None:
    """It is named."""
    result = run("status", "/elsewhere")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: /elsewhere is outside")


def test_commit_says_what_it_recorded(run: Run, pictured: Pictured) -> None:
    """The changes, if they are few, and the commit."""
    pictured.changes = [added(b"a"), added(b"b")]
    result = run("commit", "-m", "one", "-m", "two")
    assert pictured.asked["commit"]["message"] == "one\n\ntwo"
    assert result.stdout.splitlines() == ["added           a", "added           b", "commit 0000000000: 2 added"]


def test_commit_in_json_names_the_commit(run: Run, pictured: Pictured) -> None:
    """In the summary, which is null when nothing changed."""
    assert items(run("--json", "commit", "-m", "x"))[-1]["commit"] is None
    pictured.changes = [added(b"a")]
    change, summary = items(run("--json", "commit", "-m", "x"))
    assert (change["change"], summary["commit"], summary["added"]) == ("added", pictured.commits[0].id, 1)


@pytest.mark.usefixtures("pictured")
def test_commit_of_nothing_says_so(run: Run) -> None:
    """And is no error."""
    result = run("commit", "-m", "x")
    assert (result.exit_code, result.stdout) == (0, "nothing changed\n")


@pytest.mark.parametrize("words", [["commit"], ["commit", "-m", " "]])
@pytest.mark.usefixtures("pictured")
def test_commit_without_a_message_asks_nobody_off_a_terminal(run: Run, words: list[str]) -> None:
    """It is wrong usage, with a hint."""
    result = run(*words)
    assert result.exit_code == 2
    assert "hint: say what changed: -m TEXT" in result.stderr


def test_a_refusal_has_its_own_exit_code_and_names_the_option(run: Run, pictured: Pictured) -> None:
    """Exit 5, message, hint."""

    def refuse(*_: object, **__: object) -> None:
        raise Refused("everything is gone", hint="repeat with --allow-mass-deletion")

    pictured.__dict__["commit"] = refuse
    result = run("commit", "-m", "x")
    assert result.exit_code == 5
    assert result.stderr == "error: everything is gone\nhint: repeat with --allow-mass-deletion\n"
    result = run("--json", "commit", "-m", "x")
    assert '"type": "error", "code": "refused"' in result.stderr


def test_log_looks_as_in_git(run: Run, pictured: Pictured) -> None:
    """Times are those at the place of the author; what a commit changed is counted."""
    pictured.commits = [commit(1, message="one\n\ntwo\x1b")]
    assert run("log").stdout.splitlines() == [
        f"commit {1:040x}",
        "Author: Ada <ada@example.org>",
        "Date:   Sat Nov 21 10:34:00 2026 +0100",
        "",
        "    one",
        "",
        "    two\\x1b",
        "",
        "    1 added",
    ]


@pytest.mark.usefixtures("pictured")
def test_log_in_json(run: Run) -> None:
    """With the fields of the contract."""
    first, second, summary = items(run("--json", "log"))
    assert second == {
        "type": "commit",
        "id": f"{1:040x}",
        "parents": [],
        "author": "Ada <ada@example.org>",
        "repository": "r1",
        "time": "2026-11-21T10:34:00+01:00",
        "message": "commit 1",
        "counts": {"added": 1},
    }
    assert first["parents"] == [second["id"]]
    assert summary == {"type": "summary", "commits": 2}


@pytest.mark.usefixtures("pictured")
def test_a_graph_stands_before_the_lines() -> None:
    """The first lane before the first line, the last before all that follow."""
    drawn = list(log_command.drawn(Session(), [(["* ", "|\\ ", "| "], commit(1))]))
    assert drawn[0] == f"* commit {1:040x}"
    assert drawn[1].startswith("|\\ Author")
    assert all(line.startswith("|") for line in drawn[2:])


def test_show_is_a_commit_and_its_changes(run: Run, pictured: Pictured) -> None:
    """In this order."""
    pictured.changes = [added(b"a")]
    lines = run("show", "HEAD~1").stdout.splitlines()
    assert pictured.asked["show"] == {"revision": "HEAD~1"}
    assert (lines[0], lines[-1]) == (f"commit {2:040x}", "added           a")


@pytest.mark.parametrize(
    ("words", "before", "after", "paths"),
    [
        ([], "HEAD", None, []),
        (["1"], "1", None, []),
        (["1", "2"], "1", "2", []),
        (["1", "file"], "1", None, [b"file"]),
        (["file"], "HEAD", None, [b"file"]),
        (["file", "1"], "HEAD", None, [b"file", b"1"]),
        (["--", "1"], "HEAD", None, [b"1"]),
        (["1", "--", "2"], "1", None, [b"2"]),
        (["1", "2", "gone"], "1", "2", [b"gone"]),
    ],
)
def test_revisions_stand_before_paths(
    run: Run, pictured: Pictured, tmp_path: Path, words: list[str], before: str, after: str | None, paths: list[bytes]
) -> None:
    """A word is a revision if it resolves; behind `--` are paths only."""
    (tmp_path / "file").touch()
    assert run("diff", *words).exit_code == 0
    assert pictured.asked["diff"] == {"before": before, "after": after, "paths": paths}


@pytest.mark.usefixtures("pictured")
def test_a_word_that_is_both_must_be_told_apart(run: Run, tmp_path: Path) -> None:
    """As in Git, with a hint."""
    (tmp_path / "1").touch()
    result = run("diff", "1")
    assert result.exit_code == 2
    assert result.stderr == "error: 1 is a revision and a path\nhint: `--` separates revisions from paths\n"


def test_diff_verbose_names_the_fields(run: Run, pictured: Pictured) -> None:
    """In JSON as a list."""
    pictured.changes = [modified(b"a", mode=0o600)]
    assert "metadata        a  (mode 0644 -> 0600)" in run("-v", "diff").stdout
    assert items(run("-v", "--json", "diff"))[0]["fields"] == ["mode"]


@pytest.fixture
def tree(pictured: Pictured) -> Pictured:
    """Two files, one of them absent, and a link in a directory."""
    pictured.entries = [
        Listed(RepoPath(b"a"), entry(b"a", mtime_ns=10**18), present=False),
        Listed(RepoPath(b"d"), entry(b"d", Kind.DIRECTORY), present=True),
        Listed(RepoPath(b"d/l"), entry(b"d/l", Kind.SYMLINK, target=b"../a"), present=True),
        Listed(RepoPath(b"d/s"), entry(b"d/s", Kind.DIRECTORY), present=True),
        Listed(RepoPath(b"d/s/x"), entry(b"d/s/x", size=20_000), present=True),
        Listed(RepoPath(b"d.x"), entry(b"d.x"), present=True),
    ]
    return pictured


@pytest.mark.usefixtures("tree")
def test_ls_lists_names(run: Run) -> None:
    """Of the current directory."""
    assert run("ls").stdout.splitlines() == ["a", "d", "d.x"]
    assert run("ls", "d").stdout.splitlines() == ["l", "s"]


@pytest.mark.usefixtures("tree")
def test_ls_long_is_like_that_of_the_system(run: Run) -> None:
    """Mode, owner, group, size, time, name and target."""
    assert run("ls", "-l").stdout.splitlines() == [
        "-rw-r--r--  ada  users  3  2001-09-09 01:46  a  (absent)",
        "drwxr-xr-x  ada  users  0  1970-01-01 00:00  d",
        "-rw-r--r--  ada  users  3  1970-01-01 00:00  d.x",
    ]
    assert run("ls", "-l", "d").stdout.splitlines()[0].endswith("l -> ../a")


@pytest.mark.usefixtures("tree")
def test_ls_of_several_heads_each_directory(run: Run) -> None:
    """Files come first."""
    assert run("ls", "d", "a").stdout.splitlines() == ["a", "", "d:", "l", "s"]


@pytest.mark.usefixtures("tree")
def test_ls_recursive_goes_directory_by_directory(run: Run) -> None:
    """Each under its name."""
    assert run("ls", "-R").stdout.split("\n\n") == [".:\na\nd\nd.x", "d:\nl\ns", "d/s:\nx\n"]


@pytest.mark.usefixtures("tree")
def test_ls_in_json(run: Run) -> None:
    """Paths are relative to the current directory, and in tree order."""
    listed = items(run("--json", "ls", "-R"))
    assert [item["path"] for item in listed[:-1]] == ["a", "d", "d/l", "d/s", "d/s/x", "d.x"]
    assert listed[2] == {
        "type": "entry",
        "path": "d/l",
        "kind": "symlink",
        "size": 0,
        "digest": None,
        "mode": 0o644,
        "mtime_ns": 0,
        "target": "../a",
        "ids": ["69" * 16],
        "present": True,
    }
    assert listed[-1]["entries"] == 6


@pytest.mark.usefixtures("pictured")
def test_config_gets_sets_and_lists(run: Run) -> None:
    """Without a word after it, it lists."""
    assert run("config", "get", "user.name").stdout == "Ada\n"
    assert run("config", "set", "user.name", "Eve").stdout == ""
    assert run("config").stdout == run("config", "list").stdout == "user.name  = Eve  meant for something\n"
    assert items(run("--json", "config"))[0]["value"] == "Eve"


@pytest.mark.usefixtures("pictured")
def test_doctor_is_a_table_with_hints(run: Run) -> None:
    """A hint stands below what it is about."""
    assert run("doctor").stdout.splitlines() == [
        "links  yes  hard links work",
        "case   no   names differ",
        "    hint: rename one",
    ]
    assert [item["state"] for item in items(run("--json", "doctor"))[:-1]] == ["yes", "no"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run: Run, shell: str) -> None:
    """For each shell that is offered."""
    assert "_ANNEXISH_COMPLETE" in run("completion", shell).stdout


@pytest.mark.usefixtures("pictured")
def test_words_complete(run: Run) -> None:
    """Commands, revisions and keys."""

    def offered(words: str) -> str:
        number = len(words.split(" ")) - 1
        return run(env={"_ANNEXISH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}).stdout

    assert "plain,status" in offered("annexish sta")
    assert "plain,HEAD" in offered("annexish show HE")
    assert "file,Pho" in offered("annexish diff Pho")
    assert "plain,user.name" in offered("annexish config get us")


def test_wrong_words_are_exit_code_2(run: Run) -> None:
    """A global option behind the command gets a hint."""
    result = run("status", "--json")
    assert result.exit_code == 2
    assert "--json stands before the command" in result.stderr
    assert run("-q", "-v", "status").exit_code == 2
    assert run("nonsense").exit_code == 2
    assert '"code": "usage"' in run("--json", "nonsense").stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (AnnexishError("no\x1b"), 1, "error: no\\x1b\n"),
        (KeyboardInterrupt(), 1, "error: interrupted; run the same command again to go on\n"),
        (OSError(28, "No space left on device", "/x"), 1, "error: No space left on device: /x\n"),
    ],
)
def test_how_a_command_ends(run: Run, pictured: Pictured, error: BaseException, code: int, said: str) -> None:
    """With words, and without a traceback."""

    def fail(*_: object, **__: object) -> None:
        raise error

    pictured.__dict__["status"] = fail
    result = run("status")
    assert (result.exit_code, result.stderr) == (code, said)


def test_a_bug_has_a_traceback(run: Run, pictured: Pictured) -> None:
    """It is nobody's mistake but ours."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    pictured.__dict__["status"] = fail
    assert isinstance(run("status").exception, AssertionError)


def test_a_directory_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """`-C` names it."""
    result = run("-C", os.fspath(tmp_path / "none"), "status")
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr
