"""Names that a file system cannot hold."""

from __future__ import annotations

import pytest

from annexish.plan.names import Folding, folded, is_doubtful, unholdable


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [(b"a.txt", False), ("日本 旅行".encode(), False), (b"a:b", True), (b"what?", True), (b"a\nb", True),
     (b"end.", True), (b"end ", True), (b"\xff", True), (b"a" * 255, False),
     ("é".encode() * 127, False), (b"a\\b", True)],
)  # fmt: skip
def test_names_that_may_not_be_taken(name: bytes, doubtful: bool) -> None:  # noqa: FBT001
    """Those that FAT, exFAT and NTFS do not take."""
    assert is_doubtful(name) == doubtful


def test_only_doubtful_names_are_asked_for() -> None:
    """And what is taken is no trouble."""
    asked: list[bytes] = []

    def takes(name: bytes) -> bool:
        asked.append(name)
        return name != b"a:b"

    found = list(unholdable([b"x", b"a:b", b"c?"], Folding(takes, folds=False)))
    assert found == [(b"a:b", "this file system does not take such a name")]
    assert asked == [b"a:b", b"c?"]


def test_of_names_that_are_one_the_first_is_held() -> None:
    """In case, or in Unicode form."""
    names = [b"A.txt", b"a.txt", "e\u0301".encode(), "é".encode(), b"b"]
    found = [name for name, _ in unholdable(names, Folding(lambda _: True, folds=True))]
    assert found == [b"a.txt", "é".encode()]
    assert list(unholdable(names, Folding(lambda _: True, folds=False))) == []
    assert folded(b"\xff") == "\udcff"
