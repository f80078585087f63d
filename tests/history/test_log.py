"""The order in which people read commits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.history.log import newest_first
from annexish.model.commit import Commit
from annexish.model.ids import CommitId
from tests.history.pictures import history, reader


def read(*lines: str, heads: str, **times: int) -> str:
    """The order of a history as a line of names."""
    commits = history(*lines, times=times or None)
    return " ".join(commit.id for commit in newest_first([CommitId(head) for head in heads.split()], reader(commits)))


DIAMOND = ("m: b c", "b: a", "c: a", "a:")


@pytest.mark.parametrize(
    ("order", "times"),
    [
        ("m b c a", {"m": 4, "b": 3, "c": 2, "a": 1}),
        ("m c b a", {"m": 4, "b": 2, "c": 3, "a": 1}),
        ("m b c a", {"m": 4, "b": 2, "c": 2, "a": 1}),
        ("m b c a", {"m": 1, "b": 3, "c": 2, "a": 9}),
        ("m c b a", {"m": -5, "b": -9, "c": 9, "a": 5}),
    ],
    ids=["in time", "the other branch", "at the same time", "a clock that was behind", "clocks that jump"],
)
def test_the_newest_comes_first_and_children_before_parents(order: str, times: dict[str, int]) -> None:
    """Time decides between commits of which neither comes from the other; the id decides what time does not."""
    assert read(*DIAMOND, heads="m", **times) == order


def test_what_no_head_reaches_is_not_read() -> None:
    """A log begins at what was asked for."""
    assert read(*DIAMOND, heads="b") == "b a"
    assert read(*DIAMOND, heads="") == ""


def test_several_heads_are_read_together() -> None:
    """A head that another head reaches, or that is named twice, comes once."""
    assert read(*DIAMOND, heads="b c b") == "b c a"
    assert read(*DIAMOND, heads="a m") == "m b c a"


def test_the_first_commit_does_not_wait_for_the_last() -> None:
    """A generator yields what is known, so that a pager shows it at once."""
    commits = history(*DIAMOND)
    assert next(newest_first([CommitId("m")], reader(commits))).id == "m"


def test_a_hundred_thousand_commits_are_read() -> None:
    """Nothing recurses, and each commit is asked for a bounded number of times."""
    count = 100_000
    commits = history(*[f"c{number}: c{number + 1}" for number in range(count)], f"c{count}:")
    asked = 0

    def commit_of(id: CommitId) -> Commit:
        nonlocal asked
        asked += 1
        return commits[id]

    assert len(list(newest_first([CommitId("c0")], commit_of))) == count + 1
    assert asked <= 3 * (count + 1)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], dict[str, int]]:
    """A history of up to ten commits with any times."""
    lines, times = [], {}
    for number in range(10):
        parents = draw(st.lists(st.integers(number + 1, 9), max_size=3, unique=True)) if number < 9 else []
        lines.append(f"c{number}:" + "".join(f" c{parent}" for parent in parents))
        times[f"c{number}"] = draw(st.integers(0, 5))
    return lines, times


@given(graphs())
def test_each_commit_comes_once_and_before_its_parents(graph: tuple[list[str], dict[str, int]]) -> None:
    """Whatever the clocks said."""
    lines, times = graph
    commits = history(*lines, times=times)
    ordered = [commit.id for commit in newest_first(commits, reader(commits))]
    assert sorted(ordered) == sorted(commits)
    for commit in commits.values():
        assert all(ordered.index(commit.id) < ordered.index(parent) for parent in commit.parents)
