"""Modes, times, owners, attributes: recorded as they are, and a change by themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from annexish.model.entry import Owner
from tests.conftest import MakeFilesystem
from tests.trees import Link, Tree, check_snapshot


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o644, 0o755, 0o1777, 0o2755, 0o4755, 0o6711, 0o7777])
def test_modes(tmp_path: Path, mode: int) -> None:
    """All twelve bits, of files and directories."""
    tree = Tree(tmp_path, {"f": "one", "d": {"x": "1"}})
    os.chmod(tree.path("f"), mode)
    os.chmod(tree.path("d"), mode | 0o700)
    tree.commit()

    assert (tree["f"].mode, tree["d"].mode) == (mode, mode | 0o700)


def test_a_mode_is_a_change(tmp_path: Path) -> None:
    """Of a file and of a directory; nothing else is."""
    tree = Tree(tmp_path, {"f": "one", "d": {"x": "1"}})
    tree.commit()
    os.chmod(tree.path("f"), 0o600)
    os.chmod(tree.path("d"), 0o700)

    assert tree.status() == [("metadata", "d"), ("metadata", "f")]
    assert tree.commit() == [("metadata", "d"), ("metadata", "f")]
    assert (tree["f"].mode, tree["d"].mode) == (0o600, 0o700)
    check_snapshot(tree)


def test_the_root_has_metadata_too(tmp_path: Path) -> None:
    """The mode of the root is a change of the root."""
    tree = Tree(tmp_path, {"f": "one"})
    tree.commit()
    os.chmod(tree.top, 0o750)

    assert tree.commit() == [("metadata", "")]
    assert tree.status() == []


TIMES = [0, 1, -1, -(10**9), 999_999_999, 1_700_000_000_123_456_789, -5_000_000_000_000_000_001]


@pytest.mark.parametrize("time", TIMES)
def test_times_to_the_nanosecond(tmp_path: Path, time: int) -> None:
    """Before and after 1970."""
    tree = Tree(tmp_path, {"f": "one", "l": Link("x")})
    for name in ("f", "l"):
        os.utime(tree.path(name), ns=(0, time), follow_symlinks=False)
    held = os.lstat(tree.path("f")).st_mtime_ns
    tree.commit()

    assert tree["f"].mtime_ns == held
    assert tree["l"].mtime_ns == os.lstat(tree.path("l")).st_mtime_ns
    check_snapshot(tree)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_times_far_away(filesystem: MakeFilesystem, kind: str) -> None:
    """What the file system holds is recorded: beyond 2262 and before 1900 too."""
    tree = Tree(filesystem(kind), {f"{at}": "x" for at in range(6)})
    years = (1, 1880, 1901, 2263, 2400, 9999)
    for at, year in enumerate(years):
        seconds = (year - 1970) * 31_556_952
        subprocess.run(["touch", "-d", f"@{seconds}.000000007", tree.path(f"{at}")], check=True)
    tree.commit()

    for at in range(6):
        assert tree[f"{at}"].mtime_ns == os.stat(tree.path(f"{at}")).st_mtime_ns
    check_snapshot(tree)


def test_a_time_is_a_change_but_not_a_directorys(tmp_path: Path) -> None:
    """A touched file is another; the time of a directory follows from what happens in it."""
    tree = Tree(tmp_path, {"f": "one", "d": {"x": "1"}})
    tree.commit()
    os.utime(tree.path("f"), ns=(5, 5))
    os.utime(tree.path("d"), ns=(5, 5))

    assert tree.status() == [("metadata", "f")]
    assert tree.commit() == [("metadata", "f")]
    check_snapshot(tree)


@pytest.mark.root
def test_owners_by_number_and_name(tmp_path: Path) -> None:
    """A name that nobody has is empty; another owner is a change."""
    tree = Tree(tmp_path, {"f": "one", "d": {}, "l": Link("x"), "stays": ""})
    os.lchown(tree.path("f"), 123456, 654321)
    tree.commit()

    assert tree["f"].owner == Owner(123456, 654321, b"", b"")
    assert tree["stays"].owner == Owner(0, 0, b"root", b"root")
    for name in ("f", "d", "l"):
        os.lchown(tree.path(name), 0, 2_000_000_000)
    assert tree.status() == [("metadata", "d"), ("metadata", "f"), ("metadata", "l")]
    assert tree.commit() == [("metadata", "d"), ("metadata", "f"), ("metadata", "l")]
    assert tree["l"].owner.gid == 2_000_000_000


def test_extended_attributes(tmp_path: Path) -> None:
    """Of files and directories, any bytes, sorted; setting, changing and removing one is a change."""
    tree = Tree(tmp_path, {"f": "one", "d": {"x": "1"}})
    for name in ("f", "d"):
        os.setxattr(tree.path(name), "user.b", b"\0\xff\n")
        os.setxattr(tree.path(name), "user.a", b"")
    tree.commit()

    for name in ("f", "d"):
        assert [pair for pair in tree[name].attributes if pair[0].startswith(b"user.")] == [
            (b"user.a", b""),
            (b"user.b", b"\0\xff\n"),
        ]
    os.setxattr(tree.path("f"), "user.a", b"now")
    os.removexattr(tree.path("d"), "user.b")
    assert tree.status() == [("metadata", "d"), ("metadata", "f")]
    assert tree.commit() == [("metadata", "d"), ("metadata", "f")]
    assert (b"user.a", b"now") in tree["f"].attributes
    assert b"user.b" not in dict(tree["d"].attributes)
    check_snapshot(tree)


@pytest.mark.root
def test_attributes_of_links_and_pipes(tmp_path: Path) -> None:
    """Those that a symbolic link can have are its own, not its target's."""
    tree = Tree(tmp_path, {"l": Link("target"), "target": "one"})
    try:
        os.setxattr(tree.path("l"), "trusted.a", b"link", follow_symlinks=False)
        os.setxattr(tree.path("target"), "trusted.a", b"file")
    except OSError as error:
        pytest.skip(f"no such attributes here: {error}")
    tree.commit()

    assert (b"trusted.a", b"link") in tree["l"].attributes
    assert (b"trusted.a", b"file") in tree["target"].attributes


