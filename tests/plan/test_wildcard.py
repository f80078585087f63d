"""Patterns with wildcards are read as in .gitignore."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.model.path import RepoPath, split
from annexish.model.scope import Pattern
from annexish.plan.wildcard import Wildcard


@pytest.mark.parametrize(
    ("pattern", "covered", "not_covered"),
    [
        ("*.jpg", "a.jpg d/a.jpg d.jpg/x d.jpg/e/x", "a.png jpg d/jpg"),
        ("/*.jpg", "a.jpg", "d/a.jpg"),
        ("d*", "d do/x e/do", "e"),
        ("d*/", "do/x e/do/x do/", "d do"),
        ("a/*.jpg", "a/b.jpg", "b/a/b.jpg a/b/c.jpg"),
        ("a/**", "a/b a/b/c", "a b/a/b"),
        ("**/b", "b a/b a/b/c a/c/b", "c"),
        ("a/**/b*", "a/b a/x/y/bc a/x/b/c", "b a/x"),
        ("[ab]?", "a1 x/b2/y", "c1 a"),
        ("*", "a a/b", ""),
        ("caf\udce9*", "caf\udce9 caf\udce9s/x", "cafe"),
        ("a*b", "a\nb", "a/b"),
    ],
)
def test_what_a_pattern_covers(pattern: str, covered: str, not_covered: str) -> None:
    """A match covers what is below it; a slash at the end matches directories only; the top is nobody's match."""
    wild = Wildcard(Pattern(pattern.encode(errors="surrogateescape")))

    assert [path for path in covered.split(" ") if not _covers(wild, path)] == []
    assert [path for path in not_covered.split(" ") if _covers(wild, path)] == []
    assert not wild.covers(RepoPath(b""), directory=True)


@pytest.mark.parametrize(
    ("pattern", "entered", "not_entered"),
    [
        ("*.jpg", "a a/b a/b/c", ""),
        ("/*.jpg", "", "a"),
        ("d*/", "a a/b", ""),
        ("a/*.jpg", "a", "b a/b"),
        ("/a*/b/*.jpg", "a ab ab/b", "b ab/c ab/b/c c/b"),
        ("a/**/b", "a a/x a/x/y", "b b/a"),
        ("a/**", "a", "b"),
        ("**/b", "a a/x", ""),
    ],
)
def test_which_directories_lead_to_a_match(pattern: str, entered: str, not_entered: str) -> None:
    """By their names alone, so that a directory does not come and go with what is in it."""
    wild = Wildcard(Pattern(pattern.encode()))

    assert [path for path in entered.split() if not wild.may_cover_below(RepoPath(path.encode()))] == []
    assert [path for path in not_entered.split() if wild.may_cover_below(RepoPath(path.encode()))] == []
    assert wild.may_cover_below(RepoPath(b"")) or pattern == "/*.jpg"


@pytest.mark.parametrize("pattern", ["", "#*", "!*.jpg", "[", "[z-a]", "*\\", "/", " ", "x/[a/b]/y"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """A comment, a pattern that takes back, one that is not finished: none would do what was meant."""
    with pytest.raises(ValueError, match=r"it |Invalid"):
        Wildcard(Pattern(pattern.encode()))


parts = st.sampled_from(["a", "b", "ab", "*", "a*", "?", "**", "[ab]", "*b"])
patterns = st.builds(
    lambda some, front, back: front + "/".join(some) + back,
    st.lists(parts, min_size=1, max_size=4), st.sampled_from(["", "/"]), st.sampled_from(["", "/"]),
)  # fmt: skip
places = st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=5).map("/".join)


@given(patterns, places)
def test_what_is_covered_can_be_entered(pattern: str, path: str) -> None:
    """Every directory above a match leads to it."""
    wild = Wildcard(Pattern(pattern.encode()))
    if not _covers(wild, path):
        return
    above = split(path.encode())[0]
    while above:
        assert wild.may_cover_below(above) or wild.covers(above, directory=True)
        above = split(above)[0]


def _covers(wild: Wildcard, path: str) -> bool:
    """Whether a path is covered; one that ends with a slash is a directory."""
    plain = RepoPath(path.removesuffix("/").encode(errors="surrogateescape"))
    return wild.covers(plain, directory=path.endswith("/"))
