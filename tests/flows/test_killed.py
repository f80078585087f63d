"""Stopped, stale locks, and two at once; `tests/faults` kills at every call and at random."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.conftest import DEEP
from tests.trees import Tree, check_snapshot, fsck, git

_PROGRAM = "from annexish.cli.main import main; raise SystemExit(main())"

KILLS = 100 if DEEP else 6
"""How often a restore is killed at a random time."""


def _commit(tree: Tree) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "-C", tree.top, "-q", "commit", "-m", "a commit"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_a_lock_that_nobody_holds(tmp_path: Path) -> None:
    """What Git's library leaves behind when it is killed stops nobody."""
    tree = Tree(tmp_path, {"a": "one"})
    for number in range(2):
        Path(tree.path(".annexish/history.git/refs/heads/main.lock")).write_text("half")
        Path(tree.path(".annexish/history.git/HEAD.lock")).touch()
        tree.append("a", f"{number}")
        tree.commit()
    assert tree.heads() == 2
    check_snapshot(tree)


def test_stopped_by_a_signal(tmp_path: Path) -> None:
    """SIGTERM and SIGINT end a commit, and the same command again finishes it."""
    tree = Tree(tmp_path, {f"d{n}": {f"{m}": f"{n} {m}" for m in range(40)} for n in range(50)})
    for wanted in (signal.SIGTERM, signal.SIGINT):
        process = _commit(tree)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=0.12)
        process.send_signal(wanted)
        process.communicate()
    tree.commit()
    check_snapshot(tree)
    fsck(tree)


def test_two_commits_at_once(tmp_path: Path) -> None:
    """Both finish, one after the other, and the history is a line."""
    tree = Tree(tmp_path, {f"d{n}": {f"{m}": f"{n} {m}" for m in range(20)} for n in range(20)})
    for number in range(4):
        tree.write("d0/changing", f"{number}")
        processes = [_commit(tree) for _ in range(3)]
        tree.write("d1/changing", f"{number}")
        for process in processes:
            out, _ = process.communicate()
            assert process.returncode == 0, out
    tree.commit()
    check_snapshot(tree)
    assert git(tree, "rev-list", "--merges", "HEAD") == ""
    assert len(git(tree, "rev-list", "--all").split()) == tree.heads()
    fsck(tree)


def test_a_restore_is_whole_or_absent(tmp_path: Path) -> None:
    """Stopped, it leaves nothing; killed, it leaves a directory that says what it is, and that the next one names."""
    tree = Tree(tmp_path, {f"d{n}": {f"{m}": f"{n} {m}" for m in range(6)} for n in range(400)})
    tree.commit()
    beside = tmp_path / "beside"
    beside.mkdir()
    start = time.monotonic()
    _restore(tree, beside / "first").communicate()
    whole = time.monotonic() - start
    assert _contents(beside / "first") == _contents(Path(tree.top))
    shutil.rmtree(beside / "first")
    chance = random.Random(2)
    for number in range(KILLS):
        process = _restore(tree, beside / "out")
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=chance.uniform(whole / 4, whole))
        process.kill() if number % 2 else process.terminate()
        process.communicate()

        left = sorted(path.name for path in beside.iterdir())
        if "out" in left:
            assert left == ["out"]
            assert _contents(beside / "out") == _contents(Path(tree.top))
        elif number % 2 == 0:
            assert left == []
        else:
            assert all(name.startswith("out.annexish-") for name in left)
        _remove_all(beside)


def _restore(tree: Tree, to: Path) -> subprocess.Popen[bytes]:
    words = ["-C", tree.top, "-q", "restore", "HEAD", "--to", str(to)]
    return subprocess.Popen([sys.executable, "-c", _PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _contents(top: Path) -> dict[str, str]:
    return {str(path.relative_to(top)): path.read_text() for path in top.glob("d*/*")}


def _remove_all(directory: Path) -> None:
    """Remove what is in a directory; processes that lost their parent may still write there for a moment."""
    while left := list(directory.iterdir()):
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
