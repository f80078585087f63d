"""A second machine beside `rsync`, `scp` and `unison`: all of them over ssh, to a server on the loopback.

The measured tree is the one there, and everybody brings it here. Where bytes are counted, and where the other machine
is far away, everybody's ssh goes through the same relay.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import trees
from tests.bench.measure import Bench, Contestant
from tests.remote.sshd import SSHD, Sshd, start

DELAY = Path(__file__).parents[1] / "remote" / "delay.py"
FAR_MS = 20
"""Each way, so that a question and its answer take 40 ms."""
CHANGED = 1 << 20


@dataclass(frozen=True, slots=True)
class Machine:
    """The other machine, as each contestant calls it."""

    sshd: Sshd
    program: str
    top: str

    def rsh(self, who: str, ms: int | None = None) -> str:
        """The ssh of a contestant; through the relay, unless `ms` is None."""
        client = self.sshd.directory / f"client-{who}-{ms}"
        text = (self.sshd.directory / "client").read_text()
        if ms is not None:
            words = [
                sys.executable,
                "-S",
                "-E",
                str(DELAY),
                "127.0.0.1",
                str(self.sshd.port),
                str(ms),
                self.report(who),
            ]
            text += f"  ProxyCommand {shlex.join(words)}\n"
        client.write_text(f"{text}  Port {self.sshd.port}\n")
        return f"ssh -F {client}"

    def report(self, who: str) -> str:
        """Where its bytes are counted."""
        return os.path.join(self.top, f"wire-{who}")

    def clone(self, source: str, to: str, ms: int | None = None) -> Contestant:
        """Bring it here with annexish."""
        url = shlex.quote(self.sshd.url(source))
        clone = f"{self.program} -q clone --remote-command {shlex.quote(self.there)} {url} {to} && sync -f {to}"
        return Contestant("annexish", f"export ANNEXISH_SSH='{self.rsh('annexish', ms)}'; {clone}")

    def sync(self, here: str, ms: int | None = None) -> Contestant:
        """Bring it up to date."""
        sync = f"{self.program} -C {here} -q sync && sync -f {here}"
        return Contestant("annexish", f"export ANNEXISH_SSH='{self.rsh('annexish', ms)}'; {sync}")

    def rsync(self, source: str, to: str, ms: int | None = None) -> Contestant:
        """The same with rsync, whether there is a copy already or not."""
        words = f"rsync -a --delete --exclude=/.annexish -e '{self.rsh('rsync', ms)}' 127.0.0.1:{source}/ {to}/"
        return Contestant("rsync", f"mkdir -p {to} && {words} && sync -f {to}")

    def scp(self, source: str, to: str) -> Contestant:
        """The first time with scp."""
        client = self.rsh("scp").removeprefix("ssh ")
        return Contestant("scp", f"mkdir {to} && scp -q -p -r {client} '127.0.0.1:{source}/*' {to} && sync -f {to}")

    def unison(self, source: str, to: str, ms: int | None = None) -> Contestant:
        """The same with unison; its archives lie in this place on both sides."""
        client = self.rsh("unison", ms).removeprefix("ssh ")
        there, here = (os.path.join(self.top, f"unison-{side}") for side in ("there", "here"))
        options = "-batch -ui text -silent -times -perms -1 -confirmbigdel=false -ignore 'Path .annexish'"
        ssh = f"-sshargs '{client}' -servercmd 'env UNISON={there} unison'"
        words = f"UNISON={here} unison {to} ssh://127.0.0.1/{source} {options} {ssh}"
        return Contestant("unison", f"mkdir -p {to} && {words} && sync -f {to}")

    @property
    def there(self) -> str:
        """What annexish is called there: with the home of the bench."""
        return f"env HOME={os.path.join(self.top, 'home')} {self.program}"

    def place(self, name: str) -> str:
        """A path beside the measured tree."""
        return os.path.join(self.top, name)


def no_sshd(bench: Bench) -> bool:
    """Whether there is nothing to measure with."""
    missing = [name for name, where in (("sshd", SSHD), ("rsync", shutil.which("rsync"))) if where is None]
    bench.record.missing.extend(missing)
    return bool(missing)


@contextlib.contextmanager
def several(bench: Bench, program: str) -> Iterator[Machine]:
    """The other machine, while the experiment runs."""
    directory = Path(bench.place.top) / "sshd"
    directory.mkdir()
    sshd, server = start(directory)
    try:
        yield Machine(sshd, program, bench.place.top)
    finally:
        server.terminate()
        server.wait()


def _recorded(bench: Bench, machine: Machine, tree: str) -> None:
    bench.prepare(machine.program, "-C", tree, "-q", "init")
    bench.prepare(machine.program, "-C", tree, "-q", "config", "set", "media.tags", "off")
    bench.prepare(machine.program, "-C", tree, "-q", "commit", "-m", "bench")


def _has(bench: Bench, name: str) -> bool:
    """Whether a contestant may be left out."""
    if shutil.which(name) is None:
        bench.record.missing.append(name)
        return False
    return True


def _counted(bench: Bench, machine: Machine, work: str, *contestants: Contestant) -> None:
    """Run all, and note what went over the wire."""
    for one in contestants:
        with open(machine.report(one.who), "w", encoding="ascii"):
            pass
    bench.run(work, *contestants)
    for one in contestants:
        with open(machine.report(one.who), encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            bench.record.fact(f"{work} wire {one.who}", sum(map(int, file)))


def _same(bench: Bench, tree: str, *others: str) -> None:
    """Fail if somebody did not bring everything."""
    for other in others:
        bench.prepare("diff", "--recursive", "--no-dereference", "--brief", "--exclude=.annexish", tree, other)


def many_files(bench: Bench, machine: Machine, count: int, repeat: int) -> None:
    """Clone them, sync with nothing to do, and after a reorganisation there."""
    tree = bench.place.tree
    ours, theirs, third = map(machine.place, ("clone", "copy", "twin"))
    trees.make_many(tree, count)
    _recorded(bench, machine, tree)
    bench.run("clone", machine.clone(tree, ours), machine.rsync(tree, theirs))
    unison = _has(bench, "unison")
    if unison:
        bench.prepare("cp", "-a", theirs, third)
        bench.prepare(*machine.unison(tree, third).words)
    bench.prepare(*machine.sync(ours).words)
    twins = [machine.unison(tree, third)] if unison else []
    bench.run("nothing", machine.sync(ours), machine.rsync(tree, theirs), *twins, times=repeat)
    trees.reorganise(tree, count)
    twins = [machine.unison(tree, third, 0)] if unison else []
    _counted(bench, machine, "sync", machine.sync(ours, 0), machine.rsync(tree, theirs, 0), *twins)
    _same(bench, tree, ours, theirs, *[third] * unison)


def large_files(bench: Bench, machine: Machine, count: int, mib: int) -> None:
    """Clone them."""
    tree, ours, theirs, third = map(machine.place, ("large", "large-clone", "large-copy", "large-scp"))
    trees.make_big(tree, count, mib)
    _recorded(bench, machine, tree)
    scp = [machine.scp(tree, third)] if _has(bench, "scp") else []
    bench.run("large", machine.clone(tree, ours), machine.rsync(tree, theirs), *scp)
    _same(bench, tree, ours, theirs, *[third] * len(scp))
    for place in (tree, ours, theirs, third):
        shutil.rmtree(place, ignore_errors=True)


def changed(bench: Bench, machine: Machine, mib: int) -> None:
    """Bring one file up to date, of which one MiB in the middle is another."""
    tree, ours, theirs = map(machine.place, ("delta", "delta-clone", "delta-copy"))
    trees.make_big(tree, 1, mib)
    _recorded(bench, machine, tree)
    bench.prepare(*machine.clone(tree, ours).words)
    bench.prepare(*machine.rsync(tree, theirs).words)
    bench.prepare(*machine.sync(ours).words)
    (path,) = trees.files(tree)
    _rewrite(os.path.join(tree, path), (mib << 20) // 2)
    _counted(bench, machine, "delta", machine.sync(ours, 0), machine.rsync(tree, theirs, 0))
    _same(bench, tree, ours, theirs)


def _rewrite(path: str, at: int) -> None:
    """Give it other bytes there, as an editor that writes a new file beside it."""
    shutil.copyfile(path, f"{path}.new")
    with open(f"{path}.new", "r+b") as file:
        file.seek(at)
        file.write(os.urandom(CHANGED))
    os.replace(f"{path}.new", path)


def far_away(bench: Bench, machine: Machine, count: int) -> None:
    """Clone many small files."""
    tree = bench.place.tree
    trees.make_many(tree, count)
    _recorded(bench, machine, tree)
    ours, theirs = machine.place("clone"), machine.place("copy")
    _counted(bench, machine, "far", machine.clone(tree, ours, FAR_MS), machine.rsync(tree, theirs, FAR_MS))
    _same(bench, tree, ours, theirs)
