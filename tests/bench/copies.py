"""A second repository beside `rsync` and `cp`: made, brought up to date, found up to date."""

from __future__ import annotations

import json
import os
import shutil

from tests.bench import trees
from tests.bench.measure import Bench, Contestant

RSYNC = "rsync -a --delete --exclude=/.annexish ./ {to}/ && sync -f {to}"
"""Durable at the end, as annexish is."""


def copies(bench: Bench, program: str, count: int, repeat: int) -> None:
    """Clone many small files, sync with nothing to do, and after a reorganisation."""
    tree, top = bench.place.tree, bench.place.top
    if shutil.which("rsync") is None:
        bench.record.missing.append("rsync")
        return
    ours, theirs = os.path.join(top, "clone"), os.path.join(top, "copy")
    rsync = Contestant("rsync", RSYNC.format(to=theirs))
    trees.make_many(tree, count)
    bench.prepare(program, "-q", "init")
    bench.prepare(program, "-q", "config", "set", "media.tags", "off")
    bench.prepare(program, "-q", "commit", "-m", "bench")
    clone = f"{program} -q clone . {ours} && sync -f {ours}"
    bench.run("clone", Contestant("annexish", clone), Contestant("rsync", f"mkdir {theirs} && {rsync.command}"))
    sync = Contestant("annexish", (program, "-C", ours, "-q", "sync"))
    bench.prepare(*sync.words)
    bench.run("nothing", sync, rsync, times=repeat)
    work = trees.reorganise(tree, count)
    json_sync = f"{program} -C {ours} --json sync > {top}/sync.json || test $? = 3"
    bench.run("sync", Contestant("annexish", json_sync), rsync)
    bench.record.fact("copied", _copied(os.path.join(top, "sync.json")))
    bench.record.fact("to copy", work.new)


def large(bench: Bench, program: str, count: int, mib: int) -> None:
    """Clone large files, beside `cp`."""
    top = bench.place.top
    trees.make_big(bench.place.tree, count, mib)
    bench.prepare(program, "-q", "init")
    bench.prepare(program, "-q", "config", "set", "media.tags", "off")
    bench.prepare(program, "-q", "commit", "-m", "bench")
    ours, theirs = os.path.join(top, "clone"), os.path.join(top, "copy")
    copy = "find . -mindepth 1 -maxdepth 1 ! -name .annexish -exec cp -a --reflink=never -t {to} {{}} +"
    bench.run(
        "large",
        Contestant("annexish", f"{program} -q clone . {ours} && sync -f {ours}"),
        Contestant("cp", f"mkdir {theirs} && {copy.format(to=theirs)} && sync -f {theirs}"),
    )


def _copied(path: str) -> int:
    with open(path, encoding="utf-8") as lines:
        summary = json.loads(list(lines)[-1])
    copied: int = summary["bytes_copied"]
    return copied
