"""Random edits, moves and deletions, against a plain walk of the tree."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import DEEP
from tests.trees import Tree, check_snapshot, follow, fsck, recorded

SEEDS = range(200) if DEEP else range(8)


class Hand:
    """Does something to a tree, as a person would; remembers which paths it touched."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self.tree = tree
        self.random = random.Random(seed)
        self.names = [*"abcdef", "new\nline", "\udcff"]
        self.touched: set[str] = set()

    def do(self) -> None:
        """One thing."""
        self.random.choice(
            [self.write, self.write, self.append, self.edit, self.remove, self.move, self.move, self.move, self.swap,
             self.make, self.link, self.copy, self.hard_link, self.mode, self.replace]
        )()  # fmt: skip

    def paths(self) -> tuple[list[str], list[str]]:
        """The directories and the files that there are."""
        directories = [""]
        files: list[str] = []
        for at, below, here in os.walk(self.tree.top):
            if at == self.tree.top:
                below.remove(".annexish")
            for name in sorted(below):
                path = os.path.relpath(os.path.join(at, name), self.tree.top)
                (files if os.path.islink(self.tree.path(path)) else directories).append(path)
            files += [os.path.relpath(os.path.join(at, name), self.tree.top) for name in sorted(here)]
        return sorted(directories), sorted(files)

    def free(self) -> str:
        """A path at which nothing is."""
        while True:
            name = self.random.choice(self.names) + str(self.random.randrange(99))
            path = os.path.join(self.random.choice(self.paths()[0]), name)
            if not os.path.lexists(self.tree.path(path)):
                return path

    def file(self) -> str | None:
        """A regular file."""
        files = [path for path in self.paths()[1] if not os.path.islink(self.tree.path(path))]
        return self.random.choice(files) if files else None

    def anything(self) -> str | None:
        """A path that there is."""
        directories, files = self.paths()
        return self.random.choice([*directories[1:], *files]) if directories[1:] or files else None

    def write(self) -> None:
        self.tree.write(self.free(), self.random.choice([b"", b"same", self.random.randbytes(9)]))

    def append(self) -> None:
        if path := self.file():
            self.tree.append(path, "more")

    def edit(self) -> None:
        if path := self.file():
            self.tree.write(path, self.random.randbytes(len(self.tree.read(path))))

    def remove(self) -> None:
        if (path := self.anything()) and self.random.random() < 0.5:
            self.tree.remove(path)

    def move(self) -> None:
        path, to = self.anything(), self.free()
        if path and not (to + "/").startswith(path + "/"):
            self.tree.move(path, to)

    def swap(self) -> None:
        one, two = self.anything(), self.anything()
        if one and two and not (one + "/").startswith(two + "/") and not (two + "/").startswith(one + "/"):
            self.tree.move(one, ".annexish/t")
            self.tree.move(two, one)
            self.tree.move(".annexish/t", two)

    def make(self) -> None:
        os.mkdir(self.tree.path(self.free()))

    def link(self) -> None:
        os.symlink(self.random.choice(["a", "nowhere", "."]), self.tree.path(self.free()))

    def copy(self) -> None:
        path, to = self.anything(), self.free()
        if path and not os.path.islink(self.tree.path(path)) and not (to + "/").startswith(path + "/"):
            self.tree.copy(path, to)

    def hard_link(self) -> None:
        if path := self.file():
            os.link(self.tree.path(path), self.tree.path(self.free()))

    def mode(self) -> None:
        if path := self.file():
            os.chmod(self.tree.path(path), self.random.choice([0o600, 0o644, 0o755]))

    def replace(self) -> None:
        if path := self.file():
            self.tree.write(".annexish/t", self.random.randbytes(7))
            self.tree.move(".annexish/t", path)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_each_commit_the_history_is_the_tree(tmp_path: Path, seed: int) -> None:
    """Whatever happened: the snapshot is the tree, status says what commit says, ids follow the changes."""
    tree = Tree(tmp_path)
    hand = Hand(tree, seed)
    for _ in range(12):
        hand.do()
    tree.commit()
    check_snapshot(tree)
    for _ in range(15):
        if hand.random.random() < 0.5:
            tree.commit_calmly()
        before, head = tree.ids(), tree.heads()
        for _ in range(hand.random.randrange(1, 7)):
            hand.do()
        promised = tree.status()
        said = tree.commit(allow_mass_deletion=True)
        assert said == promised
        check_snapshot(tree)
        after = tree.ids()
        assert len(set(after.values())) == len(after)
        if tree.heads() > head:
            difference = tree.repository.diff("HEAD~1", "HEAD")
            assert follow(before, difference) == after
            counts = next(iter(tree.repository.log(number=1))).counts
            assert Counter(counts) == difference.difference.counts
        else:
            assert not said
            assert after == before
    fsck(tree)


def test_every_commit_stays_as_it_was(tmp_path: Path) -> None:
    """Later commits and the joining of packs change nothing of earlier snapshots."""
    tree = Tree(tmp_path, {f"{n}": f"{n}" for n in range(5)})
    hand = Hand(tree, 4711)
    tree.commit()
    states = [recorded(tree)]
    for _ in range(30):
        while tree.heads() == len(states):
            hand.do()
            tree.commit(allow_mass_deletion=True)
        states.append(recorded(tree))
        fsck(tree)
    for back, state in enumerate(reversed(states)):
        assert recorded(tree, f"HEAD~{back}") == state
    for back in range(1, len(states)):
        difference = tree.repository.diff(f"HEAD~{back}", "HEAD")
        assert follow(tree.ids(f"HEAD~{back}"), difference) == tree.ids()
