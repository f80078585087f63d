"""Who holds what, and may it go here? Answered offline, from what all repositories told."""

from __future__ import annotations

from collections.abc import Sequence

from annexish.flows.place.place import Place
from annexish.flows.remotes.knowledge import Found, Knowledge
from annexish.model.copies import Copy, Risk, Safety, Whereabouts
from annexish.model.path import RepoPath, components, split
from annexish.store.verified import verified_at


def whereis(place: Place, paths: Sequence[RepoPath]) -> list[Whereabouts]:
    """Return who has what of each path of the newest commit; raise Missing for a path that it has not."""
    return [each.where for each in safe(place, paths)]


def safe(place: Place, paths: Sequence[RepoPath]) -> list[Safety]:
    """Return of each path of the newest commit whether enough copies of it are elsewhere; raise Missing for none."""
    with Knowledge(place) as knowledge:
        return [_safety(place, knowledge, path) for path in knowledge.checked(paths)]


def at_risk(place: Place, paths: Sequence[RepoPath]) -> list[Risk]:
    """Return the directories in which something has too few copies elsewhere, in tree order."""
    risks: dict[RepoPath, Risk] = {}
    with Knowledge(place) as knowledge:
        for path in knowledge.checked(paths):
            for found in knowledge.found(path):
                for (at, entry), copies in knowledge.too_few(found):
                    directory = split(at)[0]
                    minimum = knowledge.minimum.at(at)
                    had = risks.get(directory, Risk(directory, 0, 0, copies, minimum))
                    risks[directory] = Risk(
                        directory,
                        had.files + 1,
                        had.size + entry.size,
                        min(had.copies, copies),
                        max(had.minimum, minimum),
                    )
    return sorted(risks.values(), key=lambda risk: components(risk.path))


def _safety(place: Place, knowledge: Knowledge, path: RepoPath) -> Safety:
    sums = _Sums(place, len(knowledge.holders))
    risky = risky_size = 0
    for found in knowledge.found(path):
        sums.add(found)
        for (_, entry), _ in knowledge.too_few(found):
            risky += 1
            risky_size += entry.size
    return Safety(sums.where(path, knowledge), knowledge.minimum.at(path), risky, risky_size)


class _Sums:
    """Adds up how many files and bytes there are, what each holder has of them, and when that here was verified."""

    def __init__(self, place: Place, holders: int) -> None:
        self._verified = place.verified
        self._files = self._size = 0
        self._held = [(0, 0)] * holders
        self._checked: int | None = None

    def add(self, found: Found) -> None:
        """Add some files."""
        sizes = [entry.size for _, entry in found.files]
        self._files += len(sizes)
        self._size += sum(sizes)
        for position, held in enumerate(found.held):
            files, size = self._held[position]
            self._held[position] = (files + sum(held), size + sum(s for s, has in zip(sizes, held, strict=True) if has))
        here = (entry for (_, entry), has in zip(found.files, found.held[0], strict=True) if has)
        for moment in verified_at(self._verified, [entry.digest for entry in here if entry.digest]):
            self._checked = moment if self._checked is None else min(self._checked, moment)

    def where(self, path: RepoPath, knowledge: Knowledge) -> Whereabouts:
        """Return the sums."""
        own, *others = knowledge.holders
        holders = [own._replace(verified=self._checked or 0), *others]
        having = [position for position, held in enumerate(self._held) if held[0]]
        copies = []
        for position in having:
            beside = knowledge.counting.beside(position, having)
            copies.append(
                Copy(holders[position], *self._held[position], "" if beside is None else holders[beside].name)
            )
        return Whereabouts(path, self._files, self._size, copies)
