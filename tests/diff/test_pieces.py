"""A snapshot, one node after the other."""

from __future__ import annotations

from annexish.diff.pieces import pieces
from annexish.model.path import TOP, RepoPath
from tests.pictures import Nodes, Picture

PICTURE: Picture = {"a": "1", "b": {"c": {"d": "2"}, "e": "3", "f": {}}, "g": {"h": "4"}}


def seen(picture: Picture, *paths: bytes) -> list[tuple[bytes, list[bytes]]]:
    """Paths of directories, and what is in each."""
    nodes = Nodes()
    root = nodes.snapshot(picture)
    wanted = [RepoPath(path) for path in paths] or [TOP]
    return [(piece.path, [entry.name for entry in piece.entries]) for piece in pieces(nodes.load, root, wanted)]


def test_directories_come_before_what_is_below_them() -> None:
    """In tree order."""
    assert seen(PICTURE) == [
        (b"", [b"a", b"b", b"g"]), (b"b", [b"c", b"e", b"f"]), (b"b/c", [b"d"]), (b"b/f", []), (b"g", [b"h"]),
    ]  # fmt: skip


def test_only_what_leads_to_the_paths() -> None:
    """And all below them."""
    assert seen(PICTURE, b"b/c") == [(b"", [b"b"]), (b"b", [b"c"]), (b"b/c", [b"d"])]
    assert seen(PICTURE, b"a", b"g/h") == [(b"", [b"a", b"g"]), (b"g", [b"h"])]
    assert seen(PICTURE, b"b", b"b/e") == seen(PICTURE, b"b")


def test_what_is_not_asked_for_is_not_loaded() -> None:
    """The cost is that of the paths."""
    nodes = Nodes()
    root = nodes.snapshot(PICTURE)
    list(pieces(nodes.load, root, [RepoPath(b"a")]))

    assert set(nodes.loaded) == {root}


def test_each_shard_is_a_piece() -> None:
    """Only one of them is the first of its directory; together they hold every name once."""
    nodes = Nodes()
    root = nodes.snapshot({"flat": {f"{number}": "" for number in range(5000)}})
    flat = [piece for piece in pieces(nodes.load, root) if piece.path == b"flat"]

    assert [piece.first for piece in flat] == [True] + [False] * 15
    assert len({entry.name for piece in flat for entry in piece.entries}) == 5000
    assert all(piece.own.name == b"flat" for piece in flat)
