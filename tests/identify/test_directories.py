"""Which gone directory is which new one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.identify.directories import by_children

TABLE: dict[str, tuple[list[tuple[int, int]], dict[int, int], dict[int, int]]] = {
    "nothing": ([], {}, {}),
    "all went to one": ([(1, 9), (1, 9)], {1: 2}, {9: 1}),
    "most went to one": ([(1, 9), (1, 9), (1, 8)], {1: 3}, {9: 1}),
    "half is not most": ([(1, 9), (1, 8)], {1: 2}, {}),
    "most were deleted": ([(1, 9)], {1: 3}, {}),
    "half were deleted": ([(1, 9)], {1: 2}, {}),
    "just more than half": ([(1, 9), (1, 9)], {1: 3}, {9: 1}),
    "two directories became one": ([(1, 9), (2, 9), (2, 9)], {1: 1, 2: 2}, {9: 2}),
    "two that count the same": ([(2, 9), (1, 9)], {1: 1, 2: 1}, {9: 1}),
    "two directories, two places": ([(1, 9), (2, 8)], {1: 1, 2: 1}, {9: 1, 8: 2}),
    "one that took in most of a small and few of a large one": (
        [(1, 9), (2, 9), (2, 9)], {1: 1, 2: 10}, {9: 1},
    ),
    "a directory of unknown size": ([(1, 9)], {}, {9: 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_a_directory_is_where_most_of_its_children_went(case: str) -> None:
    """More than half to one place; of several that came to a place the one most came from, of equals the first."""
    went, sizes, expected = TABLE[case]
    assert by_children(went, sizes) == expected


votes = st.lists(st.tuples(st.integers(1, 4), st.integers(5, 8)), max_size=20)


@given(votes, st.randoms())
def test_the_order_of_moves_does_not_matter(went: list[tuple[int, int]], random: object) -> None:
    """Files are looked at in any order."""
    sizes = {gone: sum(1 for one, _ in went if one == gone) for gone in range(1, 5)}
    expected = by_children(went, sizes)
    random.shuffle(went)  # type: ignore[attr-defined]
    assert by_children(iter(went), sizes) == expected


@given(votes)
def test_no_directory_is_two(went: list[tuple[int, int]]) -> None:
    """A gone directory is at most one new one."""
    sizes = {gone: sum(1 for one, _ in went if one == gone) for gone in range(1, 5)}
    found = by_children(went, sizes)
    assert len(set(found.values())) == len(found)
