"""Draw lines of descent beside a list of commits, as `git log --graph` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from annexish.model.commit import Commit
from annexish.model.ids import CommitId


def lanes(commits: Iterable[Commit]) -> Iterator[tuple[list[str], Commit]]:
    """Yield each commit with the lines before its text: the first has its star, the last goes on beside the rest.

    Commits come children before parents. Only the open lanes are held.
    """
    waiting: list[CommitId] = []
    for commit in commits:
        if commit.id not in waiting:
            waiting.append(commit.id)
        at = waiting.index(commit.id)
        star = " ".join("*" if lane == at else "|" for lane in range(len(waiting)))
        joined = [lane for lane, id in enumerate(waiting) if id == commit.id and lane != at]
        edges = [_joining(len(waiting), at, lane) for lane in joined]
        rest = [id for lane, id in enumerate(waiting) if lane not in joined]
        waiting, more = _continue(rest, at, commit)
        edges += more
        yield [star, *edges, " ".join("|" for _ in waiting)], commit


def _continue(waiting: list[CommitId], at: int, commit: Commit) -> tuple[list[CommitId], list[str]]:
    """The lanes below a commit: its first parent takes its lane, others open lanes to the right."""
    left, right = waiting[:at], waiting[at + 1 :]
    if not commit.parents:
        edges = [_closing(len(waiting), at)] if right else []
        return left + right, edges
    opened = [parent for parent in commit.parents[1:] if parent not in waiting]
    edges = []
    for _ in opened:
        bars = ["|"] * (at + 1)
        edges.append(" ".join(bars) + "\\" + " \\" * len(right))
    return [*left, commit.parents[0], *opened, *right], edges


def _joining(count: int, at: int, lane: int) -> str:
    """A lane that ends in the one of its commit, to its left."""
    bars = ["|"] * count
    line = " ".join(bars[:lane]) + "/" + " /" * (count - lane - 1)
    return line if lane > at else " ".join(bars)


def _closing(count: int, at: int) -> str:
    """A lane that ends: those to its right move one place to the left."""
    return " ".join(["|"] * at) + (" " if at else "") + " /" * (count - at - 1)
