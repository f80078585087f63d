"""What a revision means: the words of `git rev-parse`, and dates."""

from __future__ import annotations

from datetime import datetime

from annexish.errors import Missing
from annexish.history.dates import parse_date
from annexish.history.revision import at_date, split_date
from annexish.model.commit import Commit
from annexish.model.ids import CommitId
from annexish.store.history import History


def resolve(history: History, revision: str) -> CommitId:
    """Return the commit that a revision names; raise Missing or Usage."""
    dated = split_date(revision)
    if dated is None:
        return history.resolve(revision)
    start, date, suffix = dated
    found = at_date(history.resolve(start or "HEAD"), when(date, end=True), history.commit)
    if found is None:
        raise Missing(f"there is no commit that is not later than {date!r}", hint="`annexish log` lists the commits")
    return history.resolve(found.id + suffix) if suffix else found.id


def commit_at(history: History, revision: str) -> Commit:
    """Return the commit that a revision names."""
    return history.commit(resolve(history, revision))


def when(date: str, *, end: bool) -> int:
    """Return the time in seconds that a date means here and now; a bare day is its end or its beginning."""
    now = datetime.now().astimezone()
    return parse_date(date, now, end=end)
