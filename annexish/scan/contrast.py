"""One directory as the cache has it beside what it has now: a code for each name, and what is displaced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from annexish.model.evidence import Displaced, Stat
from annexish.model.path import IGNORE_FILE
from annexish.scan.here import Here
from annexish.scan.known import Known
from annexish.scan.stat import pick, unpack
from annexish.scan.survey import ALTERED, NEW, REPLACED, SAME, Survey, changed
from annexish.scan.unlike import unlike


class Contrast:
    """Compares names; displaced and linked ones go into the survey.

    `again` names files by row that count as altered.
    """

    def __init__(self, survey: Survey, again: Mapping[int, frozenset[bytes]], *, stable_inodes: bool) -> None:
        self._survey = survey
        self._again = again
        self._stable_inodes = stable_inodes

    def codes(self, row: int, known: Known, here: Here) -> tuple[bytes, bool]:
        """Return a code for each name, and whether the ignore rules of this directory changed."""
        names = here.names
        if not known.names:
            return bytes([NEW]) * len(names), row != 0 and IGNORE_FILE in names
        places = {name: at for at, name in enumerate(known.names)}
        uncertain = unlike(known.names, known.columns, names, here.columns)
        codes = bytearray(len(names))
        for at, now in zip(uncertain, unpack(pick(here.columns, uncertain)), strict=True):
            name = names[at]
            old = unpack(pick(known.columns, (places[name],)))[0] if name in places else None
            codes[at] = self._code(old, now)
            if codes[at] == REPLACED and old is not None:
                self._survey.displaced.append(Displaced(row, name, old, gone=False))
        for name in self._again.get(row, ()):
            at = bisect_left(names, name)
            if at < len(names) and names[at] == name and codes[at] == SAME:
                codes[at] = ALTERED
        present = {*names, *here.excused}
        for name in sorted(places.keys() - present) if known.names != names else ():
            old = unpack(pick(known.columns, (places[name],)))[0]
            self._survey.displaced.append(Displaced(row, name, old, gone=True))
        rules = names.index(IGNORE_FILE) if IGNORE_FILE in present and IGNORE_FILE not in here.excused else -1
        altered = codes[rules] != SAME if rules >= 0 else IGNORE_FILE in places
        return bytes(codes), altered

    def _code(self, old: Stat | None, now: Stat) -> int:
        if old is None:
            return NEW
        if (old.inode != now.inode and self._stable_inodes) or old.birth != now.birth:
            return REPLACED
        return SAME if old == now else ALTERED

    def lost(self, known: Known, names: list[bytes]) -> list[bytes]:
        """The names that are no longer here. What has no record that it was is absent, and not lost."""
        if known.names == names:
            return []
        here = set(names)
        return [name for name in known.names if name not in here]

    def note_links(self, device: tuple[int, int], number: int, columns: bytes, codes: bytes) -> None:
        """Note the files that have more names: linking changes the ctime of all, so none of a changed group is SAME."""
        count = len(codes)
        if not any(codes) or max(memoryview(columns).cast("I")[: 2 * count : 2]) < 2:
            return
        chosen = changed(codes)
        for at, stat in zip(chosen, unpack(pick(columns, chosen)), strict=True):
            if stat.links > 1 and stat.mode & 0o170000 == 0o100000:
                self._survey.linked.setdefault((*device, stat.inode), []).append((number, at))
