"""Which gone directory is which new one: where most of its children went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


def by_children(went: Iterable[tuple[int, int]], sizes: Mapping[int, int]) -> dict[int, int]:
    """Return pairs: a new directory to the gone directory that it is.

    `went` says of each object that moved: (gone directory it was in, new directory it is in);
    `sizes` how many objects each gone directory had. More than half must have gone to one place;
    a new directory that takes in several is the one that most came from, of equals the smallest number.
    """
    votes = Counter(went)
    best: dict[int, tuple[int, int]] = {}
    for (gone, new), count in votes.items():
        if count * 2 > sizes.get(gone, 0):
            best[new] = max(best.get(new, (0, 0)), (count, -gone))
    return {new: -gone for new, (_, gone) in best.items()}
