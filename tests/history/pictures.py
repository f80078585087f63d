"""Histories drawn as lines: `"c: b a"` is the commit c with the parents b and a."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from annexish.model.commit import Commit, Signature
from annexish.model.ids import CommitId, TreeId

HOUR = 3600


def history(*lines: str, times: Mapping[str, int] | None = None) -> dict[CommitId, Commit]:
    """Commits by id; without `times` each line is an hour older than the one before it."""
    made = {}
    for number, line in enumerate(lines):
        word, _, parents = line.partition(":")
        time = (times or {}).get(word, -number * HOUR)
        author = Signature("Ada", "ada@example.org", time, 0)
        named = tuple(CommitId(parent) for parent in parents.split())
        made[CommitId(word)] = Commit(CommitId(word), TreeId(b"t" * 20), named, author, word, "r", {})
    return made


def reader(commits: dict[CommitId, Commit]) -> Callable[[CommitId], Commit]:
    """The function that the rooms ask for a commit."""
    return commits.__getitem__
