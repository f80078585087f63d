"""Conflicts that are open on two sides: a set, merged as sets are."""

from __future__ import annotations

from collections.abc import Set as AbstractSet


def merge_sets(base: AbstractSet[bytes], first: AbstractSet[bytes], later: AbstractSet[bytes]) -> set[bytes]:
    """Return what is in both, and what a side added; what a side took out, because it was resolved there, is gone."""
    return {*(first & later), *(first - base), *(later - base)}
