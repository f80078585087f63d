"""Dates as revisions."""

from __future__ import annotations

import pytest

from annexish.history.revision import at_date, split_date
from annexish.model.ids import CommitId
from tests.history.pictures import history, reader


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("@{2026-11-01}", ("", "2026-11-01", "")),
        ("main@{3 days ago}", ("main", "3 days ago", "")),
        ("HEAD@{yesterday}~2", ("HEAD", "yesterday", "~2")),
        ("@{yesterday}^{tree}", ("", "yesterday", "^{tree}")),
        ("@{}", ("", "", "")),
        ("HEAD", None),
        ("@", None),
        ("main~3", None),
        ("@{1}", None),
        ("HEAD@{0}", None),
        ("@{-1}", None),
        ("@{u}", None),
        ("main@{upstream}", None),
        ("@{push}", None),
        ("", None),
    ],
)
def test_a_date_is_told_from_what_git_understands(revision: str, expected: tuple[str, str, str] | None) -> None:
    """Numbers in braces, and upstream and push, are Git's."""
    assert split_date(revision) == expected


LINES = ("e: d x", "d: c", "x: a", "c: b", "b: a", "a:")
TIMES = {"e": 50, "d": 40, "x": 45, "c": 30, "b": 20, "a": 10}


@pytest.mark.parametrize(
    ("when", "expected"), [(99, "e"), (50, "e"), (49, "d"), (45, "d"), (30, "c"), (29, "b"), (10, "a"), (9, None)]
)
def test_the_newest_that_is_not_later(when: int, expected: str | None) -> None:
    """On the way back along first parents: what the repository itself looked like then."""
    commits = history(*LINES, times=TIMES)
    found = at_date(CommitId("e"), when, reader(commits))
    assert (None if found is None else found.id) == expected


def test_a_clock_that_jumped_does_not_hide_what_is_older() -> None:
    """The first commit on the way that is early enough is the answer."""
    commits = history("c: b", "b: a", "a:", times={"c": 30, "b": 99, "a": 10})
    found = [at_date(CommitId("c"), when, reader(commits)) for when in (50, 20)]
    assert found == [commits[CommitId("c")], commits[CommitId("a")]]
