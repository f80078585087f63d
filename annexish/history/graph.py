"""Draw lines of descent beside a list of commits, as `git log --graph` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from annexish.model.commit import Commit
from annexish.model.ids import CommitId


def lanes(commits: Iterable[Commit]) -> Iterator[tuple[list[str], Commit]]:
    """Yield each commit with what stands before the lines of its text: first a star, last what stands before others.

    Commits come children before parents. Only the open lanes are held; each waits for another commit,
    because lanes that come to wait for the same one are joined at once. The prefixes of one commit
    are equally wide and end in a space.
    """
    waiting: list[CommitId] = []
    for commit in commits:
        if commit.id not in waiting:
            waiting.append(commit.id)
        at = waiting.index(commit.id)
        lines = [" ".join("*" if lane == at else "|" for lane in range(len(waiting)))]
        if commit.parents:
            lines += _open(waiting, at, commit.parents)
            lines += _join(waiting)
        else:
            lines += _close(waiting, at)
        lines.append(_bars(len(waiting)))
        width = max(map(len, lines))
        yield [f"{line:{width}} " for line in lines], commit


def _open(waiting: list[CommitId], at: int, parents: tuple[CommitId, ...]) -> Iterator[str]:
    """The first parent takes the lane of the commit; the others open lanes to its right, the last one first."""
    waiting[at] = parents[0]
    for parent in reversed(parents[1:]):
        yield _bars(at + 1) + "\\" + " \\" * (len(waiting) - at - 1)
        waiting.insert(at + 1, parent)


def _join(waiting: list[CommitId]) -> Iterator[str]:
    """Lanes that wait for the same commit become the leftmost of them; those to their right move up."""
    lane = 1
    while lane < len(waiting):
        left = waiting.index(waiting[lane])
        if left == lane:
            lane += 1
            continue
        crossed = lane - left - 1
        below = " /" * (len(waiting) - lane - 1)
        del waiting[lane]
        if crossed == 0:
            yield _bars(lane) + "/" + below
            continue
        # the line starts beside its lane, runs under those between, and ends beside the one it joins
        yield _bars(left + 1) + " " + "_".join("|" * crossed) + "/" + below
        yield _bars(left + 1) + "/" + " ".join("|" * (len(waiting) - left - 1))


def _close(waiting: list[CommitId], at: int) -> Iterator[str]:
    """A lane without a parent ends; those to its right move up."""
    del waiting[at]
    moved = len(waiting) - at
    if moved:
        yield _bars(at) + " " * (at > 0) + " /" * moved


def _bars(count: int) -> str:
    return " ".join("|" * count)
