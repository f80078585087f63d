"""What is measured: each experiment makes a tree in a new place and lets the contestants work on it in turns.

annexish and Git work on the same files: Git's directory lies beside the tree, annexish's is excluded from Git.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench import trees
from tests.bench.copies import copies, large
from tests.bench.machines import changed, far_away, large_files, many_files, no_sshd, several
from tests.bench.measure import Bench, Contestant
from tests.bench.merging import merging
from tests.bench.net import net

GIT = ("git", "--git-dir=../git", "--work-tree=.")
# Git made to store no content: hashes into the index, trees and commits only.
GIT_INFO = """\
export GIT_DIR=../git GIT_WORK_TREE=.
git ls-files -z -o -m --exclude=/.annexish/ | git update-index --add --remove --info-only -z --stdin
git update-ref HEAD $(git commit-tree {parents} -m {message} $(git write-tree --missing-ok))
"""
FLOOR = os.path.join(os.path.dirname(__file__), "floor.py")
B3SUM = "find . -name .annexish -prune -o -type f -print0 | xargs -0 b3sum"
PYTHON = Contestant("python", (sys.executable, "-c", "pass"))


@dataclass(frozen=True, slots=True)
class Size:
    """How large the trees are."""

    many: int = 100_000
    flat: int = 100_000
    big: int = 64
    mib: int = 64
    small: int = 1_000
    ssh: int = 1_000
    far: int = 100
    delta: int = 16


@dataclass(frozen=True, slots=True)
class Annexish:
    """The command that is measured."""

    program: str

    def __call__(self, *words: str) -> Contestant:
        """One of its commands, as a contestant."""
        return Contestant("annexish", (self.program, *words))

    def init(self, bench: Bench) -> None:
        """A repository without media tags and without the safety net, as no peer has them."""
        bench.prepare(self.program, "-q", "init")
        bench.prepare(self.program, "-q", "config", "set", "media.tags", "off")
        bench.prepare(self.program, "-q", "config", "set", "keep.mode", "off")

    def commit(self) -> Contestant:
        """Record everything."""
        return self("-q", "commit", "-m", "bench")


def git_info(*, first: bool = False) -> Contestant:
    """Record everything."""
    return Contestant("git-info", GIT_INFO.format(parents="" if first else "-p HEAD", message="bench"))


def git_init(bench: Bench) -> None:
    """A Git repository beside the tree."""
    bench.prepare(*GIT, "init", "-q")
    with open(os.path.join(bench.place.top, "git", "info", "exclude"), "w", encoding="ascii") as file:
        file.write("/.annexish/\n")


def many(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """First commit, status, one edited file and a reorganisation of many small files."""
    tree = bench.place.tree
    trees.make_many(tree, size.many)
    git_init(bench)
    annexish.init(bench)
    bench.run("first", annexish.commit(), git_info(first=True))
    bench.record.fact("history per file", _disk(os.path.join(tree, ".annexish", "history.git")) / size.many)
    _status(bench, annexish, repeat)
    _one_edit(bench, repeat, annexish.commit(), git_info())
    work = trees.reorganise(tree, size.many)
    bench.run("reorganise", annexish.commit(), git_info())
    bench.record.fact("moved", work.moved)
    bench.record.fact("new", work.new)


def _status(bench: Bench, annexish: Annexish, repeat: int) -> None:
    bench.run(
        "status",
        annexish("status"),
        Contestant("git", (*GIT, "status", "--porcelain")),
        Contestant("find", ("find", ".", "-printf", r"%s %T@\n")),
        Contestant("scandir", (sys.executable, "-I", "-S", FLOOR, ".")),
        times=repeat,
    )
    bench.run("version", annexish("--version"), times=repeat)


def _one_edit(bench: Bench, repeat: int, *contestants: Contestant) -> None:
    """Commit after each of some edits of one file."""
    paths = itertools.islice(trees.files(bench.place.tree), 7, None, 11)
    for k, path in enumerate(itertools.islice(paths, repeat)):
        trees.edit(os.path.join(bench.place.tree, path), trees.BASE + 10**7 + k)
        before = _disk(os.path.join(bench.place.tree, ".annexish", "history.git"))
        bench.run("one", *contestants)
        grown = _disk(os.path.join(bench.place.tree, ".annexish", "history.git")) - before
        bench.record.fact(f"{bench.experiment} grown", grown)


def big(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """First commit of large files, beside the bare hashing of them."""
    del repeat  # hashing gigabytes is steady
    if shutil.which("b3sum") is None:
        bench.record.missing.append("b3sum")
        return
    trees.make_big(bench.place.tree, size.big, size.mib)
    annexish.init(bench)
    bench.run("first", annexish.commit(), Contestant("b3sum", B3SUM))
    bench.run("verify", annexish("-q", "verify"), Contestant("b3sum", B3SUM))


def start(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """What a command costs before it does anything, and in a small tree."""
    trees.make_many(bench.place.tree, size.small)
    annexish.init(bench)
    bench.prepare(*annexish.commit().words)
    bench.run("version", annexish("--version"), PYTHON, times=5 * repeat)
    bench.run("status", annexish("status"), PYTHON, times=5 * repeat)
    _one_edit(bench, 2 * repeat, annexish.commit())


def flat(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """One edited file in one large directory."""
    trees.make_flat(bench.place.tree, size.flat)
    annexish.init(bench)
    bench.run("first", annexish.commit())
    bench.run("status", annexish("status"), times=repeat)
    _one_edit(bench, repeat, annexish.commit())


def safety_net(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """Keep, restore, view and recover."""
    del repeat  # each is a new tree
    net(bench, annexish.program, size.many)


def merge(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """Two branches: much moved on one side, some files edited on the other."""
    merging(bench, annexish.program, size.many, size.many // 10, repeat)


def copy(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """A second repository of the many files."""
    copies(bench, annexish.program, size.many, repeat)


def copy_large(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """A second repository of large files."""
    del repeat  # each is a new tree
    large(bench, annexish.program, size.big, size.mib)


def ssh(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """Another machine, over a network that costs nothing: many files, large ones, one that changes in its middle."""
    if no_sshd(bench):
        return
    with several(bench, annexish.program) as machine:
        many_files(bench, machine, size.ssh, repeat)
        large_files(bench, machine, size.big, size.mib)
        changed(bench, machine, size.delta)


def far(bench: Bench, annexish: Annexish, size: Size, repeat: int) -> None:
    """Another machine that is far away: a question and its answer take 40 ms."""
    del repeat  # it is a new tree
    if no_sshd(bench):
        return
    with several(bench, annexish.program) as machine:
        far_away(bench, machine, size.far)


Experiment = Callable[[Bench, Annexish, Size, int], None]
EXPERIMENTS: Mapping[str, Experiment] = {
    "start": start,
    "many": many,
    "flat": flat,
    "big": big,
    "net": safety_net,
    "merge": merge,
    "copy": copy,
    "large": copy_large,
    "ssh": ssh,
    "far": far,
}


def _disk(directory: str) -> int:
    """Bytes of all files below, as `du` counts them."""
    done = subprocess.run(["du", "-sb", directory], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])
