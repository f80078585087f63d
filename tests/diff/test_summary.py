"""What people see of the changes, in pictures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.diff import summary
from annexish.diff.compare import compare
from annexish.diff.summary import Collapsed, collapse
from annexish.model.change import Change
from annexish.model.path import RepoPath
from tests.pictures import Nodes, Picture, entry


def changes(before: Picture | None, after: Picture | None) -> Iterator[Change]:
    """What differs between two pictures."""
    nodes = Nodes()
    trees = [None if picture is None else nodes.snapshot(picture) for picture in (before, after)]
    return compare(nodes.load, *trees)


def line(shown: Change | Collapsed) -> str:
    """What is shown, in words: `added d (2 files, 1 directories, 6 bytes)`."""
    if isinstance(shown, Collapsed):
        counts = f"({shown.files} files, {shown.directories} directories, {shown.size} bytes)"
        return f"{shown.word} {shown.path.decode()} {counts}"
    return f"{shown.word} {shown.path.decode()}"


TABLE: dict[str, tuple[Picture, Picture, list[str]]] = {
    "nothing": ({"a": "1"}, {"a": "1"}, []),
    "a file is itself": ({}, {"a": "1"}, ["added a"]),
    "an added directory": (
        {}, {"d": {"a": "1", "e": {"b": "22"}}, "f": "1"}, ["added d (2 files, 1 directories, 3 bytes)", "added f"],
    ),
    "a deleted directory": (
        {"d": {"a": "1", "e": {"b": "22"}}, "f": "1"}, {"f": "22"},
        ["deleted d (2 files, 1 directories, 3 bytes)", "modified f"],
    ),
    "an empty directory": ({}, {"d": {}}, ["added d (0 files, 0 directories, 0 bytes)"]),
    "neighbours": (
        {}, {"d": {"a": "1"}, "da": "1", "e": {}},
        ["added d (1 files, 0 directories, 1 bytes)", "added da", "added e (0 files, 0 directories, 0 bytes)"],
    ),
    "a moved directory stays a move": ({"d": {"a": "1"}}, {"e #d": {"a": "1"}}, ["moved e"]),
    "what moved in follows": (
        {"m": "1"}, {"n": {"a": "1", "m": "1", "z": "1"}, "o": "1"},
        ["added n (2 files, 0 directories, 2 bytes)", "moved n/m", "added o"],
    ),
    "what moved out is where it is now": (
        {"d": {"a": "1", "m": "1"}}, {"m": "1"}, ["deleted d (1 files, 0 directories, 1 bytes)", "moved m"],
    ),
    "one directory in the place of another": (
        {"x #1": {"a": "1", "b": "1"}}, {"x #2": {"c": "22"}},
        ["deleted x (2 files, 0 directories, 2 bytes)", "added x (1 files, 0 directories, 2 bytes)"],
    ),
    "one directory in the place of another, and more": (
        {"x #1": {"a": "1", "b": {"e": "1"}}, "m": "1"}, {"x #2": {"b #3": {"c": "22"}, "m": "1", "z": {}}, "y": "1"},
        ["deleted x (2 files, 1 directories, 2 bytes)", "added x (1 files, 2 directories, 2 bytes)", "moved x/m",
         "added y"],
    ),
    "a directory in the place of a file": (
        {"x #1": "1"}, {"x #2": {"a": "1"}}, ["deleted x", "added x (1 files, 0 directories, 1 bytes)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("picture", TABLE, ids=str)
def test_two_pictures_and_what_is_shown(picture: str) -> None:
    """A directory that came or went as a whole is one line with its numbers; all else is shown as it is."""
    before, after, expected = TABLE[picture]
    assert [line(shown) for shown in collapse(changes(before, after))] == expected


def test_a_directory_ends_where_its_path_ends() -> None:
    """`d` does not swallow `d.old`, which begins with the same letters."""
    assert [line(shown) for shown in collapse(changes(None, {"d": {}, "d.old": "1"}))] == [
        "added d (0 files, 0 directories, 0 bytes)",
        "added d.old",
    ]


def moves_into(directory: str, number: int) -> Iterator[Change]:
    """A new directory into which files move."""
    yield Change(None, entry(directory, {}), None, RepoPath(directory.encode()))
    for each in range(number):
        path = RepoPath(b"%b/%04d" % (directory.encode(), each))
        yield Change(entry("m", "1"), entry("m", "1"), RepoPath(b"%04d" % each), path)


def test_many_other_changes_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is bounded: the line of the directory then comes after what happened in it."""
    monkeypatch.setattr(summary, "HELD", 3)
    shown = [line(one) for one in collapse(moves_into("n", 5))]
    assert shown == [*(f"moved n/{each:04}" for each in range(3)), "added n (0 files, 0 directories, 0 bytes)",
                     "moved n/0003", "moved n/0004"]  # fmt: skip


def test_changes_pass_while_they_come() -> None:
    """A line is there as soon as nothing can be added to it; the rest is not waited for."""

    def coming() -> Iterator[Change]:
        yield Change(None, entry("d", {}), None, RepoPath(b"d"))
        yield Change(None, entry("a", "1"), None, RepoPath(b"d/a"))
        yield Change(None, entry("e", "1"), None, RepoPath(b"e"))
        pytest.fail("more was taken than is needed")

    shown = collapse(coming())
    assert [line(next(shown)), line(next(shown))] == ["added d (1 files, 0 directories, 1 bytes)", "added e"]
