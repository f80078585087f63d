"""How much may go unasked."""

from __future__ import annotations

import pytest

from annexish.plan.guard import most


@pytest.mark.parametrize(
    ("files", "limit", "allowed"),
    [(0, "50%", 9), (10, "50%", 9), (30, "50%", 15), (30, "0%", 9), (30, "20", 20), (30, "0", 9), (30, "100%", 30)],
)
def test_the_limit(files: int, limit: str, allowed: float) -> None:
    """A part of the files, or a number; nine may always go."""
    assert most(files, limit) == allowed
