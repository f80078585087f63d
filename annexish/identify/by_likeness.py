"""Which gone file is which new one, by how much of their bytes is the same (docs/architecture.md, "Identity").

Such a pair moved and was saved through another inode, so neither inode nor digest tell. Reading is dear, so only
files of like size and the same name or extension are compared, and few.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

SMALLEST, LARGEST = 64, 1 << 20
"""Bytes: what is smaller says little, what is larger takes long."""
MOST = 200
"""How many pairs of the same name are compared."""
MOST_OF_OTHER_NAMES = 20
"""How many more, of which only the extension is the same."""
LIKE = 0.5
"""Which part of the larger file must be the same; Git's threshold for renames."""
_FACTOR = 2


class Likely(NamedTuple):
    """A file that may be one of another name: its key, its last component, its size in bytes."""

    key: int
    name: bytes
    size: int


Read = Callable[[int], bytes | None]
"""From a key to the bytes, None if they cannot be read."""


def by_likeness(gone: Sequence[Likely], found: Sequence[Likely], old: Read, new: Read) -> dict[int, int]:
    """Return which new key is which gone one: the most alike first, each at most once."""
    scored: list[tuple[float, int, int]] = []
    olds: dict[int, Counter[bytes] | None] = {}
    news: dict[int, Counter[bytes] | None] = {}
    for was, now in _few(gone, found):
        if was.key not in olds:
            olds[was.key] = _pieces(old(was.key))
        if olds[was.key] is None:
            continue
        if now.key not in news:
            news[now.key] = _pieces(new(now.key))
        score = _likeness(olds[was.key], news[now.key], max(was.size, now.size))
        if score >= LIKE:
            scored.append((score, now.key, was.key))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, now_key, was_key in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if now_key not in pairs and was_key not in taken:
            pairs[now_key] = was_key
            taken.add(was_key)
    return pairs


def _few(gone: Sequence[Likely], found: Sequence[Likely]) -> Iterator[tuple[Likely, Likely]]:
    """Yield pairs worth reading: of the same name first, then some of the same extension."""
    by_name: dict[bytes, list[Likely]] = defaultdict(list)
    by_extension: dict[bytes, list[Likely]] = defaultdict(list)
    for was in gone:
        if SMALLEST <= was.size <= LARGEST:
            by_name[was.name].append(was)
            by_extension[_extension(was.name)].append(was)
    fit = [now for now in found if SMALLEST <= now.size <= LARGEST]
    same = ((was, now) for now in fit for was in by_name[now.name] if _alike_in_size(was, now))
    yield from islice(same, MOST)
    other = (
        (was, now)
        for now in fit
        if _extension(now.name)
        for was in by_extension[_extension(now.name)]
        if was.name != now.name and _alike_in_size(was, now)
    )
    yield from islice(other, MOST_OF_OTHER_NAMES)


def _alike_in_size(one: Likely, other: Likely) -> bool:
    return max(one.size, other.size) <= _FACTOR * min(one.size, other.size)


def _extension(name: bytes) -> bytes:
    stem, _, extension = name.rpartition(b".")
    return extension.lower() if stem else b""


def _pieces(data: bytes | None) -> Counter[bytes] | None:
    """Cut behind each line feed.

    In a text these are lines, in other data pieces of some 256 bytes, which stay what they are when bytes are inserted.
    """
    return None if data is None else Counter(data.splitlines(keepends=True))


def _likeness(old: Counter[bytes] | None, new: Counter[bytes] | None, size: int) -> float:
    """Which part of the larger content both have."""
    if not old or not new:
        return 0.0
    return sum(len(piece) * count for piece, count in (old & new).items()) / size
