"""Commits as text and as items."""

from __future__ import annotations

import time
from collections.abc import Iterator

from annexish.cli.changes import in_words
from annexish.cli.printing import Printer, plain
from annexish.model.commit import Commit, Signature


def commit_lines(commit: Commit, out: Printer, *, verbose: bool = False) -> Iterator[str]:
    """Yield a commit as `git log` shows it, and what it changed in numbers."""
    yield out.paint(f"commit {commit.id}", "yellow")
    if len(commit.parents) > 1:
        yield "Merge: " + " ".join(parent[:10] for parent in commit.parents)
    yield f"Author: {plain(author(commit.author))}"
    yield f"Date:   {when(commit.author)}"
    if verbose:
        yield f"From:   {plain(commit.repository)}"
    yield ""
    for line in commit.message.rstrip("\n").split("\n"):
        yield f"    {plain(line)}".rstrip()
    if changed := in_words(commit.counts):
        yield ""
        yield "    " + out.paint(changed, "dim")


def commit_item(commit: Commit) -> dict[str, object]:
    """The fields of a `commit` item; the time is ISO 8601, with the offset of the author."""
    return {
        "id": commit.id,
        "parents": list(commit.parents),
        "author": author(commit.author),
        "repository": commit.repository,
        "time": moment(commit.author, "%Y-%m-%dT%H:%M:%S") + zone(commit.author, ":"),
        "message": commit.message,
        "counts": dict(commit.counts),
    }


def author(signature: Signature) -> str:
    """Return `Name <email>`."""
    return f"{signature.name} <{signature.email}>"


def when(signature: Signature) -> str:
    """Return a time as `git log` does: `Sat Nov 21 09:34:00 2026 +0100`."""
    day = int(moment(signature, "%d"))
    return f"{moment(signature, '%a %b')} {day} {moment(signature, '%H:%M:%S %Y')} {zone(signature)}"


def moment(signature: Signature, form: str) -> str:
    """Return the time at the place of the author."""
    return time.strftime(form, time.gmtime(signature.time + signature.offset * 60))


def zone(signature: Signature, between: str = "") -> str:
    """Return the offset from UTC: `+0100`."""
    hours, minutes = divmod(abs(signature.offset), 60)
    return f"{'-' if signature.offset < 0 else '+'}{hours:02}{between}{minutes:02}"
