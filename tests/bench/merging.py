"""Two branches of one tree, merged beside `git merge-tree`, and the same change in trees of two sizes."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.bench import trees
from tests.bench.measure import Bench, Contestant

EDITS = 1_000
MOVES = 100
EACH = 4
"""How many files of a directory are edited, or moved, where two sizes are compared."""
REVISION = "refs/remotes/there/main"
CARRY = "cd {there}/.annexish/keep && {{ cp -an --parents . {here}/.annexish/keep/ 2>/dev/null || true; }}"
IDENTITY = "sed -i -e 's/^id = .*/id = \"{id}\"/' -e 's/^name = .*/name = \"there\"/' {there}/.annexish/config.toml"
MERGE_TREE = "git --git-dir=../git merge-tree --write-tree main there || test $? = 1"


class Branches:
    """A repository `here` and a copy of it, `there`, with a history in common."""

    def __init__(self, bench: Bench, program: str, here: str, count: int) -> None:
        self._bench, self.program, self.here = bench, program, here
        self.there = f"{here}-there"
        trees.make_many(here, count)
        self.annexish(here, "init")
        self.annexish(here, "config", "set", "media.tags", "off")
        self.annexish(here, "commit", "-m", "base")
        bench.prepare("cp", "-a", here, self.there)
        self.line(IDENTITY.format(id="ab" * 16, there=self.there))

    def annexish(self, top: str, *words: str) -> None:
        """Run a command in one of them."""
        self._bench.prepare(self.program, "-C", top, "-q", *words)

    def line(self, line: str) -> None:
        """Run a line of the shell."""
        self._bench.prepare("bash", "-e", "-c", line)

    def meet(self) -> None:
        """Commit on both sides, and let `here` know the other history and its contents."""
        for top in (self.here, self.there):
            self.annexish(top, "commit", "--allow-mass-deletion", "-m", "changed")
        history = ".annexish/history.git"
        fetch = f"+refs/heads/main:{REVISION}"
        self._bench.prepare(
            *("git", f"--git-dir={self.here}/{history}", "fetch", "-q", f"{self.there}/{history}", fetch)
        )
        self.line(CARRY.format(here=self.here, there=self.there))

    def status(self) -> Contestant:
        """What a merge does first: is there something that is not committed?"""
        return Contestant("annexish", f"{self.program} -C {self.here} status")

    def merge(self, *options: str) -> Contestant:
        """The merge of the other history; conflicts are no failure."""
        words = " ".join((f"-C {self.here}", "-q", "merge", "--allow-mass-deletion", *options, REVISION))
        return Contestant("annexish", f"{self.program} {words} || test $? = 4")


def merging(bench: Bench, program: str, count: int, small: int, repeat: int) -> None:
    """30 % moved here and some files edited there; then small changes in a small and in a large tree."""
    tree = bench.place.tree
    branches = Branches(bench, program, tree, count)
    git = Git(bench)
    git.commit(tree, "main")
    trees.reorganise(tree, count)
    edit_some(branches.there, EDITS)
    git.commit(tree, "main", "main")
    git.commit(branches.there, "there", "main~1")
    bench.prepare(*git.words, "-c", "pack.window=0", "repack", "-adq")
    branches.meet()
    bench.run("status", branches.status(), times=repeat)
    bench.run("dry", branches.merge("--dry-run"), Contestant("git", MERGE_TREE), times=repeat)
    bench.run("merge", branches.merge())
    for work, size in (("small", small), ("large", count)):
        pair = Branches(bench, program, os.path.join(bench.place.top, work), size)
        move_some(pair.here, MOVES, MOVES // EACH)
        edit_in_places(pair.there, EDITS, EDITS // EACH)
        pair.meet()
        bench.run(f"{work} status", pair.status(), times=repeat)
        bench.run(work, pair.merge("--dry-run"), times=repeat)


class Git:
    """A Git repository beside the trees, with contents."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.words = ("git", "--git-dir=../git")
        bench.prepare(*self.words, "--work-tree=.", "init", "-q")
        with open(os.path.join(bench.place.top, "git", "info", "exclude"), "w", encoding="ascii") as file:
            file.write("/.annexish/\n")

    def commit(self, tree: str, branch: str, *parents: str) -> None:
        """Let a branch be what a tree is."""
        git = f"git --git-dir=../git --work-tree={tree}"
        above = " ".join(f"-p {parent}" for parent in parents)
        made = f"$({git} commit-tree {above} -m bench $({git} write-tree))"
        self._bench.prepare(
            "bash", "-e", "-c", f"{git} -C {tree} add -A && {git} update-ref refs/heads/{branch} {made}"
        )


def edit_some(top: str, count: int) -> None:
    """Edit files all over a tree."""
    found = list(trees.files(top))
    _edit(top, random.Random(2002).sample(found, min(count, len(found) // 2)))


def edit_in_places(top: str, count: int, places: int) -> None:
    """Edit files in so many directories: as many in a small tree as in a large one."""
    _edit(top, _in_places(top, count, places, 2002))


def _edit(top: str, paths: Iterable[str]) -> None:
    for path in paths:
        trees.edit(os.path.join(top, path), trees.BASE + 4 * 10**7)


def _in_places(top: str, count: int, places: int, seed: int) -> Iterator[str]:
    """Choose some directories, and as many files in each."""
    inside: dict[str, list[str]] = defaultdict(list)
    for path in trees.files(top):
        inside[os.path.dirname(path)].append(path)
    each = count // places
    large = [directory for directory, paths in inside.items() if len(paths) >= each]
    for directory in random.Random(seed).sample(large, min(places, len(large))):
        yield from inside[directory][:each]


def move_some(top: str, count: int, places: int) -> None:
    """Move files of so many directories into one."""
    os.makedirs(os.path.join(top, "Sorted"))
    for number, path in enumerate(_in_places(top, count, places, 3003)):
        to = os.path.join(top, "Sorted", f"{number:03} {os.path.basename(path)}")
        os.rename(os.path.join(top, path), to)
