"""Files that change while they are read, and right after."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.model.entry import Kind
from tests.trees import Tree, check_snapshot, fsck

ROUNDS = 30
SIZE = 70_000

_REPLACE = """
import os, sys, itertools
for number in itertools.count():
    for name in ("a", "b", "c"):
        with open(name + ".t~", "wb") as file:
            file.write(b"%08d" % number * (SIZE // 8))
        os.rename(name + ".t~", name)
"""
_IN_PLACE = """
import os, itertools
files = [os.open(name, os.O_RDWR) for name in ("a", "b", "c")]
for number in itertools.count():
    for file in files:
        for part in range(0, SIZE, 8192):
            os.pwrite(file, b"%08d" % number * 1024, part)
        os.ftruncate(file, SIZE - number % 3 * 4096)
"""
_SHAPES = """
import os, itertools, shutil
def gone(name):
    if os.path.isdir(name) and not os.path.islink(name):
        shutil.rmtree(name)
    elif os.path.lexists(name):
        os.unlink(name)
for number in itertools.count():
    for at, name in enumerate(("a", "b", "c")):
        gone(name)
        shape = (number + at) % 4
        if shape == 0:
            open(name, "wb").write(b"%08d" % number * (SIZE // 8))
        elif shape == 1:
            os.symlink("../outside/secret", name)
        elif shape == 2:
            os.mkfifo(name)
        else:
            os.mkdir(name)
            open(name + "/x", "w").write("inside")
"""
_OUTSIDE = """
import os, itertools
while True:
    os.rename("d", "real")
    os.symlink("../outside", "d")
    os.unlink("d")
    os.rename("real", "d")
"""


@contextmanager
def _hammering(tree: Tree, program: str) -> Iterator[None]:
    """Another process writes for as long as the block runs."""
    program = "print(flush=True)\n" + program.replace("SIZE", str(SIZE))
    writer = subprocess.Popen([sys.executable, "-c", program], cwd=tree.top, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        writer.stdout.readline()
        yield
        assert writer.poll() is None, "the writer goes on for ever"
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def _wholes() -> set[bytes]:
    """The digests of all that the writers ever wrote as a whole."""
    return {blake3(b"%08d" % number * (SIZE // 8)).digest() for number in range(20_000)}


def test_replaced_files_are_recorded_whole(tmp_path: Path) -> None:
    """A file that is replaced while it is read is one of the files that were there, never a mixture."""
    tree = Tree(tmp_path, dict.fromkeys("abc", b"%08d" % 0 * (SIZE // 8)))
    tree.write(".annexishignore", "*~\n")
    tree.commit()
    found: set[bytes] = set()
    with _hammering(tree, _REPLACE):
        for _ in range(ROUNDS):
            tree.committed()
            found |= {entry.digest for path, entry in tree.ls().items() if path in "abc" and entry.digest}
    assert found <= _wholes()
    for name in "abc":
        Path(tree.path(name + ".t~")).unlink(missing_ok=True)
    tree.commit()
    check_snapshot(tree)
    fsck(tree)


def test_files_written_in_place(tmp_path: Path) -> None:
    """What is torn is reported, or read again by the next commit; when it is quiet, the truth is recorded."""
    tree = Tree(tmp_path, dict.fromkeys("abc", b"\0" * SIZE))
    tree.commit()
    before = tree.ids()
    with _hammering(tree, _IN_PLACE):
        for _ in range(ROUNDS):
            for problem in tree.committed().problems:
                assert problem.code in ("changing", "note")
    tree.commit()
    check_snapshot(tree)
    assert tree.ids() == before


def test_files_that_become_something_else(tmp_path: Path) -> None:
    """Links, pipes and directories in place of files: nothing blocks, nothing outside is read."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    secret = blake3(b"secret").digest()
    tree = Tree(tmp_path, dict.fromkeys("abc", b"%08d" % 0 * (SIZE // 8)))
    tree.commit()
    with _hammering(tree, _SHAPES):
        for _ in range(ROUNDS):
            tree.committed(allow_mass_deletion=True)
            for entry in tree.ls().values():
                assert entry.digest != secret
                assert entry.kind is not Kind.FILE or entry.size in (0, 6) or entry.size % 8 == 0
    tree.commit(allow_mass_deletion=True)
    check_snapshot(tree)
    fsck(tree)


def test_a_directory_becomes_a_link_to_outside(tmp_path: Path) -> None:
    """Nothing outside the tree is ever recorded, whenever the link appears."""
    (tmp_path / "outside").mkdir()
    for number in range(50):
        (tmp_path / "outside" / f"secret{number}").write_text("secret")
        (tmp_path / "outside" / f"{number}").write_text("also secret")
    tree = Tree(tmp_path, {"d": {f"{number}": f"inside {number}" for number in range(50)}, "stays": "1"})
    tree.commit()
    with _hammering(tree, _OUTSIDE):
        for number in range(ROUNDS):
            tree.write("stays", f"{number}")
            tree.committed(allow_mass_deletion=True)
            inside = [entry for path, entry in tree.ls().items() if path.startswith(("d/", "real/"))]
            assert {entry.digest for entry in inside} <= {blake3(b"inside %d" % n).digest() for n in range(50)}
    if os.path.exists(tree.path("real")):
        if os.path.lexists(tree.path("d")):
            os.unlink(tree.path("d"))
        tree.move("real", "d")
    tree.commit(allow_mass_deletion=True)
    check_snapshot(tree)


def test_same_size_same_time_right_after_a_commit(tmp_path: Path) -> None:
    """A file that was as new as the commit is read again, whatever its time says."""
    tree = Tree(tmp_path, {"f": "0000", "d": {"g": "0000"}})
    tree.commit()
    for number in range(1, ROUNDS):
        for name in ("f", "d/g"):
            times = os.stat(tree.path(name))
            tree.write(name, f"{number:04}")
            os.utime(tree.path(name), ns=(times.st_atime_ns, times.st_mtime_ns))
        assert tree.status() == [("modified", "d/g"), ("modified", "f")]
        assert tree.commit() == [("modified", "d/g"), ("modified", "f")]


def test_written_through_a_mapping(tmp_path: Path) -> None:
    """A write that shows its time late is found by a later commit."""
    import mmap

    tree = Tree(tmp_path, {"f": b"0" * 8192})
    tree.commit()
    with open(tree.path("f"), "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[4096:4100] = b"1234"
        memory.flush()
    tree.commit()
    check_snapshot(tree)


@pytest.mark.parametrize("step", [-3600, 3600 * 24 * 365])
def test_times_in_the_past_and_future(tmp_path: Path, step: int) -> None:
    """A file may say any time: what tells is that its record moved."""
    tree = Tree(tmp_path, {"f": "one", "g": "two"})
    for _ in range(3):
        for name in ("f", "g"):
            os.utime(tree.path(name), (time.time() + step, time.time() + step))
        tree.commit()
        tree.append("f", "!")
        os.utime(tree.path("f"), (time.time() + step, time.time() + step))
        assert tree.commit() == [("modified", "f")]
        check_snapshot(tree)
