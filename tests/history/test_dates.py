"""Times as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.errors import Usage
from annexish.history.dates import parse_date

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 34, 56, tzinfo=UTC)


def parsed(text: str, now: datetime = NOW, *, end: bool = False) -> str:
    """What a text means, in UTC."""
    return datetime.fromtimestamp(parse_date(text, now, end=end), UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01 12:30", "2026-11-01 12:30:00"),
        ("2026-11-01T12:30:15", "2026-11-01 12:30:15"),
        ("2026-11-01 12:30:15Z", "2026-11-01 12:30:15"),
        ("2026-11-01 12:30 z", "2026-11-01 12:30:00"),
        ("2026-11-01 12:30 +02:00", "2026-11-01 10:30:00"),
        ("2026-11-01T12:30-0130", "2026-11-01 14:00:00"),
        ("  2026-11-01 12:30  ", "2026-11-01 12:30:00"),
        ("@1700000000", "2023-11-14 22:13:20"),
        ("@0", "1970-01-01 00:00:00"),
        ("now", "2026-11-21 09:34:56"),
        ("NOW", "2026-11-21 09:34:56"),
        ("1 second ago", "2026-11-21 09:34:55"),
        ("90 minutes ago", "2026-11-21 08:04:56"),
        ("24 hours", "2026-11-20 09:34:56"),
        ("3 days ago", "2026-11-18 09:34:56"),
        ("2.weeks.ago", "2026-11-07 09:34:56"),
        ("1 Month Ago", "2026-10-21 09:34:56"),
        ("11 months ago", "2025-12-21 09:34:56"),
        ("2 years ago", "2024-11-21 09:34:56"),
        ("0 days ago", "2026-11-21 09:34:56"),
    ],
)
def test_a_time_is_a_time(text: str, expected: str) -> None:
    """Whether it is the end of something or its beginning does not matter."""
    assert parsed(text) == parsed(text, end=True) == expected


@pytest.mark.parametrize(
    ("text", "beginning", "end"),
    [
        ("2026-11-01", "2026-11-01 00:00:00", "2026-11-01 23:59:59"),
        ("today", "2026-11-21 00:00:00", "2026-11-21 23:59:59"),
        ("Yesterday", "2026-11-20 00:00:00", "2026-11-20 23:59:59"),
    ],
)
def test_a_day_has_a_beginning_and_an_end(text: str, beginning: str, end: str) -> None:
    """The caller says which of them is meant."""
    assert (parsed(text), parsed(text, end=True)) == (beginning, end)


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-03-31", "1 month ago", "2026-02-28"),
        ("2024-03-31", "1 month ago", "2024-02-29"),
        ("2024-02-29", "1 year ago", "2023-02-28"),
        ("2024-02-29", "4 years ago", "2020-02-29"),
        ("2026-01-15", "1 month ago", "2025-12-15"),
        ("2026-05-31", "6 months ago", "2025-11-30"),
        ("2026-01-01", "1 day ago", "2025-12-31"),
    ],
)
def test_a_month_that_is_shorter_ends_earlier(now: str, text: str, expected: str) -> None:
    """A day that the month does not have is its last."""
    assert parsed(text, datetime.fromisoformat(now).replace(tzinfo=UTC)) == f"{expected} 00:00:00"


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-07-01 12:00", "2026-07-01 12:00", "2026-07-01 10:00:00"),
        ("2026-07-01 12:00", "2026-01-01 12:00", "2026-01-01 11:00:00"),
        ("2026-07-01 12:00", "2026-01-01 12:00Z", "2026-01-01 12:00:00"),
        ("2026-03-29 12:00", "today", "2026-03-28 23:00:00"),
        ("2026-03-30 12:00", "2 days ago", "2026-03-28 11:00:00"),
        ("2026-03-30 12:00", "48 hours ago", "2026-03-28 10:00:00"),
        ("2026-03-29 03:30", "1 hour ago", "2026-03-29 00:30:00"),
        ("2026-10-26 12:00", "1 week ago", "2026-10-19 10:00:00"),
        ("2026-10-26 12:00", "1 month ago", "2026-09-26 10:00:00"),
    ],
)
def test_clocks_are_put_forward_and_back(now: str, text: str, expected: str) -> None:
    """Days and months keep the time of day; hours are hours."""
    assert parsed(text, datetime.fromisoformat(now).replace(tzinfo=BERLIN)) == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_a_day_is_as_long_as_it_is(day: str, hours: int) -> None:
    """From its first second to its last, also when the clock is changed in between."""
    now = datetime(2026, 12, 1, tzinfo=BERLIN)
    assert parse_date(day, now, end=True) - parse_date(day, now, end=False) == hours * 3600 - 1


def test_the_system_knows_the_offset_of_another_season(monkeypatch: pytest.MonkeyPatch) -> None:
    """A now of a fixed offset, as the system gives it, is asked again for a day in another season."""
    import time

    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        now = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone()
        found = parsed("2026-01-01 12:00", now)
    time.tzset()
    assert found == "2026-01-01 11:00:00"


def test_an_offset_that_is_not_the_systems_is_kept() -> None:
    """A fixed offset of somewhere else knows no seasons."""
    now = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert parsed("2026-01-01 12:00", now) == "2026-01-01 06:30:00"


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "2026", "2026-11", "2026-02-30", "2026-13-01", "2026-11-01 25:00", "2026-11-01 12",
        "2026-11-01 12:30 +25:00", "2026-11-01 12:30 CET", "12:30", "three days ago", "-1 days ago", "3 days later",
        "9999 years ago", "99999999999 days ago", "@", "@x", "@-1", "@1.5", "@²", "@" + "9" * 30, "@" + "9" * 5000,
        "0000-01-01", "tomorrow", "1 fortnight ago", "2026-11-01\0",
    ],
)  # fmt: skip
def test_what_is_no_date_is_said(text: str) -> None:
    """The error names the text and shows what would do."""
    with pytest.raises(Usage, match="is no date") as caught:
        parse_date(text, NOW, end=True)
    assert "2026-11-01" in caught.value.hint


@given(
    text=st.text(max_size=20) | st.from_regex(r"@?[0-9]{1,12}( |\.)?(day|month|year)?", fullmatch=True),
    end=st.booleans(),
)
def test_any_text_is_a_date_or_an_error(text: str, *, end: bool) -> None:
    """Nothing but Usage is raised."""
    with suppress(Usage):
        parse_date(text, NOW, end=end)


@given(st.integers(-2 * 10**9, 4 * 10**9))
def test_a_time_in_utc_comes_back(seconds: int) -> None:
    """What a log prints can be asked for."""
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert parse_date(text, NOW, end=False) == seconds
