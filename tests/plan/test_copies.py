"""How many copies elsewhere a file needs, and which ones count."""

from __future__ import annotations

import pytest

from annexish.model.copies import Holder
from annexish.model.holdings import Disk
from annexish.model.path import RepoPath
from annexish.plan.copies import Counting, Minimum


@pytest.mark.parametrize(
    ("value", "path", "number"),
    [
        ("1", b"", 1), ("3", b"a/b", 3), ("1:Photos=2", b"Photos", 2), ("1:Photos=2", b"Photos/a", 2),
        ("1:Photos=2", b"Photography", 1), ("2:Photos=1:Photos/raw/=3", b"Photos/raw/x", 3), ("1:a=b=2", b"a=b/c", 2),
        ("1:\u00e4=2", "\u00e4/x".encode(), 2),
    ],
)  # fmt: skip
def test_the_nearest_directory_says_how_many(value: str, path: bytes, number: int) -> None:
    """Where none is named, the first number holds."""
    assert Minimum(value).at(RepoPath(path)) == number


def holder(name: str, disk: str = "", label: str = "", *, here: bool = False) -> Holder:
    """A repository on a disk."""
    return Holder(name, name, Disk(disk, label), 0, 0, here)


def test_what_is_on_one_disk_is_one_copy() -> None:
    """This repository is none; what is beside it on its disk stays when a file goes here."""
    counting = Counting(
        [holder("me", "1", here=True), holder("beside", "1"), holder("b", "2"), holder("c", "2"), holder("d", "3")]
    )
    assert [counting.copies(held) for held in ([], [0], [0, 1], [2, 3], [0, 1, 2, 3, 4])] == [0, 0, 1, 1, 3]
    assert [counting.beside(at, range(5)) for at in range(5)] == [1, 0, 3, 2, None]
    assert counting.beside(1, [1, 2]) is None


def test_where_nobody_knows_the_disk() -> None:
    """Host and mount point tell, and two that say nothing at all are two."""
    counting = Counting(
        [holder("me", label="host:/", here=True), holder("a", label="host:/"), holder("b", label="nas:/"), holder("c")]
    )
    assert counting.beside(1, range(4)) == 0
    assert counting.copies([1, 2, 3]) == 3
