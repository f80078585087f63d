"""Files that change while they are read, and right after."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.model.entry import Kind
from tests.flows.hammering import IN_PLACE, MOVES, OUTSIDE, REPLACE, SHAPES, SIZE, hammering
from tests.trees import Tree, check_snapshot, fsck

ROUNDS = 30


def _wholes() -> set[bytes]:
    """The digests of all that the writers ever wrote as a whole."""
    return {blake3(b"%08d" % number * (SIZE // 8)).digest() for number in range(20_000)}


def test_replaced_files_are_recorded_whole(tmp_path: Path) -> None:
    """A file that is replaced while it is read is one of the files that were there, never a mixture."""
    tree = Tree(tmp_path, dict.fromkeys("abc", b"%08d" % 0 * (SIZE // 8)))
    tree.write(".annexishignore", "*~\n")
    tree.commit()
    found: set[bytes] = set()
    with hammering(tree, REPLACE):
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
    with hammering(tree, IN_PLACE):
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
    with hammering(tree, SHAPES):
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
    with hammering(tree, OUTSIDE):
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


def test_directories_move_all_the_time(tmp_path: Path) -> None:
    """No object is recorded twice, and when it is quiet, the truth is recorded."""
    inside = {name: {"1": f"1 {name}", "below": {"2": f"2 {name}"}} for name in "defg"}
    tree = Tree(tmp_path, {"p": inside, "q": {"deep": {}}, "stays": "1"})
    tree.write(".annexishignore", "*~\n")
    tree.commit()
    with hammering(tree, MOVES):
        for number in range(ROUNDS):
            tree.write("stays", f"{number}")
            tree.committed(allow_mass_deletion=True)
            ids = list(tree.ids().values())
            assert len(ids) == len(set(ids))
    if os.path.exists(tree.path("aside~")):
        tree.move("aside~", "g")
    tree.commit(allow_mass_deletion=True)
    check_snapshot(tree)
    fsck(tree)


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
