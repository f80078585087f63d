"""Everything that can stand in a directory, as it is recorded."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from annexish import Repository
from annexish.model.entry import Kind
from tests.trees import FIFO, SOCKET, Link, Tree, check_snapshot, fsck


def test_files_and_empty_directories(tmp_path: Path) -> None:
    """A directory is recorded whether something is in it or not."""
    tree = Tree(tmp_path, {"a": "one", "empty": {}, "d": {"e": {}, "f": ""}})

    assert tree.commit() == [("added", path) for path in ("a", "d", "d/e", "d/f", "empty")]
    assert tree["a"].size == 3
    assert tree["d/f"].digest is not None
    check_snapshot(tree)
    fsck(tree)


def test_an_empty_tree_is_a_commit(tmp_path: Path) -> None:
    """The first commit may hold nothing."""
    tree = Tree(tmp_path)
    tree.commit()

    assert tree.ls() == {}
    assert tree.heads() == 1
    fsck(tree)


def test_symbolic_links_are_recorded_as_links(tmp_path: Path) -> None:
    """Dangling, to directories, to themselves, out of the tree: none is followed."""
    links = {
        "dangling": Link("nowhere"),
        "directory": Link("d"),
        "loop": Link("loop"),
        "up": Link(".."),
        "outside": Link("/etc"),
        "long": Link("x/" * 2000),
    }
    tree = Tree(tmp_path, {"d": {"f": "one"}, **links})
    tree.commit()

    assert {name: tree[name].target for name in links} == {
        name: os.fsencode(link.target) for name, link in links.items()
    }
    assert {tree[name].kind for name in links} == {Kind.SYMLINK}
    check_snapshot(tree)


def test_a_link_with_another_target_is_modified(tmp_path: Path) -> None:
    """The content of a link is its target."""
    tree = Tree(tmp_path, {"l": Link("one"), "other": ""})
    tree.commit()
    before = tree.ids()
    tree.remove("l")
    os.symlink("two", tree.path("l"))

    assert tree.status() == [("modified", "l")]
    assert tree.commit() == [("modified", "l")]
    assert tree.ids() == before
    check_snapshot(tree)


@pytest.mark.parametrize("target", ["longer than one", "two"])
def test_status_says_what_a_link_with_another_target_is(tmp_path: Path, target: str) -> None:
    """What a commit records then, whether the new target is as long as the old one or not."""
    tree = Tree(tmp_path, {"a": Link("one")})
    tree.commit()
    tree.remove("a")
    os.symlink(target, tree.path("a"))

    (change,) = tree.repository.status().difference.changes
    assert (change.word, change.entry.target) == ("modified", target.encode())
    assert tree.commit() == [("modified", "a")]


def test_pipes_and_sockets_are_recorded_and_never_opened(tmp_path: Path) -> None:
    """A pipe that nobody writes to does not block."""
    tree = Tree(tmp_path, {"pipe": FIFO, "socket": SOCKET})
    tree.commit()

    assert [tree[name].kind for name in ("pipe", "socket")] == [Kind.FIFO, Kind.SOCKET]
    assert tree.status() == []


def test_a_bound_socket_is_recorded(tmp_path: Path) -> None:
    """Nobody connects to it."""
    tree = Tree(tmp_path, {"a": "1"})
    with socket.socket(socket.AF_UNIX) as listener:
        directory = os.open(tree.top, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{directory}/s")
        listener.listen()
        os.close(directory)
        tree.commit()
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()

    assert tree["s"].kind is Kind.SOCKET


@pytest.mark.root
def test_devices_are_recorded_with_their_numbers(tmp_path: Path) -> None:
    """The number is the content of a device."""
    tree = Tree(tmp_path, {"a": "1"})
    os.mknod(tree.path("null"), stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.mknod(tree.path("disk"), stat.S_IFBLK | 0o600, os.makedev(259, 70000))
    tree.commit()

    assert (tree["null"].kind, tree["null"].device) == (Kind.CHARACTER, (1, 3))
    assert (tree["disk"].kind, tree["disk"].device) == (Kind.BLOCK, (259, 70000))
    tree.remove("null")
    os.mknod(tree.path("null"), stat.S_IFCHR | 0o600, os.makedev(1, 5))
    assert tree.commit() == [("modified", "null")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("file", "link"), ("file", "directory"), ("link", "file"), ("link", "directory"), ("directory", "file"),
        ("directory", "link"), ("file", "pipe"), ("pipe", "file"), ("pipe", "directory"),
    ],
)  # fmt: skip
def test_a_path_changes_its_kind(tmp_path: Path, before: str, after: str) -> None:
    """Whatever stands at a path now is recorded."""
    kinds: dict[str, object] = {
        "file": "one",
        "link": Link("one"),
        "directory": {"inside": {"deep": "1"}},
        "pipe": FIFO,
    }
    tree = Tree(tmp_path, {"x": kinds[before], "others": {f"{n}": f"{n}" for n in range(9)}})
    tree.commit()
    tree.remove("x")
    again = Tree(tmp_path, {"x": kinds[after]})

    said = again.status()
    assert {word[1] for word in said} >= {"x"}
    assert again.commit() == said
    check_snapshot(again)
    fsck(again)


def test_nested_repositories_are_plain_data(tmp_path: Path) -> None:
    """Nothing in a nested Git or annexish repository is interpreted; only our own directory at the top is left out."""
    tree = Tree(tmp_path, {"project": {"a": "one"}})
    subprocess.run(["git", "init", "-q", tree.path("project")], check=True)
    Repository.init(tree.path("inner"))
    tree.write("inner/.annexish/x", "data")
    tree.write("deep/.annexish", "a file")
    tree.write(".ANNEXISH", "another name")
    tree.commit()

    assert {"project/.git/HEAD", "inner/.annexish/config.toml", "inner/.annexish/x", "deep/.annexish", ".ANNEXISH"} <= (
        tree.ls().keys()
    )
    check_snapshot(tree)
    fsck(tree)


def test_holes_are_noted(tmp_path: Path) -> None:
    """A file with fewer bytes allocated than it has says so."""
    tree = Tree(tmp_path, {"full": "x" * 5000})
    with open(tree.path("sparse"), "wb") as file:
        file.truncate(1 << 20)
        file.seek(0)
        file.write(b"start")
    tree.commit()

    assert (tree["full"].holes, tree["sparse"].holes) == (False, True)
    check_snapshot(tree)
