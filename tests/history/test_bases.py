"""Where two lines of descent meet."""

from __future__ import annotations

from random import Random

import pytest

from annexish.history.bases import merge_bases
from annexish.model.ids import CommitId
from tests.history.pictures import history, reader


def bases(*lines: str, of: str, **times: int) -> str:
    """The bases of two commits as a line of names."""
    one, other = of.split()
    found = merge_bases(reader(history(*lines, times=times or None)), CommitId(one), CommitId(other))
    return " ".join(found)


FORK = ("x: b", "y: c", "b: a", "c: a", "a: r", "r:")
CROSS = ("x: m", "y: n", "m: b c", "n: c b", "b: a", "c: a", "a:")


@pytest.mark.parametrize(
    ("lines", "of", "expected"),
    [
        (FORK, "x y", "a"),
        (FORK, "x a", "a"),
        (FORK, "r y", "r"),
        (FORK, "x x", "x"),
        (CROSS, "x y", "b c"),
        (CROSS, "m y", "b c"),
        (CROSS, "x b", "b"),
        (("x: a", "y: b", "a:", "b:"), "x y", ""),
    ],
    ids=[
        "a fork",
        "an ancestor",
        "another ancestor",
        "itself",
        "criss-cross",
        "half of it",
        "one of them",
        "unrelated",
    ],
)
def test_the_newest_common_ancestors_are_found(lines: tuple[str, ...], of: str, expected: str) -> None:
    """An ancestor of another base is none."""
    assert bases(*lines, of=of) == expected


def test_clocks_that_jump_do_not_matter() -> None:
    """Time says only where to look first."""
    for seed in range(50):
        random = Random(seed)
        times = {name: random.randrange(-9, 9) for name in "xymnbca"}
        assert bases(*CROSS, of="x y", **times) == "b c", times


def test_any_graph_has_the_bases_that_its_definition_gives() -> None:
    """Common ancestors, without those that are ancestors of others."""
    for seed in range(300):
        random = Random(seed)
        names = [f"c{number}" for number in range(random.randrange(2, 14))]
        parents = {name: random.sample(names[:at], min(at, random.randrange(3))) for at, name in enumerate(names)}
        lines = [f"{name}: {' '.join(parents[name])}" for name in reversed(names)]
        times = {name: random.randrange(20) for name in names}
        above: dict[str, set[str]] = {}
        for name in names:
            above[name] = {name, *(each for parent in parents[name] for each in above[parent])}
        one, other = random.choice(names), random.choice(names)
        common = above[one] & above[other]
        best = sorted(each for each in common if not any(each in above[more] for more in common - {each}))
        assert bases(*lines, of=f"{one} {other}", **times).split() == best, lines
