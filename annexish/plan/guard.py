"""How much may go without a person who says that it was meant."""

from __future__ import annotations

_FEW = 10
"""Fewer than this are never too many."""


def most(files: int, limit: str) -> float:
    """Return the most that may go, of so many files, by the setting `guard.max_deletions`: a number or a part."""
    part = files * int(limit[:-1]) / 100 if limit.endswith("%") else int(limit)
    return max(part, _FEW - 1)
