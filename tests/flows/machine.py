"""Three repositories in a line that are worked on, synced, killed and taken back at random, and what must hold then."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from annexish import Repository
from annexish.errors import Missing, Refused
from annexish.flows.sync.sync import Synced
from annexish.model.entry import Entry, Kind
from tests.flows.relatives import head
from tests.randomly import Worker
from tests.trees import Tree, fsck, real, recorded

_EVENTS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.truncate"})
"""What a process that is to be killed counts."""
_PICTURE = {"d0": {"n1": "one", "n2": "two"}, "d1": {"d2": {"n3": "three"}, "n2": "2"}, "n4": "four", "n1": "1"}
_LAST = 400
_STEPS = 4


class Part(NamedTuple):
    """What the last repository of the line holds."""

    only: Sequence[bytes] = ()
    without: Sequence[bytes] = ()
    content: bool = True


WHOLE = Part()


class Machine:
    """Three repositories: each but the first one is a clone of the one before, and has it as `origin`.

    The last one may hold a part only.
    """

    def __init__(self, top: Path, seed: int, part: Part = WHOLE) -> None:
        self.random = random.Random(seed)
        self.whole = part == WHOLE
        self.log: list[str] = []
        first = Tree(top, _PICTURE, name="first")
        first.repository.config_set("scan.processes", "1")
        first.commit()
        second = _cloned(first, "second", WHOLE)
        self.trees = [first, second, _cloned(second, "third", part)]
        # of a group of hard links a part may hold some
        self._workers = [
            Worker(tree.top, seed + number, in_place=False, links=self.whole) for number, tree in enumerate(self.trees)
        ]

    def one_works(self) -> None:
        """Only one repository changes: all become what it is."""
        number = self._anyone()
        tree = self.trees[number]
        self._work(number)
        wanted = real(tree.top)
        self.converge()
        if self.whole or number < 2:
            assert real(tree.top) == wanted, self.log

    def all_work(self) -> None:
        """All change before they meet: object by object, what one has that nobody else touched is everywhere."""
        base = _objects(self.trees[0])
        for number in range(3):
            self._work(number)
            self._commit(number)
        heads = [_objects(tree) for tree in self.trees]
        self.converge()
        self._check_objects(base, heads, _objects(self.trees[0]))

    def anything(self) -> None:
        """Work, syncs, kills, `recover` and `undo` in any order."""
        doings: list[Callable[[int], None]] = [
            self._work, self._work, self._commit, self._sync, self._sync, self._killed, self._killed, self._recover,
            self._undo, self._get_and_drop,
        ]  # fmt: skip
        for _ in range(_STEPS):
            self.random.choice(doings)(self._anyone())
        self.converge()

    def converge(self) -> None:
        """Sync along the line and back; then all are equal, and a sync does nothing."""
        for number in (1, 2, 1):
            self._sync(number)
        number = self.random.choice((1, 2))
        before, done = head(self.trees[number]), self._synced(number)
        said = [*done.steps, *(step for one in done.remotes for step in one.steps)]
        assert (said, done.bytes_copied) == ([], 0), self.log
        assert head(self.trees[number]) == before, self.log
        self._check_equal()

    def check_all(self) -> None:
        """Nothing that was committed is lost, what is kept is sound, the histories are whole."""
        kept = {digest for tree in self.trees for digest in _kept(tree)}
        for tree in self.trees:
            assert tree.repository.verify().problems == (), self.log
            fsck(tree)
        missing = {digest.hex() for tree in self.trees for digest in _committed(tree)} - {each.hex() for each in kept}
        assert not missing, self.log

    def _anyone(self) -> int:
        return self.random.randrange(3)

    def _work(self, number: int) -> None:
        steps = self.random.randrange(1, 8)
        self.log.append(f"{number} works {steps}")
        self._workers[number].work(steps)

    def _commit(self, number: int) -> None:
        self.log.append(f"{number} commits")
        self.trees[number].commit(allow_mass_deletion=True)

    def _sync(self, number: int) -> None:
        done = self._synced(number)
        assert [one.error for one in done.remotes if one.error] == [], self.log

    def _synced(self, number: int) -> Synced:
        """The first one has no remote: the second one syncs with it."""
        number = number or 1
        self.log.append(f"{number} syncs")
        return self.trees[number].repository.sync(allow_mass_deletion=True)

    def _killed(self, number: int) -> None:
        """A sync that is killed, with all its processes, at some moment."""
        number, after = number or 1, self.random.randrange(1, _LAST)
        self.log.append(f"{number} syncs, killed at {after}")
        repository = self.trees[number].repository
        killed_after(after, lambda: repository.sync(allow_mass_deletion=True))

    def _recover(self, number: int) -> None:
        self.log.append(f"{number} recovers")
        repository = self.trees[number].repository
        lost = [one.path for one in repository.lost()]
        if lost:
            try:
                repository.recover([self.random.choice(lost)])
            except Missing:
                self.log.append("nothing")

    def _undo(self, number: int) -> None:
        """Take back one of the newest operations, whatever followed it."""
        self.log.append(f"{number} undoes")
        repository = self.trees[number].repository
        known = [one for one in islice(repository.operations(), 3) if len(one.trees) == 2]
        if known:
            repository.undo(self.random.choice(known).number)

    def _get_and_drop(self, number: int) -> None:
        """What is dropped may have changed, or be nowhere else: then it stays."""
        repository = self.trees[number].repository
        paths = [each.path for each in repository.ls(recursive=True)]
        if self.whole or number < 2 or not paths:
            return
        path = self.random.choice(paths)
        self.log.append(f"{number} drops and gets {path!r}")
        with suppress(Refused, Missing):
            repository.drop([path])
        with suppress(Refused, Missing):
            repository.get([self.random.choice(paths)])

    def _check_equal(self) -> None:
        first = self.trees[0]
        for tree in self.trees:
            assert tree.status() == [], self.log
            assert head(tree) == head(first), self.log
        for tree in self.trees if self.whole else self.trees[:2]:
            assert recorded(tree) == real(tree.top), self.log
        if not self.whole:
            part = self.trees[2]
            all_of_it, here = recorded(part), real(part.top)
            assert here.items() <= all_of_it.items(), self.log

    def _check_objects(
        self, base: dict[bytes, tuple[str, Entry]], heads: list[dict[bytes, tuple[str, Entry]]],
        after: dict[bytes, tuple[str, Entry]],
    ) -> None:  # fmt: skip
        for name in {*base}.union(*heads):
            had = [found.get(name) for found in heads]
            if name not in base or all(had):
                assert name in after, (name, had, self.log)
                continue
            untouched = all(each is None or each == base[name] for each in had)
            if untouched and base[name][1].kind is Kind.FILE:
                assert name not in after, (name, base[name], self.log)


def killed_after(events: int, work: Callable[[], object]) -> None:
    """Do something in a process that is killed, with those that it forked, after so many calls that open or change."""
    sys.stdout.flush()
    process = os.fork()
    if not process:
        os.setsid()
        left = [events]

        def count(event: str, _: object) -> None:
            left[0] -= event in _EVENTS
            if left[0] < 0:
                os.killpg(0, signal.SIGKILL)

        try:
            sys.addaudithook(count)
            work()
        finally:
            os._exit(0)
    os.waitpid(process, 0)


def _cloned(source: Tree, name: str, part: Part) -> Tree:
    top = os.path.join(os.path.dirname(source.top), name)
    repository, _ = Repository.clone(source.top, top, only=part.only, without=part.without, content=part.content)
    repository.config_set("scan.processes", "1")
    repository.config_set("media.tags", "off")
    return Tree.opened(top)


def _objects(tree: Tree) -> dict[bytes, tuple[str, Entry]]:
    """Path and entry of all objects of the last commit, by each of their ids."""
    return {name: (path, entry) for path, entry in tree.ls().items() for name in entry.ids}


def _kept(tree: Tree) -> Iterator[bytes]:
    """The digests of what a keep really has."""
    for at, _, names in os.walk(tree.path(".annexish/keep")):
        for name in names:
            digest = blake3(Path(at, name).read_bytes()).digest()
            if digest.hex() == os.path.basename(at) + name:
                yield digest


def _committed(tree: Tree) -> Iterator[bytes]:
    """The digests of all that was ever committed."""
    for commit in tree.repository.log():
        for each in tree.repository.ls(commit.id, recursive=True):
            if each.entry.size and each.entry.digest is not None:
                yield each.entry.digest
