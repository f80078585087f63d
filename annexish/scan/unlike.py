"""Which names of a directory have another record than before, without making an object for one that has not."""

from __future__ import annotations

from collections.abc import Sequence

from annexish.scan.stat import RUNS, WORD, pick, unpack

_CHUNK = 64


def unlike(old_names: Sequence[bytes], old_columns: bytes, names: Sequence[bytes], columns: bytes) -> list[int]:
    """Return the positions in `names` that are new or have another record.

    Both sequences are sorted. Whole chunks are compared as bytes.
    """
    if old_names == names:
        return _differing(old_columns, columns, range(len(names)))
    places = {name: at for at, name in enumerate(old_names)}
    common = [at for at, name in enumerate(names) if name in places]
    found = [at for at, name in enumerate(names) if name not in places]
    before = pick(old_columns, [places[names[at]] for at in common])
    return sorted(found + _differing(before, pick(columns, common), common))


def _differing(before: bytes, now: bytes, positions: Sequence[int]) -> list[int]:
    count = len(positions)
    if before == now:
        return []
    found: list[int] = []
    starts = [run * count * WORD for run in range(RUNS)]
    for first in range(0, count, _CHUNK):
        last = min(first + _CHUNK, count)
        spans = [(start + first * WORD, start + last * WORD) for start in starts]
        if all(before[a:b] == now[a:b] for a, b in spans):
            continue
        old = unpack(b"".join([before[a:b] for a, b in spans]))
        new = unpack(b"".join([now[a:b] for a, b in spans]))
        found += [positions[first + at] for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    return found
