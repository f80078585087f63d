"""Two versions of a text to one."""

from __future__ import annotations

import pytest

from annexish.store.text import LARGEST, merge_texts

BASE = b"1\n2\n3\n4\n5\n"


@pytest.mark.parametrize(
    ("base", "first", "later", "expected"),
    [
        (BASE, b"1a\n2\n3\n4\n5\n", b"1\n2\n3\n4\n5b\n", b"1a\n2\n3\n4\n5b\n"),
        (BASE, b"1\n2\n3\n4\n5\n6\n", BASE, b"1\n2\n3\n4\n5\n6\n"),
        (BASE, b"1\n2\n", b"0\n1\n2\n3\n4\n5\n", b"0\n1\n2\n"),
        ("ä\n\n\nö\n".encode(), "äe\n\n\nö\n".encode(), "ä\n\n\nöe\n".encode(), "äe\n\n\nöe\n".encode()),
        (b"1\r\n2\r\n3\r\n4\r\n", b"1a\r\n2\r\n3\r\n4\r\n", b"1\r\n2\r\n3\r\n4b\r\n", b"1a\r\n2\r\n3\r\n4b\r\n"),
        (BASE, b"1a\n2\n3\n4\n5\n", b"1b\n2\n3\n4\n5\n", None),
        (b"", b"1\n", b"2\n", None),
        (BASE, b"1\n2\n3\n4\n5\n\0", b"0\n1\n2\n3\n4\n5\n", None),
        (BASE, b"1\n2\n3\n4\n5\n\xff", b"0\n1\n2\n3\n4\n5\n", None),
        (BASE, BASE + b"x" * LARGEST, b"0\n" + BASE, None),
    ],
    ids=["far", "one side", "deleted", "not ascii", "crlf", "same line", "from nothing", "nul", "no utf-8", "large"],
)
def test_a_merge_is_clean_or_none(base: bytes, first: bytes, later: bytes, expected: bytes | None) -> None:
    """What changes the same lines is no merge, and never comes out with markers; sides may be swapped."""
    assert merge_texts(base, first, later) == expected
    assert merge_texts(base, later, first) == expected
