"""JSON Lines."""

from __future__ import annotations

import json
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from annexish.cli.jsonl import Items, named


def test_a_utf8_name_is_given_once() -> None:
    """As it is."""
    assert named("path", "ü".encode()) == {"path": "ü"}


@given(st.binary())
def test_every_name_comes_through(path: bytes) -> None:
    """Any bytes can be had back from an item, and the item is ASCII."""
    lines: list[str] = []
    Items(lines.append).item("entry", named("path", path))
    item = json.loads(lines[0])
    assert lines[0].isascii()
    assert (b64decode(item["path_bytes"]) if "path_bytes" in item else item["path"].encode()) == path
