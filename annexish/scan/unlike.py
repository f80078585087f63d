"""Which names of a directory have another record than before, without making an object for one that has not."""

from __future__ import annotations

from collections.abc import Sequence

from annexish.scan.stat import RUNS, WORD, pick, unpack

_CHUNK = 64
_CTIME = 4


def unlike(
    old_names: Sequence[bytes], old_columns: bytes, names: Sequence[bytes], columns: bytes, fresh: int
) -> list[int]:
    """Return the positions in `names` that are new, have another record, or one not older than `fresh` (ns).

    Both sequences are sorted. Whole chunks are compared as bytes.
    """
    if old_names == names:
        return _differing(old_columns, columns, range(len(names)), fresh)
    places = {name: at for at, name in enumerate(old_names)}
    common = [at for at, name in enumerate(names) if name in places]
    found = [at for at, name in enumerate(names) if name not in places]
    before = pick(old_columns, [places[names[at]] for at in common])
    return sorted(found + _differing(before, pick(columns, common), common, fresh))


def _differing(before: bytes, now: bytes, positions: Sequence[int], fresh: int) -> list[int]:
    count = len(positions)
    if not count:
        return []
    times = memoryview(now).cast("q")[_CTIME * count : (_CTIME + 1) * count]
    if before == now and max(times) < fresh // 10**9:
        return []
    found: list[int] = []
    starts = [run * count * WORD for run in range(RUNS)]
    for first in range(0, count, _CHUNK):
        last = min(first + _CHUNK, count)
        spans = [(start + first * WORD, start + last * WORD) for start in starts]
        same = all(before[a:b] == now[a:b] for a, b in spans)
        if same and max(times[first:last]) < fresh // 10**9:
            continue
        old = unpack(b"".join([before[a:b] for a, b in spans]))
        new = unpack(b"".join([now[a:b] for a, b in spans]))
        found += [
            positions[first + at]
            for at, (one, other) in enumerate(zip(old, new, strict=True))
            if one != other or other.ctime >= fresh
        ]
    return found
