"""Which names a file system takes, and which of a directory are one name where case or Unicode form is folded."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

_DOUBTFUL = frozenset(b'<>:"\\|?*') | frozenset(range(32))
_UNITS = 255
"""What FAT, exFAT and NTFS take of a name, in UTF-16 units."""


class Folding(NamedTuple):
    """What a file system says of names: whether it takes one, and whether it folds them."""

    takes: Callable[[bytes], bool]
    folds: bool


def unholdable(names: Iterable[bytes], system: Folding) -> Iterator[tuple[bytes, str]]:
    """Yield the names of one directory that cannot be there, and why; of those that are one name the first one can."""
    seen: dict[str, bytes] = {}
    for name in sorted(names):
        if is_doubtful(name) and not system.takes(name):
            yield name, "this file system does not take such a name"
            continue
        if system.folds:
            first = seen.setdefault(folded(name), name)
            if first != name:
                yield name, f"on this file system it is the same name as {first.decode(errors='replace')!r}"


def is_doubtful(name: bytes) -> bool:
    """Whether there are file systems that do not take a name which others take."""
    if not _DOUBTFUL.isdisjoint(name) or name[-1:] in (b".", b" "):
        return True
    try:
        return len(name.decode().encode("utf-16-le")) > 2 * _UNITS
    except UnicodeDecodeError:
        return True


def folded(name: bytes) -> str:
    """Return what is left of a name where neither case nor Unicode form counts."""
    return unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()
