"""Which gone object is which new name, by content."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.identify.by_content import by_content
from annexish.model.evidence import Candidate


def candidates(pictures: dict[str, str]) -> list[Candidate]:
    """Candidates of paths and contents; the key is the position."""
    found = []
    for key, (path, content) in enumerate(pictures.items()):
        parent, _, name = path.rpartition("/")
        found.append(Candidate(key, content.encode(), name.encode(), parent.encode()))
    return found


def pairs(gone: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Where gone paths went."""
    old, now = list(gone), list(new)
    return {old[lost]: now[found] for found, lost in by_content(candidates(gone), candidates(new)).items()}


TABLE: dict[str, tuple[dict[str, str], dict[str, str], dict[str, str]]] = {
    "nothing": ({}, {}, {}),
    "one candidate": ({"p/a": "1"}, {"q/b": "1"}, {"p/a": "q/b"}),
    "another content": ({"p/a": "1"}, {"p/b": "2"}, {}),
    "two gone, one new: the same name": ({"p/a": "1", "p/b": "1"}, {"q/b": "1"}, {"p/b": "q/b"}),
    "two gone, one new: the same directory": ({"p/a": "1", "q/b": "1"}, {"q/c": "1"}, {"q/b": "q/c"}),
    "one gone, two new: the same name": ({"p/a": "1"}, {"q/b": "1", "q/a": "1"}, {"p/a": "q/a"}),
    "the same path before all": ({"p/a": "1", "q/a": "1"}, {"q/a": "1", "r/a": "1"}, {"q/a": "q/a", "p/a": "r/a"}),
    "the same directory name goes before the name alone": (
        {"x/p/a": "1", "x/q/a": "1"}, {"y/q/a": "1", "y/p/a": "1"}, {"x/p/a": "y/p/a", "x/q/a": "y/q/a"},
    ),
    "the name goes before the directory": (
        {"p/a": "1", "q/b": "1"}, {"p/b": "1", "q/a": "1"}, {"p/a": "q/a", "q/b": "p/b"},
    ),
    "the rest in order": ({"p/a": "1", "p/b": "1"}, {"q/x": "1", "q/y": "1"}, {"p/a": "q/x", "p/b": "q/y"}),
    "more gone than new": (
        {"p/a": "1", "p/b": "1", "p/c": "1"}, {"q/b": "1", "q/z": "1"}, {"p/b": "q/b", "p/a": "q/z"},
    ),
    "contents do not mix": (
        {"p/a": "1", "p/b": "2"}, {"q/b": "1", "q/a": "2"}, {"p/a": "q/b", "p/b": "q/a"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_who_went_where(case: str) -> None:
    """One candidate is the one; of several the best by name and neighbourhood."""
    gone, new, expected = TABLE[case]
    assert pairs(gone, new) == expected


paths = st.builds("{}/{}/{}".format, st.sampled_from("xy"), st.sampled_from("pq"), st.sampled_from("abc"))
pictures = st.dictionaries(paths, st.sampled_from(("1", "2")), max_size=8)


@given(pictures, pictures, st.randoms())
def test_the_order_of_candidates_does_not_matter(gone: dict[str, str], new: dict[str, str], random: object) -> None:
    """The same evidence gives the same answer, in whatever order it was found."""
    old, now = candidates(gone), candidates(new)
    expected = by_content(old, now)
    random.shuffle(old)  # type: ignore[attr-defined]
    random.shuffle(now)  # type: ignore[attr-defined]
    assert by_content(iter(old), iter(now)) == expected


@given(pictures, pictures)
def test_as_many_are_paired_as_can_be(gone: dict[str, str], new: dict[str, str]) -> None:
    """Each object and each name at most once, and only with its content."""
    found = pairs(gone, new)
    assert len(set(found.values())) == len(found)
    assert all(gone[old] == new[now] for old, now in found.items())
    assert len(found) == sum((Counter(gone.values()) & Counter(new.values())).values())


@given(pictures, pictures)
def test_a_path_that_has_its_content_is_paired_with_itself(gone: dict[str, str], new: dict[str, str]) -> None:
    """The strongest sign is the same directory and the same name."""
    found = pairs(gone, new)
    for path in gone.keys() & new.keys():
        if gone[path] == new[path]:
            assert found[path] == path


def calls(count: int) -> int:
    """How many function calls it takes to pair as many identical files, each moved and renamed."""
    gone = candidates({f"p/{number:06}": "same" for number in range(count)})
    new = candidates({f"q/x{number:06}": "same" for number in range(count)})
    seen = 0

    def count_call(frame: object, event: str, argument: object) -> None:
        nonlocal seen
        seen += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        found = by_content(gone, new)
    finally:
        sys.setprofile(before)
    assert len(found) == count
    return seen


def test_many_identical_files_cost_no_more_each_than_few() -> None:
    """Ten times as many are ten times the work: nobody compares each with each."""
    assert calls(20_000) < 10.5 * calls(2_000)
