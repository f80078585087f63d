"""Large directories: only what differs in them is listed, and only the parts that differ are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from annexish.model.path import IGNORE_FILE
from annexish.scan.check import names_of
from annexish.scan.contrast import Contrast
from annexish.scan.here import Here
from annexish.scan.known import Index, Known
from annexish.scan.stat import concatenate, pick
from annexish.scan.survey import changed


class Sparse(NamedTuple):
    """The names of a directory that are not as they were, sorted, with their columns and codes."""

    names: list[bytes]
    columns: bytes
    codes: bytes


def sparse(names: Sequence[bytes], columns: bytes, codes: bytes) -> Sparse:
    """Leave out the names that are as they were."""
    keep = sorted(changed(codes), key=names.__getitem__)
    return Sparse([names[at] for at in keep], pick(columns, keep), bytes([codes[at] for at in keep]))


def sparse_of_parts(
    index: Index,
    row: int,
    paths: Sequence[str],
    columns_of: Callable[[list[bytes]], bytes | None],
    contrast: Contrast,
) -> Sparse | None:
    """Compare the parts of a large directory whose names are the same; None if it must be looked at as a whole.

    `columns_of` takes the records of names, if they are all there and no directories.
    """
    looked: list[tuple[Known, Here]] = []
    for path in paths:
        shard = index.shard(row, path)
        names = names_of(shard.names) if shard is not None else []
        columns = columns_of(names)
        if shard is None or columns is None or IGNORE_FILE in names:
            return None
        looked.append((Known(names, shard.stats, {}), Here(names, columns, {}, [])))
    codes = [contrast.codes(row, known, here)[0] for known, here in looked]
    names = [name for _, here in looked for name in here.names]
    return sparse(names, concatenate([here.columns for _, here in looked]), b"".join(codes))
