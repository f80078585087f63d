"""How much may go without a person who says that it was meant."""

from __future__ import annotations

_FEW = 10
"""Fewer than this are never too many."""


def too_many(gone: int, files: int, limit: str) -> bool:
    """Whether so many of the files that are here may not go unasked: all of them, or more than the setting says."""
    return gone > 0 and (gone >= files or gone > most(files, limit))


def most(files: int, limit: str) -> float:
    """Return the most that may go, of so many files, by the setting `guard.max_deletions`: a number or a part."""
    part = files * int(limit[:-1]) / 100 if limit.endswith("%") else int(limit)
    return max(part, _FEW - 1)
