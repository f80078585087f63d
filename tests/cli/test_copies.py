"""What `whereis` and `safe` ask, say and return."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from annexish.cli.copies import ago
from annexish.model.copies import Copy, Holder, Risk, Safety, Whereabouts
from annexish.model.holdings import Disk
from annexish.model.path import RepoPath
from tests.cli.conftest import Run, items
from tests.cli.pictures import Pictured

NOW = int(time.time())
DAY = 86_400
HERE = Holder("aa", "laptop", Disk("1", "host:/"), NOW, 0, here=True)
DISK = Holder("bb", "disk\x1b[2J", Disk("2", "nas:/mnt"), NOW - 3 * DAY - 9, NOW - 70 * DAY)
WHERE = Whereabouts(RepoPath(b"d"), 3, 3000, [Copy(HERE, 3, 3000), Copy(DISK, 2, 1000)])
TELLS = [
    "  laptop         all                      host:/    here             never verified",
    '  "disk\\x1b[2J"  2 of 3 files, 1.0 KiB     nas:/mnt  told 3 days ago  verified 2 months ago',
]


@pytest.fixture
def asked(pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
    """What was asked; the answers are those above."""
    seen: list[list[bytes]] = []

    def whereis(paths: Iterable[RepoPath]) -> list[Whereabouts]:
        seen.append(list(paths))
        return [WHERE]

    monkeypatch.setattr(pictured, "whereis", whereis)
    return seen


def answering(pictured: Pictured, monkeypatch: pytest.MonkeyPatch, *risky: int) -> None:
    """Let `safe` say of some paths how many of three files are at risk."""
    found = [Safety(WHERE, 1, each, each * 1000) for each in risky]
    monkeypatch.setattr(pictured, "safe", lambda _: found)


def test_whereis_names_the_holders(run: Run, asked: list[list[bytes]]) -> None:
    """How much each has, where that was, and how old the knowledge is; what others call themselves is harmless."""
    lines = run("whereis", "d", "e").stdout.splitlines()
    assert asked == [[b"d", b"e"]]
    assert lines[0] == "d: 3 files, 2.9 KiB"
    assert [line.split() for line in lines[1:]] == [line.split() for line in TELLS]
    assert "\x1b" not in "".join(lines)


def test_whereis_tells_those_of_one_name_apart(run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the beginning of their ids."""
    twins = [Copy(Holder(id, "disk", Disk("2", "nas:/mnt"), NOW, 0), 3, 3000) for id in ("c" * 32, "d" * 32)]
    monkeypatch.setattr(pictured, "whereis", lambda _: [WHERE._replace(copies=twins)])
    lines = run("whereis", "d").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["disk", "(cccccccc)"], ["disk", "(dddddddd)"]]


@pytest.mark.usefixtures("asked")
def test_whereis_in_json(run: Run) -> None:
    """An item for each holder, this repository first."""
    here, there, summary = items(run("--json", "whereis", "d"))
    assert here == {
        "type": "copy", "path": "d", "repository": "aa", "name": "laptop", "here": True, "disk": "1",
        "disk_label": "host:/", "told": NOW, "age": 0, "verified": None, "files": 3, "size": 3000, "all": True,
        "same_disk_as": None,
    }  # fmt: skip
    assert (there["here"], there["all"], there["verified"]) == (False, False, NOW - 70 * DAY)
    assert there["age"] >= 3 * DAY
    assert summary == {"type": "summary", "paths": 1, "copies": 2}


def test_whereis_must_be_told_what(run: Run, asked: list[list[bytes]]) -> None:
    """Without a path it is wrong usage."""
    assert run("whereis").exit_code == 2
    assert asked == []


