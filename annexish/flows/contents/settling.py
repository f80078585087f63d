"""What was fetched gets its names: directories first, then files, in processes, then hard links; dressed last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from annexish.apply.copying import sync_file_system
from annexish.apply.dressing import DISK, Dressing
from annexish.apply.joining import inode_of
from annexish.apply.placing import Placing
from annexish.apply.spare import Spare
from annexish.errors import Unreachable
from annexish.flows.contents.fetch import Fetched, Where, spare_of
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap, Gaps
from annexish.model.path import RepoPath, join, split
from annexish.model.report import Problem
from annexish.scan.stat import Statter
from annexish.system.descend import OPEN, Descent
from annexish.system.turns import in_turns

_One = Callable[[Placing, int, Gap, Where], None]
THERE = ("", "")
"""What was at its path already: the next scan looks at it."""
_TAKEN = ("failed", "something else is there; it stays")


class Settled(NamedTuple):
    """A gap after its files were placed: those that were not, and why; columns of the others, in their order."""

    number: int
    bad: dict[Where, tuple[str, str]]
    columns: bytes


class Settling:
    """Gives names to what was fetched for some gaps; `firsts` are files that are here of groups of hard links."""

    def __init__(
        self, place: Place, gaps: Gaps, fetched: Fetched, firsts: Mapping[tuple[object, ...], RepoPath]
    ) -> None:
        self._place = place
        self._gaps = gaps
        self._fetched = fetched
        self._firsts = dict(firsts)
        self._made: set[int] = set()
        self.problems: list[Problem] = []

    def placed(self, processes: int) -> Iterator[Settled]:
        """Place everything; yield the gaps in their order, those that have hard links when all others are placed."""
        self._make_directories()
        linked: list[int] = []
        for number, bad, columns in in_turns(self._work, processes):
            if columns is None:
                linked.append(number)
            else:
                yield Settled(number, dict(bad), columns)
        if linked:
            with ExitStack() as stack:
                placing = stack.enter_context(self._placing(stack))
                for number in linked:
                    yield self._place_all(placing, Statter(), number, self._gaps[number], self._linked)

    def finish(self) -> Iterator[tuple[int, bytes, bool]]:
        """Dress the directories that were made, the deepest first.

        Yield the number of each gap, the record of its directory, and whether nothing but what was placed is in it.
        """
        dressing, statter = Dressing(), Statter()
        with Descent(self._place.root) as descent:
            for number in range(len(self._gaps) - 1, -1, -1):
                gap = self._gaps.directory(number)
                try:
                    at = descent.open(gap.path)
                    notes = self._dress(dressing, at, gap)
                    own = statter.own(at)
                except OSError as error:
                    _unless_disk(error)
                    continue
                self.problems += [Problem(gap.path, "note", note) for note in notes]
                yield number, own, number in self._made
        root = os.open(self._place.root, OPEN)
        try:
            sync_file_system(root)
        finally:
            os.close(root)
        with Spare(spare_of(self._place)) as spare:
            spare.clear()

    def _dress(self, dressing: Dressing, directory: int, gap: Gap) -> list[str]:
        if gap.anew:
            return dressing.directory_again(directory, gap.own)
        return dressing.time(directory, gap.own)

    def _make_directories(self) -> None:
        """Make those that are missing as they will be, so that a killed command leaves none as it never was."""
        with Descent(self._place.root) as descent, Spare(spare_of(self._place)) as spare:
            for number in range(len(self._gaps)):
                gap = self._gaps.directory(number)
                if not gap.anew:
                    continue
                above, name = split(gap.path)
                try:
                    directory = descent.open(above)
                    if _is_there(directory, name):
                        continue
                    spare.directory(gap.path, gap.own)
                    spare.give(gap.path, directory, name)
                    self._made.add(number)
                except FileExistsError:
                    continue
                except OSError as error:
                    _unless_disk(error)
                    self.problems.append(Problem(gap.path, "failed", error.strerror or str(error)))

    def _placing(self, stack: ExitStack) -> Placing:
        keep = stack.enter_context(keep_of(self._place))
        return Placing(self._place.root, keep, stack.enter_context(Spare(spare_of(self._place))))

    def _work(self, number: int, processes: int) -> Iterator[Any]:
        """Place the files of every so many gaps; one with hard links waits."""
        statter = Statter()
        with ExitStack() as stack:
            placing = stack.enter_context(self._placing(stack))
            for index in range(number, len(self._gaps), processes):
                gap = self._gaps[index]
                if any(entry.links for entry in gap.entries):
                    yield index, [], None
                else:
                    done = self._place_all(placing, statter, index, gap, self._one)
                    yield index, list(done.bad.items()), done.columns

    def _place_all(self, placing: Placing, statter: Statter, number: int, gap: Gap, one: _One) -> Settled:
        bad = {(number, at): why for at in range(len(gap.entries)) if (why := self._fetched.failed.get((number, at)))}
        try:
            directory = placing.enter(gap.path)
        except OSError as error:
            _unless_disk(error)
            reason = ("failed", f"its directory: {error.strerror}")
            return Settled(number, {(number, at): reason for at in range(len(gap.entries))}, b"")
        for at, entry in enumerate(gap.entries):
            if (number, at) in bad:
                continue
            try:
                one(placing, directory, gap, (number, at))
            except FileExistsError:
                bad[number, at] = THERE if placing.has(directory, entry) else _TAKEN
            except OSError as error:
                _unless_disk(error)
                bad[number, at] = ("failed", error.strerror or str(error))
        names = [entry.name for at, entry in enumerate(gap.entries) if (number, at) not in bad]
        columns = statter.columns(directory, names)
        if columns is None:
            return Settled(number, {(number, at): THERE for at in range(len(gap.entries))}, b"")
        return Settled(number, bad, columns)

    def _one(self, placing: Placing, directory: int, gap: Gap, where: Where) -> None:
        entry = gap.entries[where[1]]
        placing.place(directory, join(gap.path, entry.name), entry, aside=where in self._fetched.spare)

    def _linked(self, placing: Placing, directory: int, gap: Gap, where: Where) -> None:
        """Another name of what was placed already; of what cannot have one more, the next scan says so."""
        entry = gap.entries[where[1]]
        group = inode_of(entry)
        if entry.links and group in self._firsts:
            placing.join(self._firsts[group], directory, entry.name)
            return
        self._one(placing, directory, gap, where)
        if entry.links:
            self._firsts[group] = join(gap.path, entry.name)


def _is_there(directory: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _unless_disk(error: OSError) -> None:
    """Raise what concerns more than one name."""
    if error.errno in DISK:
        raise Unreachable(f"nothing more can be written here: {error.strerror}") from error
