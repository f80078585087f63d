"""The examples of docs/format.md are the bytes of the golden files."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest

from annexish.codec.shards import nibbles
from annexish.store.cache import _INDEXES, _SCHEMA
from tests.codec.golden import stored

PAGE = (Path(__file__).parent.parent.parent / "docs" / "format.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"\(`([a-z-]+\.bin)`\):\n\n```hex\n(.*?)```", re.DOTALL)


def spelled(block: str) -> bytes:
    """The bytes of a block: what stands at the beginning of each line, up to two spaces."""
    return bytes.fromhex("".join(line.split("  ")[0] for line in block.splitlines()))


@pytest.mark.parametrize(("name", "block"), EXAMPLE.findall(PAGE))
def test_an_example_is_a_golden_file(name: str, block: str) -> None:
    """Who follows the page writes these bytes."""
    assert spelled(block) == stored(name)


def test_each_example_is_found() -> None:
    """No block of bytes goes unchecked."""
    assert len(EXAMPLE.findall(PAGE)) == PAGE.count("```hex") == 7


def test_the_message_of_the_page_is_the_golden_one() -> None:
    """A commit looks as shown."""
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown.encode() == stored("message.txt")


def test_the_way_of_a_name_is_as_shown() -> None:
    """The hash of the example is the hash of the name."""
    ((name, way),) = re.findall(r"The way of `(.*?)` begins with `([0-9a-f]+)`", PAGE)
    assert way == "".join(f"{nibble:x}" for nibble in islice(nibbles(name.encode()), len(way)))


def test_the_schema_of_the_page_is_that_of_the_cache() -> None:
    """The tables are made by these statements."""
    (shown,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    made = _SCHEMA + ";".join(_INDEXES) + ";"
    assert " ".join(shown.split()) == " ".join(
        made.replace(" IF NOT EXISTS", "").replace(";CREATE", "; CREATE").split()
    )


def test_one_sentence_a_line() -> None:
    """A change of a sentence is a change of a line."""
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL).splitlines()
    for line in prose:
        if line and line[0] not in "|#":
            assert not re.search(r"[.!?] [A-Z]", line), line
