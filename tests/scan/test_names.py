"""Names are bytes, and paths have any length."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from annexish.model.path import RepoPath
from tests.trees import Tree, check_snapshot, fsck, troubles, words

NAMES = [
    b"a b", b" ", b"new\nline", b"\n", b"tab\t", b"trailing ", b"trailing.", b"cr\r", b"\xff\xfe", b"caf\xe9",
    "caf\u00e9".encode(), "cafe\u0301".encode(), b"-rf", b"--", b"$(x)", b"`x`", b"*", b"?", b"[a]", b"\\", b"C:",
    b"...", b"~", b"\x01\x1b[31m", b"\x7f", "\u202e".encode(), "\U0001f600".encode(), b"x" * 255, b"\xf0" * 255,
    b".git", b".GIT", b"git~1", b".gitmodules", b"CON", b"#", b"!", b"'\"",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_names_are_bytes(tmp_path: Path, kind: str) -> None:
    """Any name that the system allows is recorded as it is, for every kind of thing."""
    tree = Tree(tmp_path)
    top = os.fsencode(tree.top)
    for name in NAMES:
        path = os.path.join(top, name)
        if kind == "file":
            Path(os.fsdecode(path)).write_bytes(name)
        elif kind == "link":
            os.symlink(name, path)
        else:
            os.mkdir(path)
            Path(os.fsdecode(path), "inside").write_bytes(name)
    tree.commit()

    assert [each.path for each in tree.repository.ls()] == sorted(NAMES)
    check_snapshot(tree)
    fsck(tree)
    for name in NAMES:
        os.rename(os.path.join(top, name), os.path.join(top, name[:200] + b".moved"))
    assert sorted(tree.commit()) == sorted(
        ("moved", os.fsdecode(name), os.fsdecode(name[:200] + b".moved")) for name in NAMES
    )
    check_snapshot(tree)


def test_paths_come_out_in_tree_order(tmp_path: Path) -> None:
    """Components are compared one by one: `a`, `a/x`, `a.b`."""
    tree = Tree(tmp_path, {"a": {"x": "1"}, "a.b": "2", "a-b": "3", "b": {}})
    said = tree.commit()

    assert [word[1] for word in said] == ["a", "a/x", "a-b", "a.b", "b"]
    assert list(tree.ls()) == ["a", "a/x", "a-b", "a.b", "b"]


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Tree]:
    """A tree for paths so long that only `rm` can remove them."""
    yield Tree(tmp_path, {"a": "1"})
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def _dig(top: str, name: str, levels: int) -> int:
    """Make directories one in the other; return a descriptor of the deepest."""
    at = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    return at


def _put(directory: int, name: str, data: bytes) -> None:
    with open(os.open(name, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, dir_fd=directory), "wb") as file:
        file.write(data)


def test_paths_longer_than_the_system_takes(deep: Tree) -> None:
    """A path may be longer than 4,096 bytes: what is there is recorded, and so are later changes."""
    tree = deep
    deepest = _dig(tree.top, "d" * 250, 40)
    _put(deepest, "file", b"deep")
    tree.commit()
    path = "/".join(["d" * 250] * 40) + "/file"

    assert tree.ls()[path].size == 4
    assert tree.status() == []
    _put(deepest, "file", b"deeper")
    _put(deepest, "more", b"")
    assert tree.commit() == [("modified", path), ("added", path[:-4] + "more")]
    os.rename("file", "moved", src_dir_fd=deepest, dst_dir_fd=deepest)
    os.close(deepest)
    assert tree.commit() == [("moved", path, path[:-4] + "moved")]
    assert tree.commit() == []
    tree.move("d" * 250, "top")
    assert tree.commit() == [("moved", "d" * 250, "top")]
    assert tree.status() == []
    fsck(tree)


def test_what_is_too_deep_is_reported(deep: Tree) -> None:
    """2,000 levels are recorded; what is below is said to be unsupported, and no deletion if it gets there later."""
    tree = deep
    deepest = _dig(tree.top, "d", 2002)
    _put(deepest, "file", b"too deep")
    os.close(deepest)
    said = tree.committed()

    assert len(words(said)) == 2001
    assert troubles(said.problems) == [("unsupported", "/".join("d" * 2001))]
    assert tree.status() == []
    last = RepoPath(b"/".join([b"d"] * 2000))
    assert [each.path for each in tree.repository.ls("HEAD", [last])] == []
    fsck(tree)
