"""Lines of descent, as a person sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.history.graph import lanes
from annexish.history.log import newest_first
from annexish.model.ids import CommitId
from tests.history.pictures import history, reader

PICTURES: dict[str, tuple[list[str], str]] = {
    "linear": (["c: b", "b: a", "a:"], """
* c
|
* b
|
* a
"""),
    "merge": (["m: b c", "b: a", "c: a", "a:"], """
*   m
|\\
| |
* | b
| |
| * c
|/
|
* a
"""),
    "two heads": (["c: a", "b: a", "a:"], """
* c
|
| * b
|/
|
* a
"""),
    "two histories": (["b: a", "y: x", "a:", "x:"], """
* b
|
| * y
| |
* | a
 /
|
* x
"""),
    "a history that ends beside others": (["b: a", "y: x", "n: m", "x:", "m:", "a:"], """
* b
|
| * y
| |
| | * n
| | |
| * | x
|  /
| |
| * m
|
* a
"""),
    "a branch that is longer": (["m: b d", "d: c", "c: a", "b: a", "a:"], """
*   m
|\\
| |
| * d
| |
| * c
| |
* | b
|/
|
* a
"""),
    "merged twice": (["n: m c", "m: b d", "c: b", "d: b", "b:"], """
*   n
|\\
| |
* |   m
|\\ \\
| | |
| | * c
| |/
|/|
| |
| * d
|/
|
* b
"""),
    "criss-cross": (["h: m n", "m: a b", "n: b a", "a: o", "b: o", "o:"], """
*   h
|\\
| |
* |   m
|\\ \\
| | |
| | *  n
| | |\\
| |/ /
| |/
|/|
| |
* | a
| |
| * b
|/
|
* o
"""),
    "octopus": (["m: a b c", "a: o", "b: o", "c: o", "o:"], """
*     m
|\\
|\\ \\
| | |
* | | a
| | |
| * | b
|/ /
| |
| * c
|/
|
* o
"""),
    "far to the left": (["d: a", "c: x", "b: y", "e: a", "x: a", "y: a", "a:"], """
* d
|
| * c
| |
| | * b
| | |
| | | * e
| |_|/
|/| |
| | |
| * | x
|/ /
| |
| * y
|/
|
* a
"""),
    "a parent that is not shown": (["c: b"], """
* c
|
"""),
    "the same parent twice": (["b: a a", "a:"], """
*  b
|\\
|/
|
* a
"""),
}  # fmt: skip


def drawing(lines: list[str]) -> str:
    """The prefixes, the name of the commit behind the first."""
    rows = []
    for prefixes, commit in lanes(history(*lines).values()):
        rows += [(prefix + (commit.id if number == 0 else "")).rstrip() for number, prefix in enumerate(prefixes)]
    while rows and not rows[-1]:
        rows.pop()
    return "\n".join(rows)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_history_is_drawn(picture: str) -> None:
    """Each commit is a star in its lane; lines join, open and end as descent does."""
    lines, expected = PICTURES[picture]
    assert drawing(lines) == expected.strip("\n")


def test_nothing_is_drawn_of_nothing() -> None:
    """A history without commits has no lines."""
    assert list(lanes([])) == []


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """Lines of up to ten commits, each with up to three parents among those below it."""
    count = draw(st.integers(1, 10))
    parents = st.lists(st.integers(0, count - 1), max_size=3, unique=True)
    return [
        f"c{number}:" + "".join(f" c{parent}" for parent in draw(parents) if parent > number) for number in range(count)
    ]


@given(histories())
def test_a_star_is_in_each_first_line_and_nowhere_else(lines: list[str]) -> None:
    """Text stands beside all lines of a commit, one space behind its lanes, in one column."""
    for prefixes, _ in lanes(history(*lines).values()):
        assert len({len(prefix) for prefix in prefixes}) == 1
        assert all(prefix.endswith(" ") for prefix in prefixes)
        assert [prefix.count("*") for prefix in prefixes] == [1] + [0] * (len(prefixes) - 1)


@given(histories())
def test_lanes_can_be_followed_from_child_to_parent(lines: list[str]) -> None:
    """Whoever goes down the lines from a commit comes to its parents and to nothing else."""
    commits = history(*lines)
    ordered = list(newest_first(list(commits), reader(commits)))
    rows: list[tuple[str, CommitId | None]] = []
    for prefixes, commit in lanes(ordered):
        rows += [(prefix, commit.id if number == 0 else None) for number, prefix in enumerate(prefixes)]
    for at, (_, id) in enumerate(rows):
        if id is not None:
            assert reached(rows, at) == set(commits[id].parents)


def reached(rows: list[tuple[str, CommitId | None]], start: int) -> set[CommitId]:
    """The commits at which lines arrive that leave the star of a row downwards."""
    found = set()
    places = {(rows[start][0].index("*"), False)}
    for text, id in rows[start + 1 :]:
        places = set().union(*(onward(text, place, slanted=slanted) for place, slanted in places))
        star = (text.find("*"), False)
        if id is not None and star in places:
            found.add(id)
            places.discard(star)
    return found


def onward(text: str, place: int, *, slanted: bool) -> set[tuple[int, bool]]:
    """Where a line goes that comes from above at a column, and whether it goes there slanted.

    A slanted line that meets a bar with a slant beside it runs under the bar.
    """
    bar, left, right = (text[at : at + 1] for at in (place, place - 1, place + 1))
    straight = bar in {"|", "*"} and not (slanted and left == "/")
    below = {(place, False)} if straight else set()
    if right == "\\":
        below.add((place + 2, False))
    if left == "/" and not straight:
        end = place - 1
        while text[end - 2 : end - 1] == "_":
            end -= 2
        below.add((end - 1, True))
    return below
