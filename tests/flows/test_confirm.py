"""Confirming losses: what is freed, and what stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.errors import Missing, Unreachable
from annexish.flows.net.net import locked_net
from annexish.model.report import Released
from tests.conftest import DEEP, MakeFilesystem
from tests.flows.kept import BIG, PROGRAM, fill, kept, kept_at, lost, place, run
from tests.trees import Tree, check_snapshot, fsck, inside


def confirm(tree: Tree, *paths: str, commit: str | None = None, dry_run: bool = False) -> Released:
    """Confirm losses."""
    return tree.repository.confirm([inside(path) for path in paths], commit=commit, dry_run=dry_run)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
def test_a_deleted_file_is_freed(filesystem: MakeFilesystem, kind: str) -> None:
    """Its content loses its name, the loss is forgotten, and the allocated bytes are told."""
    tree = Tree(filesystem(kind, mib=16), {"a": BIG, "b": "b"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    assert kept(tree, BIG)
    assert lost(tree) == ["a"]
    allocated = os.stat(kept_at(tree, BIG)).st_blocks * 512
    done = confirm(tree, "a")
    assert [each.path for each in done.lost] == [b"a"]
    assert (done.contents, done.orphans, done.bytes_freed) == (1, 0, allocated)
    assert done.bytes_freed >= len(BIG)
    assert not kept(tree, BIG)
    assert lost(tree) == []
    check_snapshot(tree)
    with pytest.raises(Missing, match="no loss to confirm"):
        confirm(tree, "a")


def test_a_content_that_a_present_file_has_stays(tmp_path: Path) -> None:
    """The loss is forgotten, and nothing is freed."""
    tree = Tree(tmp_path, {"d": {"a": BIG}, "b": BIG})
    tree.commit()
    tree.remove("d")
    tree.commit()
    done = confirm(tree, "d")
    assert sorted(each.path for each in done.lost) == [b"d", b"d/a"]
    assert (done.contents, done.bytes_freed) == (0, 0)
    assert kept(tree, BIG)
    assert lost(tree) == []


def test_a_content_that_is_deleted_but_not_committed_stays(tmp_path: Path) -> None:
    """What the newest commit has is not confirmed by confirming another loss of the same bytes."""
    tree = Tree(tmp_path, {"a": BIG, "b": BIG, "c": "c"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    tree.remove("b")
    assert confirm(tree).contents == 0
    assert kept(tree, BIG)


def test_a_content_that_another_loss_has_stays(tmp_path: Path) -> None:
    """It goes with the last of its losses."""
    tree = Tree(tmp_path, {"a": BIG, "b": BIG, "c": "c"})
    tree.commit()
    tree.remove("a", "b")
    tree.commit(allow_mass_deletion=True)
    assert confirm(tree, "a").bytes_freed == 0
    assert kept(tree, BIG)
    assert confirm(tree, "b").bytes_freed >= len(BIG)
    assert not kept(tree, BIG)


def test_an_inode_that_has_another_name_frees_nothing(tmp_path: Path) -> None:
    """A hard link that somebody made outside keeps its bytes."""
    tree = Tree(tmp_path, {"a": BIG, "b": "b"})
    tree.repository.config_set("keep.mode", "link")
    tree.commit()
    os.link(tree.path("a"), tmp_path / "outside")
    tree.remove("a")
    tree.commit()
    done = confirm(tree, "a")
    assert (done.contents, done.bytes_freed) == (1, 0)
    assert (tmp_path / "outside").read_bytes() == BIG


def test_paths_commits_and_all(tmp_path: Path) -> None:
    """A directory stands for all in it, a commit for all it lost, and replaced contents are losses too."""
    tree = Tree(tmp_path, {"d": {"x": "1", "y": "2"}, "dx": "3", "e": "4", "f": "5", "g": "6"})
    tree.repository.config_set("keep.mode", "link")
    tree.commit()
    tree.remove("d", "dx")
    tree.commit()
    tree.remove("e")
    tree.write("new", "44")
    tree.move("new", "f")
    tree.commit()
    tree.remove("g")
    tree.commit()
    assert lost(tree) == ["d", "d/x", "d/y", "dx", "e", "f", "g"]
    with pytest.raises(Missing):
        confirm(tree, "d", commit="HEAD")
    confirm(tree, "d")
    assert lost(tree) == ["dx", "e", "f", "g"]
    with pytest.raises(Missing, match="'nowhere'"):
        confirm(tree, "dx", "nowhere")
    assert lost(tree) == ["dx", "e", "f", "g"]
    confirm(tree, "f", commit="HEAD~1")
    assert lost(tree) == ["dx", "e", "g"]
    confirm(tree, commit="HEAD~1")
    assert lost(tree) == ["dx", "g"]
    with pytest.raises(Missing, match="has no loss"):
        confirm(tree, commit="HEAD~1")
    assert confirm(tree).contents == 2
    assert lost(tree) == []
    assert confirm(tree) == Released([], 0, 0, 0)
    assert [kept(tree, text) for text in ("1", "2", "3", "4", "5", "6", "44")] == [False] * 6 + [True]


def test_a_dry_run_says_what_would_be_done(tmp_path: Path) -> None:
    """It tells the same, and does nothing."""
    tree = Tree(tmp_path, {"a": BIG, "b": "b"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    told = confirm(tree, "a", dry_run=True)
    assert told.bytes_freed >= len(BIG)
    assert kept(tree, BIG)
    assert lost(tree) == ["a"]
    assert confirm(tree, "a") == told


def test_what_no_commit_recorded_cannot_be_confirmed(tmp_path: Path) -> None:
    """It says that a commit comes first."""
    tree = Tree(tmp_path, {"a": BIG, "b": "b", "c": "c"})
    tree.commit()
    tree.remove("a")
    tree.write("b", "bb")
    for path in ("a", "b"):
        with pytest.raises(Missing, match="in no commit yet") as told:
            confirm(tree, path)
        assert "commit" in told.value.hint
    with pytest.raises(Missing, match="no loss to confirm"):
        confirm(tree, "c")
    assert kept(tree, BIG)


def test_a_commit_confirms_what_it_loses(tmp_path: Path) -> None:
    """And nothing that other commits lost."""
    tree = Tree(tmp_path, {"a": BIG, "b": "b", "c": "c", "d": "d"})
    tree.commit()
    tree.remove("b")
    tree.commit()
    tree.remove("a")
    done = tree.repository.commit("gone", confirm=True)
    assert done.confirmed is not None
    assert done.confirmed.bytes_freed >= len(BIG)
    assert not kept(tree, BIG)
    assert lost(tree) == ["b"]
    tree.write("new", "new")
    done = tree.repository.commit("nothing lost", confirm=True)
    assert done.confirmed == Released([], 0, 0, 0)
    assert tree.repository.commit("nothing new", confirm=True).confirmed == Released([], 0, 0, 0)
    tree.remove("c")
    tree.commit()
    assert tree.repository.commit("nothing new", confirm=True).confirmed is None
    assert lost(tree) == ["b", "c"]


def test_it_is_an_operation_that_can_be_undone_as_far_as_bytes_allow(tmp_path: Path) -> None:
    """What is confirmed while another file has its bytes is lost again after an undo."""
    tree = Tree(tmp_path, {"a": BIG, "b": BIG, "c": "c"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    confirm(tree, "a")
    assert next((one.command, one.text) for one in tree.repository.operations()) == ("confirm", "a")
    tree.repository.undo()
    assert lost(tree) == ["a"]


def test_a_content_that_nobody_knows(tmp_path: Path) -> None:
    """It goes a day after its last name went, if no loss and no present file has it."""
    tree = Tree(tmp_path, {"a": "a", "b": "b", "c": "c"})
    tree.commit()
    tree.remove("b")
    tree.commit()
    for data in (BIG, b"alone"):
        os.makedirs(os.path.dirname(kept_at(tree, data)), exist_ok=True)
        Path(kept_at(tree, data)).write_bytes(data)
    os.link(kept_at(tree, BIG), tmp_path / "outside")
    assert confirm(tree).orphans == 0
    assert kept(tree, b"alone")
    with locked_net(place(tree)) as net:
        found = list(net.orphans(int(time.time()) + 90_000))
        assert found == [blake3(b"alone").digest()]
        done = net.release([], found, dry_run=False)
    assert (done.contents, done.orphans) == (1, 1)
    assert done.bytes_freed > 0
    assert not kept(tree, b"alone")
    assert kept(tree, BIG)
    assert kept(tree, "a")


def test_a_name_that_lies_is_no_reason_to_lose_other_bytes(tmp_path: Path) -> None:
    """The last name of an inode with bytes that nobody confirmed becomes the name of those bytes."""
    tree = Tree(tmp_path, {"a": BIG, "b": "b"})
    tree.repository.config_set("keep.mode", "link")
    tree.commit()
    tree.remove("a")
    tree.commit()
    with open(kept_at(tree, BIG), "ab") as file:
        file.write(b"more")
    done = confirm(tree, "a")
    assert (done.contents, done.bytes_freed) == (0, 0)
    assert kept(tree, BIG + b"more")
    assert not kept(tree, BIG)
    assert lost(tree) == []


@pytest.mark.root
def test_a_full_disk(filesystem: MakeFilesystem) -> None:
    """With no byte free losses are confirmed, and there is room again."""
    top = filesystem("ext4", mib=16)
    tree = Tree(top, {"a": os.urandom(1 << 20), "b": "b"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    fill(top)
    before = os.statvfs(top)
    assert before.f_bavail == 0
    done = run(tree, "confirm", "a")
    assert done.returncode == 0, done.stderr
    os.sync()
    assert (os.statvfs(top).f_bfree - before.f_bfree) * before.f_frsize > 900_000
    assert lost(tree) == []
    check_snapshot(tree)


@pytest.mark.root
def test_a_full_disk_where_nothing_can_be_freed(filesystem: MakeFilesystem) -> None:
    """It says so, and nothing is lost."""
    top = filesystem("ext4", mib=16)
    tree = Tree(top, {"a": BIG, "b": BIG, "c": "c"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    filler = fill(top)
    done = run(tree, "confirm", "a")
    assert done.returncode == 1
    assert "make some room" in done.stderr
    with pytest.raises(Unreachable):
        confirm(tree, "a")
    filler.unlink()
    assert lost(tree) == ["a"]
    assert kept(tree, BIG)
    assert run(tree, "confirm", "a").returncode == 0
    check_snapshot(tree)


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4-4k", "ext4"])
def test_a_full_disk_with_an_unfinished_command(filesystem: MakeFilesystem, kind: str) -> None:
    """What cannot be finished for want of room hinders nobody from making some; what it needs is not let go."""
    top = filesystem(kind, mib=40)
    large, needed, other = (os.urandom(size) for size in (8 << 20, 1 << 20, 3 << 20))
    tree = Tree(top, {"large": large, "needed": needed, "other": other, "rest": "rest"})
    tree.commit()
    tree.remove("other")
    tree.commit()
    tree.remove("needed")
    tree.commit()
    room = os.statvfs(top)
    filler = Path(tree.path(".annexish/filler"))
    filler.write_bytes(bytes(room.f_bavail * room.f_frsize - (1500 << 10)))
    failed = run(tree, "recover", "--at", "HEAD~1", "large", "needed", "--to", tree.path("out"))
    assert failed.returncode == 1
    assert os.path.exists(tree.path(".annexish/journal"))

    assert run(tree, "confirm", "--all").returncode == 0
    assert (kept(tree, other), kept(tree, needed)) == (False, True)
    filler.unlink()
    tree.commit()
    assert tree.read("out/large") == large
    assert tree.read("out/needed") == needed
    fsck(tree)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize(("call", "step"), [("unlinkat", 1), ("fsync,fdatasync", 1), ("pwrite64", 4)])
def test_killed_at_every_call(tmp_path: Path, call: str, step: int) -> None:
    """Names go first: what is left are losses, which the same command takes away; what is not confirmed stays."""
    number, done = 1, 1
    while done:
        tree = Tree(tmp_path, {"d": {"1": "1" * 100, "2": "2" * 100}, "a": BIG, "z": "z"}, name=f"{number}")
        tree.commit()
        tree.remove("d", "a")
        tree.commit(allow_mass_deletion=True)
        done = killed(tree, call, number, "confirm", "d")
        held = [kept(tree, text * 100) for text in "12"]
        left = set(lost(tree)) - {"a"}
        assert left in (set(), {"d", "d/1", "d/2"})
        assert left or not any(held), "no name is left without a loss"
        if left:
            confirm(tree, "d")
        assert lost(tree) == ["a"]
        assert [kept(tree, text * 100) for text in "12"] == [False, False]
        assert kept(tree, BIG)
        check_snapshot(tree)
        fsck(tree)
        shutil.rmtree(tree.top)
        number += 1 if DEEP else step
    assert number > 1 + step, "it was killed"


def killed(tree: Tree, calls: str, number: int, *words: str) -> int:
    """Run the program and kill it before its call of this number; return 0 if it makes fewer."""
    traced = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={calls}:signal=SIGKILL:when={number}"]
    command = [sys.executable, "-B", "-c", PROGRAM, "-C", tree.top, *words]
    return subprocess.run([*traced, *command], capture_output=True, check=False).returncode
