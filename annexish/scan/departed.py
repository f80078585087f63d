"""A known directory is at one place: what was found elsewhere leaves where it was, even where nobody looked."""

from __future__ import annotations

from collections.abc import Iterable

from annexish.model.path import RepoPath, join
from annexish.scan.known import Index
from annexish.scan.survey import KEPT, LISTED, Listing, Survey


def leave(index: Index, survey: Survey, moved: Iterable[int]) -> None:
    """Tell the survey which children its unseen directories lost; `moved` are the rows of those children.

    That happens if a directory cannot be opened any more, or if the tree moves while it is looked at.
    """
    numbers: dict[int, int] = {}
    for row in moved:
        numbers = numbers or {known: number for number, known in enumerate(survey.rows) if known}
        parent, name = index.place(row)
        number = _surveyed(index, survey, numbers, parent)
        if number is not None:
            listing = survey[number]
            survey.add(listing._replace(lost=[*listing.lost, name]))


def _surveyed(index: Index, survey: Survey, numbers: dict[int, int], row: int) -> int | None:
    """The number of an unseen directory, which is added to the survey if it is not there; None for one that is gone."""
    below: list[tuple[int, bytes]] = []
    at = row
    while at not in numbers:
        above, name = index.place(at)
        below.append((at, name))
        at = above
    number = numbers[at]
    nearest = survey[number]
    if below and nearest.state == LISTED and (below[-1][1], -below[-1][0]) not in nearest.children:
        return None
    path = nearest.path
    for known, name in reversed(below):
        path = join(RepoPath(path), name)
        parent, number = number, survey.reserve(known)
        numbers[known] = number
        unseen = Listing(
            number, parent, name, path, known, KEPT, own=b"", mount=False, attributes=(),
            names=[], columns=b"", codes=b"", children=[], lost=[], excused=[],
        )  # fmt: skip
        survey.add(unseen)
    return number
