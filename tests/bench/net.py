"""The safety net beside the bare system calls that it stands on, and beside `cp`."""

from __future__ import annotations

import os
import sys

from tests.bench import trees
from tests.bench.measure import Bench, Contestant

LINKS = os.path.join(os.path.dirname(__file__), "links.py")
_ALL = "find . -mindepth 1 -maxdepth 1 ! -name .annexish -exec cp {options} -t {to} {{}} +"
FILES = 10_000


def copy(to: str, options: str) -> Contestant:
    """Copy the working tree, without the repository, to a new directory."""
    return Contestant("cp", f"mkdir {to} && " + _ALL.format(options=options, to=to))


def net(bench: Bench, program: str, count: int) -> None:
    """Keep, restore, view and recover many small files. The trees `off` and `bare` lie beside the measured one."""
    tree, top = bench.place.tree, bench.place.top
    off, bare = os.path.join(top, "off"), os.path.join(top, "bare")
    for each in (tree, off, bare):
        trees.make_many(each, count)
    for each, mode in ((tree, "auto"), (off, "off")):
        bench.prepare(program, "-C", each, "-q", "init")
        bench.prepare(program, "-C", each, "-q", "config", "set", "media.tags", "off")
        bench.prepare(program, "-C", each, "-q", "config", "set", "keep.mode", mode)
    reflinks = _reflinks(top)
    word = "reflink" if reflinks else "link"
    bench.run(
        "keep",
        Contestant("annexish", (program, "-q", "commit", "-m", "kept")),
        Contestant("without", (program, "-C", off, "-q", "commit", "-m", "not kept")),
        Contestant("link", (sys.executable, "-I", "-S", LINKS, word, bare, os.path.join(top, "links"))),
    )
    bench.run(
        "restore",
        Contestant("annexish", (program, "-q", "restore", "HEAD", "--to", os.path.join(top, "restored"))),
        copy(os.path.join(top, "copied"), "-a --reflink=always" if reflinks else "-a"),
    )
    bench.record.fact("restore limit", 1.1 if reflinks else 1.3)
    bench.run(
        "view",
        Contestant("annexish", (program, "-q", "view", "HEAD", os.path.join(top, "viewed"))),
        copy(os.path.join(top, "linked"), "-al"),
    )
    trees.make_flat(os.path.join(tree, "flat"), FILES)
    trees.make_flat(os.path.join(bare, "flat"), FILES)
    bench.prepare(program, "-q", "commit", "-m", "flat")
    bench.prepare("rm", "-r", "flat")
    bench.run(
        "recover",
        Contestant("annexish", (program, "-q", "recover", "flat")),
        Contestant(
            "rename",
            (sys.executable, "-I", "-S", LINKS, "rename", os.path.join(bare, "flat"), os.path.join(top, "renamed")),
        ),
    )


def _reflinks(top: str) -> bool:
    from annexish.apply.keep import Way, best_way

    return best_way(top) is Way.REFLINK
