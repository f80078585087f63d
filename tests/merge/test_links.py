"""Hard links: what one side does to an inode, and the other one to its names."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pytest

from tests.merge.pictures import both_trees, contents_in, flat, told
from tests.pictures import Nodes, Picture, Thing


class Row(NamedTuple):
    """Three pictures; what they give, with the names of one inode joined by `+`, and how many conflicts."""

    base: Picture
    left: Picture
    right: Picture
    expected: str
    turned: str | None = None
    conflicts: int = 0


def names(content: str, *names: str, mode: int = 0o644) -> Picture:
    """Several names of one inode."""
    return dict.fromkeys(names, Thing(content, links="g", mode=mode))


TWO, THREE = names("1", "a", "b"), names("1", "a", "b", "c")

ROWS = {
    "edited | one name moved": Row(TWO, names("2", "a", "b"), names("1", "a", "n #b"), "a+n=2"),
    "edited | one name moved into a directory": Row(
        {**TWO, "d": {}}, {**names("2", "a", "b"), "d": {}}, {**names("1", "a"), "d": names("1", "b")}, "a+d/b=2"
    ),
    "edited | one name of three deleted": Row(THREE, names("2", "a", "b", "c"), names("1", "a", "b"), "a+b=2"),
    "edited | one name of two deleted": Row(TWO, names("2", "a", "b"), {"a": "1"}, "a=2"),
    "edited | all names deleted": Row(TWO, names("2", "a", "b"), {}, "a+b=2"),
    "edited | one name unlinked": Row(THREE, names("2", "a", "b", "c"), {**TWO, "c": "1"}, "a+b=2 c=2"),
    "edited | one name unlinked and edited": Row(
        THREE, names("2", "a", "b", "c"), {**TWO, "c": "3"}, "a+b=2 c.from-A=2 c=3", "a+b=2 c.from-B=3 c=2", conflicts=1
    ),
    "edited | a new name": Row(TWO, names("2", "a", "b"), names("1", "a", "b", "n"), "a+b+n=2"),
    "edited | a first second name": Row({"a": "1"}, {"a": "2"}, names("1", "a", "n"), "a+n=2"),
    "edited | edited alike": Row(TWO, names("2", "a", "b"), names("2", "a", "b"), "a+b=2"),
    "edited | edited differently": Row(
        TWO, names("2", "a", "b"), names("3", "a", "b"),
        "a+b=3 a.from-A=2 b.from-A=2", "a+b=2 a.from-B=3 b.from-B=3", conflicts=2,
    ),
    "edited | mode": Row(TWO, names("2", "a", "b"), names("1", "a", "b", mode=0o600), "a+b=2"),
    "mode | one name moved": Row(TWO, names("1", "a", "b", mode=0o600), names("1", "a", "n #b"), "a+n=1"),
    "mode | a new name": Row(TWO, names("1", "a", "b", mode=0o600), names("1", "a", "b", "n"), "a+b+n=1"),
    "one name moved | another one moved": Row(TWO, names("1", "n #a", "b"), names("1", "a", "m #b"), "m+n=1"),
    "one name deleted | another one deleted": Row(TWO, {"a": "1"}, {"b": "1"}, ""),
    "one name unlinked | another one unlinked": Row(
        THREE, {**TWO, "c": "1"}, {**names("1", "b", "c"), "a": "1"}, "a=1 b=1 c=1"
    ),
    "one name unlinked and edited | another one moved": Row(
        THREE, {**TWO, "c": "2"}, names("1", "a", "n #b", "c"), "a+n=1 c=2"
    ),
    "a new name | another new name": Row(TWO, names("1", "a", "b", "n"), names("1", "a", "b", "m"), "a+b+m+n=1"),
    "a name in a group | edited as a file of its own": Row(
        {**TWO, "c": "1"}, THREE, {**TWO, "c": "2"}, "a+b=1 c=2"
    ),
    "joined | one of them edited": Row({"a": "1", "b": "1"}, TWO, {"a": "2", "b": "1"}, "a=2 b=1"),
    "joined | joined otherwise": Row(
        {"a": "1", "b": "1", "c": "1"}, {**TWO, "c": "1"}, {"a": "1", **names("1", "b", "c")}, "a+b+c=1"
    ),
    "a new file with two names | the same file": Row({}, names("1", "a #x", "b"), {"a #y": "1"}, "a+b=1"),
    "a new file with two names | the same file with two other ones": Row(
        {}, names("1", "a #x", "b"), dict.fromkeys(("a #y", "c"), Thing("1", links="h", mode=0o600)), "a+c=1 b=1",
    ),
    "moved, and a first second name | deleted": Row({"a": "1"}, names("1", "n #a", "o"), {}, "o=1"),
    "a first second name | another first second name": Row(
        {"a": "1"}, names("1", "a", "n"), dict.fromkeys(("a", "m"), Thing("1", links="h")), "a+m=1 n=1"
    ),
    "a new name of a group that nobody else touched": Row(
        TWO, names("1", "a", "b", "n"), {**TWO, "c": "2"}, "a+b+n=1 c=2"
    ),
    "a directory with two names moved | edited": Row(
        {"d": TWO}, {"e #d": TWO}, {"d": names("2", "a", "b")}, "e/a+e/b=2"
    ),
    "a directory with two names deleted | edited": Row(
        {"d": TWO}, {}, {"d": names("2", "a", "b")}, "d/a+d/b=2"
    ),
    "a directory with one of two names deleted | edited": Row(
        {"d": names("1", "a"), **names("1", "b")}, {"b": "1"}, {"d": names("2", "a"), **names("2", "b")}, "b=2"
    ),
}  # fmt: skip


def inodes(base: Picture, first: Picture, later: Picture, labels: tuple[bytes, bytes]) -> tuple[str, int]:
    """What is there, by inode, and how many conflicts there are."""
    nodes = Nodes()
    trees = [nodes.snapshot(each) for each in (base, first, later)]
    made, one, other = both_trees(nodes, trees[0], trees[1], trees[2], labels=labels)
    assert one == other
    contents = contents_in(base, first, later)
    groups: dict[tuple[object, str, int], list[str]] = defaultdict(list)
    for path, entry in flat(nodes, one).items():
        if entry.digest is not None:
            groups[entry.links or path, told(entry, contents), entry.mode].append(path)
    old = {entry.links for entry in flat(nodes, trees[0]).values()}
    alone = [key[0] for key, paths in groups.items() if len(paths) == 1 and key[0] != paths[0]]
    assert old.issuperset(alone), "a new mark is that of several names"
    return " ".join(sorted("+".join(paths) + "=" + key[1] for key, paths in groups.items())), len(made.conflicts)


@pytest.mark.parametrize("name", ROWS)
def test_what_becomes_of_an_inode(name: str) -> None:
    """In both directions."""
    row = ROWS[name]
    expected = row.turned or row.expected

    assert inodes(row.base, row.left, row.right, (b"A", b"B")) == (row.expected, row.conflicts)
    assert inodes(row.base, row.right, row.left, (b"B", b"A")) == (expected, row.conflicts)
