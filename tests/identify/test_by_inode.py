"""Which new path is which old object, as inodes tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.identify.by_inode import by_inode, same_inode
from annexish.model.evidence import Arrived, Displaced, Stat

FILE, DIRECTORY = 0o100644, 0o040755


def stat(inode: int, *, size: int = 1, mtime: int = 0, birth: int = 0, mode: int = FILE) -> Stat:
    """The record of an inode."""
    return Stat(1, mode << 32, inode, size, 0, 0, mtime, 0, birth, 0)


def moves(before: dict[str, Stat], after: dict[str, Stat], order: list[str] | None = None) -> dict[str, str]:
    """Where objects went: old path to new path. Paths that hold the same inode as before are not looked at."""
    replaced = [path for path in before if path in after and after[path].inode != before[path].inode]
    gone = [path for path in before if path not in after]
    displaced = [Displaced(1, path.encode(), before[path], path in gone) for path in [*replaced, *gone]]
    place = {lost.name.decode(): at for at, lost in enumerate(displaced)}
    names = [path for path in after if path in place or path not in before]
    arrived = [Arrived(0, at, path.encode(), after[path], place.get(path)) for at, path in enumerate(order or names)]
    found = by_inode(displaced, arrived)
    return {displaced[lost].name.decode(): one.name.decode() for one, lost in found}


ONE, TWO, THREE, FOUR, NEW = (stat(inode) for inode in (101, 102, 103, 104, 999))

TABLE: dict[str, tuple[dict[str, Stat], dict[str, Stat], dict[str, str]]] = {
    "renamed": ({"a": ONE}, {"b": ONE}, {"a": "b"}),
    "renamed over another": ({"a": ONE, "b": TWO}, {"b": ONE}, {"a": "b"}),
    "saved through a new file": ({"a": ONE}, {"a": NEW}, {}),
    "an editor's backup": ({"a": ONE}, {"a": NEW, "a~": ONE}, {}),
    "a rotated log": ({"log": ONE, "log.1": TWO}, {"log": NEW, "log.1": ONE, "log.2": TWO}, {}),
    "a rotated log, the oldest dropped": ({"log": ONE, "log.1": TWO}, {"log": NEW, "log.1": ONE}, {}),
    "rotated into a free name, the first gone": (
        {"log": ONE, "log.1": TWO}, {"log.1": ONE, "log.2": TWO}, {"log": "log.1", "log.1": "log.2"},
    ),
    "a swap": ({"a": ONE, "b": TWO}, {"a": TWO, "b": ONE}, {"a": "b", "b": "a"}),
    "a cycle of three": (
        {"a": ONE, "b": TWO, "c": THREE}, {"a": THREE, "b": ONE, "c": TWO}, {"a": "b", "b": "c", "c": "a"},
    ),
    "a chain that starts at a gone path": (
        {"a": ONE, "b": TWO, "c": THREE}, {"b": ONE, "c": TWO}, {"a": "b", "b": "c"},
    ),
    "a chain that starts at a new inode": (
        {"a": ONE, "b": TWO, "c": THREE}, {"a": NEW, "b": ONE, "c": TWO, "d": THREE}, {},
    ),
    "a swap beside a backup": (
        {"a": ONE, "b": TWO, "c": THREE}, {"a": TWO, "b": ONE, "c": NEW, "c~": THREE}, {"a": "b", "b": "a"},
    ),
    "a swap of which one end has a second name": (
        {"a": ONE, "b": TWO}, {"a": TWO, "b": ONE, "x": ONE}, {"a": "b", "b": "a"},
    ),
    "deleted": ({"a": ONE}, {}, {}),
    "added": ({}, {"a": ONE}, {}),
    "nothing to do with each other": ({"a": ONE}, {"b": TWO}, {}),
    "another type": ({"a": ONE}, {"b": stat(101, mode=0o120777)}, {}),
    "the permissions changed too": ({"a": ONE}, {"b": stat(101, mode=0o100600)}, {"a": "b"}),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_who_went_where(case: str) -> None:
    """An object stays at its path, unless the chain that displaced it closes or starts at a gone path."""
    before, after, expected = TABLE[case]
    assert moves(before, after) == expected


@pytest.mark.parametrize("case", TABLE)
def test_the_order_of_names_does_not_matter(case: str) -> None:
    """Directories are walked in any order."""
    before, after, expected = TABLE[case]
    names = [path for path in after if path not in before or after[path].inode != before[path].inode]
    assert moves(before, after, sorted(names, reverse=True)) == expected


SIGNS: dict[str, tuple[Stat, Stat, bool]] = {
    "all the same": (stat(5), stat(5), True),
    "another number": (stat(5), stat(6), False),
    "edited, no birth": (stat(5), stat(5, size=2), False),
    "touched, no birth": (stat(5), stat(5, mtime=9), False),
    "same size and mtime, no birth": (stat(5, size=3, mtime=9), stat(5, size=3, mtime=9), True),
    "edited, same birth": (stat(5, birth=7), stat(5, birth=7, size=2, mtime=9), True),
    "reused: the same size and mtime, another birth": (stat(5, birth=7), stat(5, birth=8), False),
    "birth known on one side only, edited": (stat(5, birth=7), stat(5, size=2), False),
    "birth known on one side only": (stat(5), stat(5, birth=7), True),
    "a file and a directory": (stat(5, birth=7), stat(5, birth=7, mode=DIRECTORY), False),
    "other permissions": (stat(5), stat(5, mode=0o100600), True),
}


@pytest.mark.parametrize("case", SIGNS)
def test_an_inode_number_needs_a_second_sign(case: str) -> None:
    """The time of birth where there is one, else the same size and mtime: numbers are reused at once."""
    before, now, expected = SIGNS[case]
    assert same_inode(before, now) is expected
    assert moves({"a": before}, {"b": now}) == ({"a": "b"} if expected else {})


def test_a_birth_is_told_to_the_nanosecond() -> None:
    """Two files that were made in the same second are two."""
    one = stat(5, birth=7)
    assert not same_inode(one, one._replace(birth_n=1))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"e/x": ONE, "e/y": ONE}, {"x": "e/x", "y": "e/y"}),
        ({"e/y": ONE, "e/z": ONE}, {"y": "e/y", "x": "e/z"}),
        ({"e/y": ONE}, {"y": "e/y"}),
    ],
    ids=["both", "one renamed", "one gone"],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_hard_links_that_moved_are_told_by_name(
    after: dict[str, Stat], expected: dict[str, str], direction: int
) -> None:
    """Of several names of one inode the same name goes first; each object goes to one name."""
    displaced = [Displaced(1, name, ONE, gone=True) for name in (b"x", b"y")]
    arrived = [Arrived(0, at, path.encode()[2:], one, None) for at, (path, one) in enumerate(after.items())]
    found = by_inode(displaced, arrived[::direction])
    assert {displaced[lost].name.decode(): f"e/{one.name.decode()}" for one, lost in found} == expected


def test_a_reused_number_does_not_hide_the_true_one() -> None:
    """Two records of one number are tried one after the other."""
    displaced = [Displaced(1, b"a", stat(5, birth=1), gone=True), Displaced(1, b"b", stat(5, birth=2), gone=True)]
    ((_, lost),) = by_inode(displaced, [Arrived(0, 0, b"c", stat(5, birth=2), None)])
    assert lost == 1


def test_an_object_is_not_its_own_replacement() -> None:
    """A path whose inode was reused for another file there is no move."""
    displaced = [Displaced(1, b"a", stat(5, birth=1), gone=False)]
    assert by_inode(displaced, [Arrived(0, 0, b"a", stat(5, birth=1), 0)]) == []


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_whoever_moves_every_object_goes_to_one_place(order: list[int], gone: set[int], new: set[int]) -> None:
    """However names are dealt out anew, no object has two of them and no name two objects."""
    before = {f"f{number}": stat(100 + number) for number in range(6)}
    after = {f"f{place}": stat(200 + place if place in new else 100 + number) for place, number in enumerate(order)}
    after = {path: one for path, one in after.items() if int(path[1]) not in gone}
    found = moves(before, after)
    assert len(set(found.values())) == len(found)
    assert all(after[new_path].inode == before[path].inode for path, new_path in found.items())
    if not gone and not new:
        assert found == {f"f{number}": f"f{place}" for place, number in enumerate(order) if number != place}
