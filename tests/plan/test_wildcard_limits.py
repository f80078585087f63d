"""A pattern that would take too long is refused."""

from __future__ import annotations

import pytest

from annexish.model.path import RepoPath
from annexish.model.scope import Pattern
from annexish.plan.wildcard import Wildcard


@pytest.mark.parametrize("pattern", [b"a" * 5000, b"*a" * 13 + b"b"])
def test_what_could_take_for_ever_is_no_pattern(pattern: bytes) -> None:
    """Too long, or too many stars: it may come from another repository."""
    with pytest.raises(ValueError, match="4096 bytes"):
        Wildcard(Pattern(pattern))


def test_a_dozen_stars_are_enough_for_people() -> None:
    """And are read."""
    assert Wildcard(Pattern(b"**/*a*/**/*b*.j*")).covers(RepoPath(b"x/yaz/z/abc.jpg"), directory=False)
