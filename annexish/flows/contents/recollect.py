"""What was filled becomes part of the stat cache: the records of what came, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from annexish.apply.keep import Way
from annexish.diff.patch import Patched, patched_between
from annexish.flows.contents.fetch import Where
from annexish.flows.contents.settling import Settled
from annexish.flows.contents.taking import way_of
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap, Gaps
from annexish.flows.state.outset import now_there
from annexish.flows.state.rewrite import Rewriter, Rewritten
from annexish.flows.state.unkept import KEEPING, circumstances
from annexish.model.entry import Kind
from annexish.scan.filesystem import COARSE, FINE, kind_of, trusted
from annexish.scan.stat import pick, repack, replace, smudged, unpack, younger
from annexish.store.cache import MOUNT, RACY, SEEDED, SPLIT, Cache, Row
from annexish.store.history import Nodes
from annexish.store.losses import Losses


class Recollect:
    """Remembers gaps that were filled; those in `aside` are in other inodes than the keep has."""

    def __init__(self, place: Place, gaps: Gaps, aside: set[Where]) -> None:
        self._place = place
        self._gaps = gaps
        self._aside = aside
        self._settled: dict[int, Settled] = {}
        self._twins = way_of(place) is Way.LINK

    def note(self, settled: Settled) -> None:
        """Note what became of a gap."""
        self._settled[settled.number] = settled

    def run(self, owns: Iterable[tuple[int, bytes, bool]], rules: str) -> None:
        """Write the rows when all is durable; for each gap its directory's record is given, and whether it is ours.

        A directory that was there before may hold more than is known: it is looked at by the next scan.
        """
        owns = list(owns)
        fresh = now_there(self._place) - (FINE if trusted(kind_of(self._place.root)) else COARSE)
        load = Nodes(self._place.history)
        with closing(Cache(self._place.cache)) as cache:
            cache.begin()
            rewriter, losses = Rewriter(cache), Losses(cache)
            files, absent = int(cache.meta("files") or 0), int(cache.meta("absent") or 0)
            for number, own, ours in owns:
                gap, settled = self._gaps[number], self._settled.get(number)
                row = cache.row(gap.row)
                names, columns = _records(gap, settled, fresh)
                files += len(names)
                absent -= len(names)
                racy = not ours or bool(younger(own, fresh))
                rewriter.put(_rewritten(load, row, own, names, columns, RACY * racy))
                if self._twins:
                    losses.add_twins(self._other_inodes(gap, number))
            rewriter.flush()
            facts = {"files": str(files), "absent": str(max(absent, 0)), KEEPING: circumstances(self._place)}
            cache.finish({**facts, **({} if cache.meta("rules") else {"rules": rules})})

    def _other_inodes(self, gap: Gap, number: int) -> list[bytes]:
        aside = (entry for at, entry in enumerate(gap.entries) if (number, at) in self._aside)
        return [entry.digest for entry in aside if entry.kind is Kind.FILE and entry.size and entry.digest]


def _records(gap: Gap, settled: Settled | None, fresh: int) -> tuple[list[bytes], bytes]:
    """The names of what came, sorted, and their records.

    Those that are too young are smudged, and those of hard links: each new name changed the record of all others.
    """
    if settled is None or not settled.columns:
        return [], b""
    came = [entry for at, entry in enumerate(gap.entries) if (settled.number, at) not in settled.bad]
    names, columns = [entry.name for entry in came], settled.columns
    again = {*younger(columns, fresh), *(at for at, entry in enumerate(came) if entry.links)}
    columns = replace(columns, {at: repack(smudged(unpack(pick(columns, (at,)))[0])) for at in again})
    order = sorted(range(len(names)), key=names.__getitem__)
    return [names[at] for at in order], pick(columns, order)


def _rewritten(load: Nodes, row: Row, own: bytes, names: list[bytes], columns: bytes, racy: int) -> Rewritten:
    seeded, split = bool(row.flags & SEEDED), bool(row.flags & SPLIT)
    if split:
        patched = patched_between(load, None if seeded else row.tree, row.tree)
    else:
        patched = Patched(row.tree, split=False, leaves=[], whole=True)
    return Rewritten(
        row.row, row.parent, row.name, own, racy | (row.flags & MOUNT), patched, names, columns, names,
        sparse=not seeded, known=True,
    )  # fmt: skip
