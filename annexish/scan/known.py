"""What the cache has of a directory, in the form in which it is compared with the directory itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from annexish.scan.check import SEEDED, SPLIT, KnownRow, KnownShard, names_of
from annexish.scan.stat import concatenate, pick, without_last


class Index(Protocol):
    """What the walk asks of the cache."""

    def row(self, row: int) -> KnownRow: ...
    def children(self, row: int) -> dict[bytes, int]: ...
    def below(self, row: int) -> list[tuple[int, int, bytes]]: ...
    def by_inode(self, inode: int) -> list[int]: ...
    def shards(self, row: int) -> Iterable[KnownShard]: ...
    def shard(self, row: int, path: str) -> KnownShard | None: ...
    def place(self, row: int) -> tuple[int, bytes]: ...


class Known(NamedTuple):
    """What the cache has of one directory: names that were present, with their records, and child directories."""

    names: list[bytes]
    columns: bytes
    children: dict[bytes, int]


NOTHING = Known([], b"", {})


def known_of(index: Index, row: KnownRow | None) -> Known:
    """Return what the cache has in a directory, sorted by name, with the parts of a large one put together."""
    if row is None:
        return NOTHING
    children = index.children(row.row)
    if row.flags & SEEDED:
        return Known([], b"", children)
    if not row.flags & SPLIT:
        return Known(names_of(row.names), without_last(row.stats), children)
    shards = list(index.shards(row.row))
    names = [name for shard in shards for name in names_of(shard.names)]
    joined = concatenate([shard.stats for shard in shards])
    order = sorted(range(len(names)), key=names.__getitem__)
    return Known([names[at] for at in order], pick(joined, order), children)


def subtree(index: Index, top: int, without: set[int] | None = None) -> Iterator[KnownRow]:
    """Yield the rows below `top` and itself, parents first, leaving out the trees of `without`."""
    todo = [top]
    while todo:
        row = todo.pop()
        if without and row in without:
            continue
        yield index.row(row)
        todo.extend(index.children(row).values())
