"""Which losses expire: the rules that a person set, over values.

A loss goes only if every rule that is set agrees. Order is that of the commits and never that of the clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from annexish.errors import Usage
from annexish.model.ids import Digest
from annexish.model.path import RepoPath

HOUR, DAY, WEEK = 3600, 86_400, 604_800
OFF = "off"
_AGES = {"h": HOUR, "d": DAY, "w": WEEK, "m": 30 * DAY, "y": 365 * DAY}
_POWERS = {"K": 10, "M": 20, "G": 30, "T": 40}
PERIODS = {"hourly", "daily", "weekly", "monthly", "yearly"}
_LAST = 253_402_300_799
"""The end of the year 9999, in seconds."""


class Version(NamedTuple):
    """A loss, as rules see it: one version of what was at a path.

    `order` is the number of the commit that lost it, counted from the first one; `time` (s) is that commit's.
    `allocated` (bytes) are what letting go of all losses of `content` would free.
    """

    path: RepoPath
    order: int
    time: int
    content: Digest | None
    allocated: int


class Rules(NamedTuple):
    """What is set; None and an empty calendar are not. Ages are in seconds, `calendar` is (period, how many) pairs."""

    commits: int | None = None
    age: int | None = None
    calendar: tuple[tuple[str, int], ...] = ()
    max_share: str | None = None
    min_free: str | None = None


class Moment(NamedTuple):
    """When and where: the clock (s), the times (s) of all commits in their order, bytes of the disk, bytes free."""

    clock: int
    commits: Sequence[int]
    total: int
    free: int


class Expired(NamedTuple):
    """A version that goes: its position in what was given, and why."""

    position: int
    why: tuple[str, ...]


def rules_of(get: Callable[[str], str]) -> Rules | None:
    """Read the settings `keep.*`; None if no rule is set. Raise Usage for a value that means nothing."""
    rules = Rules(
        _parsed(get, "keep.expire-after-commits", _number),
        _parsed(get, "keep.expire-after", _age),
        _parsed(get, "keep.calendar", _calendar) or (),
        _parsed(get, "keep.max-share", _amount),
        _parsed(get, "keep.min-free", _amount),
    )
    return rules if rules != Rules() else None


def expired(versions: Sequence[Version], rules: Rules, moment: Moment) -> list[Expired]:
    """Return what goes, oldest first; `versions` are in the order of their commits."""
    if rules == Rules():
        return []
    reasons: dict[int, list[str]] = {position: [] for position in range(len(versions))}
    tests = [
        _by_commits(versions, rules, moment),
        _by_age(versions, rules, moment),
        _by_calendar(versions, rules, moment),
    ]
    for passed in tests:
        if passed is not None:
            reasons = {position: [*why, passed[position]] for position, why in reasons.items() if position in passed}
    need = space_needed(versions, rules, moment)
    if need is None:
        return [Expired(position, tuple(why)) for position, why in reasons.items()]
    return _for_space(versions, reasons, *need)


def space_needed(versions: Iterable[Version], rules: Rules, moment: Moment) -> tuple[int, str] | None:
    """Return (bytes that must be freed, why); None if no rule asks for space.

    Of two rules the one that asks for less counts: each must agree.
    """
    needs = []
    if rules.max_share is not None:
        contents = {version.content: version.allocated for version in versions if version.content}
        over = sum(contents.values()) - amount(rules.max_share, moment.total)
        needs.append((max(0, over), f"losses take more than {rules.max_share}"))
    if rules.min_free is not None:
        lacking = amount(rules.min_free, moment.total) - moment.free
        needs.append((max(0, lacking), f"less than {rules.min_free} is free"))
    return min(needs, default=None)


def amount(text: str, total: int) -> int:
    """Return the bytes that `10G`, `500M`, `4096` or `20%` of a total mean; raise ValueError for anything else."""
    if text.endswith("%"):
        return total * _number(text[:-1]) // 100
    power = _POWERS.get(text[-1:], 0)
    return _number(text[:-1] if power else text) << power


Parsed = TypeVar("Parsed")


def _parsed(get: Callable[[str], str], key: str, parse: Callable[[str], Parsed]) -> Parsed | None:
    value = get(key)
    if value == OFF:
        return None
    try:
        return parse(value)
    except (ValueError, KeyError) as error:
        raise Usage(f"{key} cannot be {value!r}", hint=f"`annexish config set {key} {OFF}` unsets it") from error


def _number(text: str) -> int:
    """Return a number that is not zero: nothing else is ever taken for one, since what it says may be let go."""
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise ValueError(text)
    return int(text)


def _age(text: str) -> int:
    return _number(text[:-1]) * _AGES[text[-1:]]


def _calendar(text: str) -> tuple[tuple[str, int], ...]:
    pairs = [part.partition("=")[::2] for part in text.split()]
    if not pairs or not {period for period, _ in pairs} <= PERIODS:
        raise ValueError(text)
    return tuple((period, _number(number)) for period, number in pairs)


def _amount(text: str) -> str:
    amount(text, 0)
    return text


Passed = Mapping[int, str]
"""The positions of versions that a rule lets go, with its words."""


def _by_commits(versions: Sequence[Version], rules: Rules, moment: Moment) -> Passed | None:
    if rules.commits is None:
        return None
    newest = len(moment.commits) - 1
    since = {position: newest - version.order for position, version in enumerate(versions)}
    return {position: f"{number} commits ago" for position, number in since.items() if number >= rules.commits}


def _by_age(versions: Sequence[Version], rules: Rules, moment: Moment) -> Passed | None:
    """Ages; that of the newest version of a path is also what the commits since then witness.

    Nobody can tell a clock that jumped ahead from months without a commit: so for the
    newest version of a path, a span without commits counts as a week at most.
    """
    if rules.age is None:
        return None
    now = max([moment.clock, *moment.commits[-1:]])
    steady = _steady([*moment.commits, moment.clock])
    passed, seen = {}, set()
    for position in range(len(versions) - 1, -1, -1):
        version = versions[position]
        age = max(0, now - version.time)
        if version.path not in seen:
            age = min(age, steady[-1] - steady[min(version.order, len(steady) - 1)])
            seen.add(version.path)
        if age >= rules.age:
            passed[position] = f"{age // DAY} days old"
    return passed


def _steady(times: Sequence[int]) -> list[int]:
    """Return for each time how much had passed since the first one: no step is backwards, or more than a week."""
    passed = [0]
    for before, after in pairwise(times):
        passed.append(passed[-1] + min(max(0, after - before), WEEK))
    return passed


def _by_calendar(versions: Sequence[Version], rules: Rules, moment: Moment) -> Passed | None:
    """What is not the newest of its path in any of the last periods that have one; the newest always stays."""
    if not rules.calendar:
        return None
    now = max([moment.clock, *moment.commits[-1:]])
    periods: dict[tuple[RepoPath, str], set[tuple[int, ...]]] = {}
    passed = {}
    for position in range(len(versions) - 1, -1, -1):
        version = versions[position]
        stays = False
        for period, most in rules.calendar:
            seen = periods.setdefault((version.path, period), set())
            key = _period(period, min(max(0, version.time), now))
            if key not in seen and len(seen) < most:
                seen.add(key)
                stays = True
        if not stays:
            passed[position] = "the calendar keeps newer ones"
    return passed


def _period(period: str, time: int) -> tuple[int, ...]:
    """Return the hour, day, week, month or year (in UTC, so that no hour comes twice) that a time is in."""
    if period == "hourly":
        return (time // HOUR,)
    if period == "daily":
        return (time // DAY,)
    if period == "weekly":
        return ((time + 3 * DAY) // WEEK,)
    date = datetime.fromtimestamp(min(time, _LAST), UTC)
    return (date.year, date.month) if period == "monthly" else (date.year,)


def _for_space(versions: Sequence[Version], reasons: Mapping[int, Sequence[str]], need: int, why: str) -> list[Expired]:
    """Return as many as are needed, oldest first, of one commit those first of which most newer versions are left.

    A content is freed with the last of its losses; versions that free nothing are passed over.
    """
    losses = Counter(version.content for version in versions if version.content)
    orders: dict[RepoPath, list[int]] = {}
    for version in versions:
        orders.setdefault(version.path, []).append(version.order)

    def rank(position: int) -> tuple[int, int]:
        version = versions[position]
        newer = orders[version.path]
        return version.order, bisect_right(newer, version.order) - len(newer)

    freeable = _freeable(versions, reasons, losses)
    going: list[Expired] = []
    for position in sorted(reasons, key=rank):
        if need <= 0:
            break
        version = versions[position]
        if version.content is None or version.content not in freeable:
            continue
        going.append(Expired(position, (*reasons[position], why)))
        losses[version.content] -= 1
        if not losses[version.content]:
            need -= version.allocated
    return going


def _freeable(
    versions: Sequence[Version], reasons: Mapping[int, Sequence[str]], losses: Mapping[Digest, int]
) -> set[Digest]:
    """Return the contents that take space and all of whose losses may go."""
    may = Counter(content for position in reasons if (content := versions[position].content))
    return {
        version.content
        for version in versions
        if version.content and version.allocated and may[version.content] == losses[version.content]
    }
