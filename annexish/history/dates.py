"""Times as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from annexish.errors import Usage

_ABSOLUTE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
_AGO = re.compile(r"(?P<number>\d+)[ .](?P<unit>second|minute|hour|day|week|month|year)s?(?:[ .]ago)?", re.IGNORECASE)
_NAMED = {"today": 0, "yesterday": 1}
_HOURS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7}


def parse_date(text: str, now: datetime, *, end: bool) -> int:
    """Return seconds since 1970. `now` has a time zone, in which times without one are read.

    Known are `2026-11-01`, `2026-11-01 12:30[:15]`, with `Z` or `+02:00`, `@1700000000`, `now`, `today`,
    `yesterday`, `3 days ago`, `2.weeks.ago`. A bare day is its end, or its beginning without `end`.
    Raise Usage for anything else.
    """
    word = text.strip()
    try:
        found = _named(word.lower(), now, end=end) or _absolute(word, now, end=end) or _relative(word, now)
        if found is not None:
            return int(found.timestamp())
    except (ValueError, OverflowError):
        pass
    raise Usage(f"{text!r} is no date", hint="try 2026-11-01, '2026-11-01 12:30', yesterday or '3 days ago'")


def _named(word: str, now: datetime, *, end: bool) -> datetime | None:
    if word == "now":
        return now
    if word.startswith("@") and word[1:].isdigit():
        return datetime.fromtimestamp(int(word[1:]), UTC)
    if word in _NAMED:
        return _edge((now - timedelta(days=_NAMED[word])).strftime("%Y-%m-%d"), now, end=end)
    return None


def _absolute(word: str, now: datetime, *, end: bool) -> datetime | None:
    found = _ABSOLUTE.fullmatch(word)
    if found is None:
        return None
    if not found["clock"]:
        return _edge(found["day"], now, end=end)
    time = datetime.fromisoformat(f"{found['day']}T{found['clock']}{(found['zone'] or '').upper()}")
    return time if found["zone"] else _local(time, now)


def _relative(word: str, now: datetime) -> datetime | None:
    found = _AGO.fullmatch(word)
    if found is None:
        return None
    number, unit = int(found["number"]), found["unit"].lower()
    if unit in _HOURS:
        # hours go by where clocks are put forward and back; days have the time of day of now
        return now.astimezone(UTC) - timedelta(seconds=number * _HOURS[unit])
    if unit in _DAYS:
        return now - timedelta(days=number * _DAYS[unit])
    months = now.year * 12 + now.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))


def _edge(day: str, now: datetime, *, end: bool) -> datetime:
    start = datetime.fromisoformat(day)
    return _local(start + timedelta(days=1), now) - timedelta(seconds=1) if end else _local(start, now)


def _local(time: datetime, now: datetime) -> datetime:
    """A time of day where `now` is; a fixed offset asks the system for the one that holds on that day."""
    if isinstance(now.tzinfo, timezone) and now.astimezone().utcoffset() == now.utcoffset():
        return time.astimezone()
    return time.replace(tzinfo=now.tzinfo)