def test_what_nobody_holds_is_said(run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the history knows it; of an empty directory there is nothing to say."""
    monkeypatch.setattr(pictured, "whereis", lambda _: [Whereabouts(RepoPath(b"d"), 1, 5, [])])
    assert "no repository" in run("whereis", "d").stdout
    monkeypatch.setattr(pictured, "whereis", lambda _: [Whereabouts(RepoPath(b"d"), 0, 0, [])])
    assert run("whereis", "d").stdout == "d: 0 files, 0 B\n"


@pytest.mark.parametrize(("risky", "code"), [((0,), 0), ((3,), 5), ((1,), 3), ((0, 3), 3), ((3, 3), 5), ((0, 0), 0)])
def test_safe_says_how_much_may_go(
    run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch, risky: tuple[int, ...], code: int
) -> None:
    """All, nothing, a part."""
    answering(pictured, monkeypatch, *risky)
    assert run("safe", "d").exit_code == code
    assert items(run("--json", "safe", "d"))[-1]["safe"] is (code == 0)


def test_safe_shows_the_proof(run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict, what is at risk, and who holds it."""
    answering(pictured, monkeypatch, 1)
    lines = run("safe", "d").stdout.splitlines()
    assert lines[:2] == ["at risk in part  d: 3 files, 2.9 KiB", "  1 file, 1.0 KiB with fewer than 1 copy elsewhere"]
    assert len(lines) == 4
    answering(pictured, monkeypatch, 0)
    assert run("safe", "d").stdout.startswith("safe  d:")
    *copies, summary = items(run("--json", "safe", "d"))
    assert [copy["type"] for copy in copies] == ["copy", "copy"]
    assert summary == {"type": "summary", "safe": True, "files": 3, "size": 3000, "at_risk": 0, "at_risk_size": 0}


def test_another_copy_on_the_same_disk_is_named(run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they are one."""
    where = WHERE._replace(copies=[Copy(DISK, 3, 3000, beside="laptop")])
    monkeypatch.setattr(pictured, "safe", lambda _: [Safety(where, 2, 3, 3000)])
    result = run("safe", "d")
    assert "same disk as laptop" in result.stdout
    assert "fewer than 2 copies" in result.stdout


def test_safe_lists_what_is_at_risk(run: Run, pictured: Pictured, monkeypatch: pytest.MonkeyPatch) -> None:
    """By directory; without a path, of everything."""
    asked: list[list[bytes]] = []
    risks = [Risk(RepoPath(b"d"), 2, 2048, 0, 1), Risk(RepoPath(b"d/e"), 1, 10, 1, 2)]

    def at_risk(paths: Iterable[RepoPath]) -> list[Risk]:
        asked.append(list(paths))
        return risks

    monkeypatch.setattr(pictured, "at_risk", at_risk)
    result = run("safe", "--at-risk")
    assert (result.exit_code, asked) == (3, [[b""]])
    assert result.stdout.splitlines() == [
        "2 files  2.0 KiB  0 of 1 copy    d/",
        " 1 file     10 B  1 of 2 copies  d/e/",
        "3 files, 2.0 KiB at risk",
    ]
    first, _, summary = items(run("--json", "safe", "--at-risk", "d"))
    assert asked[-1] == [b"d"]
    assert first == {"type": "risk", "path": "d", "files": 2, "size": 2048, "copies": 0, "minimum": 1}
    assert summary == {"type": "summary", "safe": False, "at_risk": 3, "at_risk_size": 2058}
    risks.clear()
    result = run("safe", "--at-risk")
    assert (result.exit_code, result.stdout) == (0, "everything has enough copies elsewhere\n")


@pytest.mark.usefixtures("pictured")
def test_safe_must_be_told_what(run: Run) -> None:
    """A path, or --at-risk."""
    assert run("safe").exit_code == 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-DAY, "just now"), (59, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (DAY, "1 day ago"),
        (45 * DAY, "1 month ago"), (800 * DAY, "2 years ago"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds: int, words: str) -> None:
    """In the largest unit that fits."""
    assert ago(int(time.time()) - seconds) == words
