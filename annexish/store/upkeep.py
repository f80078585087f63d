"""Keep the history in few packs: what killed commands left is removed, small packs are joined."""

from __future__ import annotations

import os

from annexish.store.join import join_packs
from annexish.store.pack import TEMPORARY

MANY = 24


def tidy(directory: str) -> None:
    """Remove temporary files that nobody writes any more, and join packs when there are many.

    The writers' lock is held, so that nothing else writes packs here but a Git that pushes;
    its temporary files have other names.
    """
    packs = []
    for entry in _entries(directory):
        if entry.name.startswith(TEMPORARY):
            os.unlink(entry.path)
        elif entry.name.endswith(".idx"):
            packs.append((os.path.getsize(entry.path[:-4] + ".pack"), entry.path[:-4]))
    if len(packs) >= MANY:
        join_packs(directory, [path for _, path in _small(sorted(packs))])


def _entries(directory: str) -> list[os.DirEntry[str]]:
    with os.scandir(directory) as found:
        return list(found)


def _small(packs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The smallest packs, as long as each is no larger than twice what is before it together.

    So the sizes of what is left grow geometrically, and every byte is copied a logarithmic number of times.
    """
    chosen: list[tuple[int, str]] = []
    total = 0
    for size, path in packs:
        if len(chosen) > 1 and size > 2 * total:
            break
        total += size
        chosen.append((size, path))
    return chosen
