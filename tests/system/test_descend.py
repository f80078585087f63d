"""Directories are opened component by component, however deep."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from annexish.system.descend import Descent


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Path]:
    """A directory whose deep content only `rm` can remove."""
    yield tmp_path
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def _chain(top: Path, levels: int) -> list[bytes]:
    """Make directories one in the other, each with a neighbour; return all paths, parents first."""
    paths = [b""]
    at = top
    for _ in range(levels):
        (at / "n").mkdir()
        at = at / "d"
        at.mkdir()
        paths += [os.fsencode(at.parent.relative_to(top) / "n"), os.fsencode(at.relative_to(top))]
    return [path.removeprefix(b"./") for path in paths]


@pytest.mark.parametrize("order", ["down", "up", "across"])
def test_every_path_gives_its_own_directory(top: Path, order: str) -> None:
    """In any order of asking, also beyond the number of descriptors that are held."""
    paths = _chain(top, 300)
    asked = {"down": paths, "up": paths[::-1], "across": paths[::7] + paths[::-5]}[order]
    with Descent(os.fsencode(top)) as descent:
        for path in asked:
            here, there = os.fstat(descent.open(path)), os.stat(os.path.join(os.fsencode(top), path))
            assert here.st_ino == there.st_ino


def test_after_a_failure_it_goes_on(top: Path) -> None:
    """A component that is missing or a link fails, and the next path is found all the same."""
    paths = _chain(top, 200)
    deep = paths[-1]
    os.symlink("d", top / os.fsdecode(paths[-3]) / "link")
    with Descent(os.fsencode(top)) as descent:
        for bad in (deep + b"/missing", deep + b"/a/b", paths[-3] + b"/link", b"missing"):
            for path in (deep, paths[-3], paths[9]):
                descent.open(path)
                with pytest.raises(OSError, match=r"No such file|Not a directory|Too many levels"):
                    descent.open(bad)
                assert os.fstat(descent.open(path)).st_ino == os.stat(os.path.join(os.fsencode(top), path)).st_ino


def test_no_link_is_followed_on_the_way(top: Path) -> None:
    """`link/d` is refused, though `link` leads to a directory that has `d`."""
    (top / "real" / "d").mkdir(parents=True)
    (top / "link").symlink_to("real")
    with Descent(os.fsencode(top)) as descent, pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        descent.open(b"link/d")


def test_all_descriptors_are_given_back(top: Path) -> None:
    """Nothing stays open afterwards."""
    paths = _chain(top, 300)
    before = len(os.listdir("/proc/self/fd"))
    with Descent(os.fsencode(top)) as descent:
        for path in paths:
            descent.open(path)
    assert len(os.listdir("/proc/self/fd")) == before
