"""Which losses expire: tables for each rule, properties for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.errors import Usage
from annexish.model.path import RepoPath
from annexish.plan.retention import DAY, HOUR, WEEK, Moment, Rules, Version, amount, expired, rules_of, space_needed
from tests.pictures import digest

START = 1_700_000_000
YEAR = 365 * DAY


def version(path: str, order: int, *, day: float = 0, content: str | None = None, allocated: int = 0) -> Version:
    """A version that the commit of this number lost, so many days after the first one."""
    return Version(
        RepoPath(path.encode()), order, START + int(day * DAY), digest(content) if content else None, allocated
    )


def each_day(path: str, days: int) -> list[Version]:
    """A version lost on each day."""
    return [version(path, day, day=day) for day in range(days)]


def at(day: float, commits: int, *, total: int = 1000, free: int = 1000) -> Moment:
    """A moment so many days after the first commit; one commit a day."""
    return Moment(START + int(day * DAY), [START + number * DAY for number in range(commits)], total, free)


def positions(versions: Sequence[Version], rules: Rules, moment: Moment) -> list[int]:
    """The positions of what goes, in order."""
    return [one.position for one in expired(versions, rules, moment)]


def test_without_rules_nothing_goes() -> None:
    """However old it is and however full the disk."""
    assert expired(each_day("a", 9), Rules(), at(9999, 9, free=0)) == []


def test_after_commits() -> None:
    """What N commits ago was lost goes."""
    assert positions(each_day("a", 10), Rules(commits=7), at(9, 10)) == [0, 1, 2]
    assert expired(each_day("a", 2), Rules(commits=1), at(1, 2))[0].why == ("1 commits ago",)


def test_after_a_time() -> None:
    """What is that old goes, if commits witness it the newest version too."""
    assert positions(each_day("a", 10), Rules(age=7 * DAY), at(9, 10)) == [0, 1, 2]
    assert positions([version("a", 0)], Rules(age=30 * DAY), at(31, 31)) == [0]
    assert expired([version("a", 0)], Rules(age=30 * DAY), at(31, 31))[0].why == ("31 days old",)


def test_the_newest_version_waits_for_commits() -> None:
    """Months without a commit may be a clock that jumped: they count as a week."""
    versions = [version("a", 0, day=0), version("a", 1, day=1)]
    assert positions(versions, Rules(age=30 * DAY), at(YEAR / DAY, 2)) == [0]
    assert positions(versions, Rules(age=7 * DAY), at(YEAR / DAY, 2)) == [0, 1]


def test_a_clock_that_went_back_and_came_again_witnesses_nothing() -> None:
    """The way back is no time that passed."""
    commits = [START, START - 40 * DAY, START - 40 * DAY]
    moment = Moment(START + 8 * DAY, commits, 1000, 1000)
    assert positions([version("a", 0)], Rules(age=8 * DAY), moment) == []
    assert positions([version("a", 0)], Rules(age=7 * DAY), moment) == [0]


def test_a_time_in_the_future_is_now() -> None:
    """It is no age, and the newest of clock and commits is now."""
    future = [version("a", 0, day=400), version("a", 1, day=401)]
    assert positions(future, Rules(age=DAY), at(9, 2)) == []
    assert positions([version("a", 0), version("a", 1)], Rules(age=HOUR), at(-5, 2)) == [0]


@pytest.mark.parametrize(
    ("calendar", "left"),
    [
        ((("daily", 3),), [37, 38, 39]),
        ((("weekly", 2),), [33, 39]),
        ((("monthly", 2),), [16, 39]),
        ((("yearly", 5),), [39]),
        ((("hourly", 1), ("monthly", 9)), [16, 39]),
        ((("daily", 2), ("weekly", 2)), [33, 38, 39]),
    ],
)
def test_the_calendar_keeps_the_newest_of_each_period(calendar: tuple[tuple[str, int], ...], left: list[int]) -> None:
    """Of each path, in the last periods that have a version; 14 November 2023 is the first day."""
    versions = each_day("a", 40)
    gone = positions(versions, Rules(calendar=calendar), at(40, 40))
    assert sorted({*range(40)} - {*gone}) == left
    other = [version("b", 0)]
    assert positions([*other, *versions], Rules(calendar=calendar), at(40, 40)) == [each + 1 for each in gone]


def test_every_rule_must_agree() -> None:
    """What one of them holds stays."""
    versions = each_day("a", 10)
    rules = Rules(commits=3, age=5 * DAY, calendar=(("daily", 7),))
    assert positions(versions, rules, at(9, 10)) == [0, 1, 2]
    assert expired(versions, rules, at(9, 10))[0].why == (
        "9 commits ago", "9 days old", "the calendar keeps newer ones",
    )  # fmt: skip


def test_space_takes_the_oldest_and_no_more() -> None:
    """Of one commit, those go first of which newer versions are left; what frees nothing stays."""
    versions = [
        version("directory", 0),
        version("single", 0, content="1", allocated=100),
        version("often", 0, content="2", allocated=100),
        version("present", 0, content="3"),
        version("often", 1, content="4", allocated=100),
        version("last", 2, content="5", allocated=100),
    ]
    assert positions(versions, Rules(min_free="50"), at(9, 3, free=50)) == []
    assert positions(versions, Rules(min_free="150"), at(9, 3, free=50)) == [2]
    assert positions(versions, Rules(min_free="151"), at(9, 3, free=50)) == [2, 1]
    assert positions(versions, Rules(max_share="30%"), at(9, 3)) == [2]
    assert positions(versions, Rules(max_share="40%"), at(9, 3)) == []
    assert positions(versions, Rules(max_share="100", commits=1), at(9, 3)) == [2, 1, 4]
    assert expired(versions, Rules(min_free="51"), at(9, 3, free=50))[0].why == ("less than 51 is free",)


def test_of_two_rules_for_space_both_must_agree() -> None:
    """There is no need while enough is free, however large the share."""
    versions = [version(f"{number}", number, content=f"{number}", allocated=100) for number in range(5)]
    assert positions(versions, Rules(max_share="10%", min_free="50%"), at(9, 5, free=600)) == []
    assert positions(versions, Rules(max_share="10%", min_free="50%"), at(9, 5, free=350)) == [0, 1]
    assert positions(versions, Rules(max_share="40%", min_free="50%"), at(9, 5, free=0)) == [0]
    assert space_needed(versions, Rules(age=1), at(9, 5)) is None


def test_a_content_is_freed_with_the_last_of_its_losses() -> None:
    """Those of which one must stay are passed over."""
    versions = [
        version("a", 0, content="1", allocated=100),
        version("b", 1, content="2", allocated=100),
        version("c", 2, content="1", allocated=100),
        version("d", 3, content="3", allocated=100),
    ]
    assert positions(versions, Rules(min_free="100"), at(9, 4, free=0)) == [0, 1]
    assert positions(versions, Rules(min_free="200"), at(9, 4, free=0)) == [0, 1, 2]
    assert positions(versions, Rules(min_free="100", commits=2), at(9, 4, free=0)) == [1]


@pytest.mark.parametrize(
    ("text", "total", "bytes_"),
    [
        ("10%", 1000, 100),
        ("4096", 1, 4096),
        ("2K", 1, 2048),
        ("3M", 1, 3 << 20),
        ("1G", 1, 1 << 30),
        ("1T", 1, 1 << 40),
    ],
)
def test_amounts(text: str, total: int, bytes_: int) -> None:
    """Of bytes, or of a whole."""
    assert amount(text, total) == bytes_


def test_rules_are_read_from_settings() -> None:
    """Those that are off are not set."""
    settings = {
        "keep.expire-after-commits": "5",
        "keep.expire-after": "2m",
        "keep.calendar": "daily=7 yearly=3",
        "keep.max-share": "20%",
        "keep.min-free": "10G",
    }
    calendar = (("daily", 7), ("yearly", 3))
    assert rules_of(settings.__getitem__) == Rules(5, 60 * DAY, calendar, "20%", "10G")
    assert rules_of(lambda _: "off") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("keep.expire-after-commits", "0"),
        ("keep.expire-after-commits", "-1"),
        ("keep.expire-after", "90"),
        ("keep.expire-after", "00d"),
        ("keep.expire-after", ""),
        ("keep.calendar", ""),
        ("keep.calendar", "daily"),
        ("keep.calendar", "minutely=3"),
        ("keep.max-share", "%"),
        ("keep.min-free", "10P"),
        ("keep.min-free", "²"),
    ],
)
def test_a_setting_that_means_nothing_lets_nothing_go(key: str, value: str) -> None:
    """It is named, with what to do."""
    with pytest.raises(Usage, match=key) as told:
        rules_of(lambda asked: value if asked == key else "off")
    assert "off" in told.value.hint


class Step(NamedTuple):
    """So many hours pass; the clock jumps by so many; of which path a version is lost."""

    hours: int
    jump: int
    path: str


JUMPS = st.sampled_from([0] * 30 + [-1, 1, -24 * 40, 24 * 365, -24 * 365])
TWO_YEARS = st.lists(st.builds(Step, st.integers(1, 24 * 14), JUMPS, st.sampled_from("abc")), min_size=60, max_size=120)
SOME = (
    st.tuples(
        st.sampled_from([None, WEEK, 30 * DAY, 90 * DAY]),
        st.sampled_from([(), (("hourly", 24), ("daily", 7), ("weekly", 4), ("monthly", 12)), (("yearly", 1),)]),
    )
    .map(lambda pair: Rules(age=pair[0], calendar=pair[1]))
    .filter(lambda rules: rules != Rules())
)


@given(TWO_YEARS, SOME)
def test_a_clock_that_jumps_never_expires_the_newest(steps: list[Step], rules: Rules) -> None:
    """Two years with an `expire` after each commit: the newest version of a path goes only by its true age.

    A jump counts as a week at most, and the calendar never lets the newest go.
    """
    true, offset, jumped = START, 0, [0]
    moments: list[int] = []
    versions: list[Version] = []
    for number, step in enumerate(steps):
        true, offset = true + step.hours * HOUR, offset + step.jump * HOUR
        moments.append(true)
        jumped.append(jumped[-1] + (step.jump > 0))
        versions.append(Version(RepoPath(step.path.encode()), number, true + offset, None, 0))
        times = [one.time for one in versions]
        gone = set(positions(versions, rules, Moment(true + offset + 5, times, 1000, 1000)))
        newest = {one.path: position for position, one in enumerate(versions)}
        for position in newest.values():
            age = true + 5 - moments[position] + WEEK * (jumped[-1] - jumped[position + 1])
            assert position not in gone or (not rules.calendar and rules.age is not None and age >= rules.age)


@given(TWO_YEARS, SOME, st.sampled_from([None, "10%"]), st.integers(0, 1000))
def test_what_goes_is_told_once_and_oldest_first(steps: list[Step], rules: Rules, least: str | None, free: int) -> None:
    """Each with its reasons; a rule more never lets more go."""
    time = START
    versions = []
    for number, step in enumerate(steps):
        time += step.hours * HOUR
        versions.append(Version(RepoPath(step.path.encode()), number, time, digest(f"{number % 7}"), 10))
    moment = Moment(time, [one.time for one in versions], 1000, free)
    gone = expired(versions, rules._replace(min_free=least), moment)
    assert all(one.position < other.position for one, other in pairwise(gone))
    assert all(one.why for one in gone)
    assert {one.position for one in gone} <= set(positions(versions, rules, moment))