def test_access_control_lists(tmp_path: Path) -> None:
    """POSIX ACLs, the default one of a directory too."""
    if shutil.which("setfacl") is None:
        pytest.skip("needs setfacl")
    tree = Tree(tmp_path, {"f": "one", "d": {}})
    tree.commit()
    subprocess.run(["setfacl", "-m", "u:1234:rw", tree.path("f")], check=True)
    subprocess.run(["setfacl", "-d", "-m", "g:1234:rx", tree.path("d")], check=True)

    assert tree.commit() == [("metadata", "d"), ("metadata", "f")]
    assert b"system.posix_acl_access" in dict(tree["f"].attributes)
    assert b"system.posix_acl_default" in dict(tree["d"].attributes)
    check_snapshot(tree)


def test_metadata_moves_along(tmp_path: Path) -> None:
    """A file that moved and got another mode is one line, and both are recorded."""
    tree = Tree(tmp_path, {"f": "one", "other": ""})
    os.setxattr(tree.path("f"), "user.a", b"1")
    tree.commit()
    tree.move("f", "g")
    os.chmod(tree.path("g"), 0o600)
    os.setxattr(tree.path("g"), "user.a", b"2")

    assert tree.commit() == [("moved", "f", "g")]
    assert tree["g"].mode == 0o600
    assert (b"user.a", b"2") in tree["g"].attributes
    check_snapshot(tree)


def test_what_another_tool_sets_back_is_read_again(tmp_path: Path) -> None:
    """An attribute that is changed and a time that is restored are still seen: the ctime moved."""
    tree = Tree(tmp_path, {"f": "one"})
    os.utime(tree.path("f"), ns=(7, 7))
    tree.commit()
    tree.write("f", "two")
    os.utime(tree.path("f"), ns=(7, 7))

    assert tree.status() == [("modified", "f")]
