"""A name whose record alone was asked for, and that is another file by now."""

from __future__ import annotations

import os
from pathlib import Path

from blake3 import blake3

from annexish.scan.reader import READ, RECORD, Reader, Reading
from annexish.scan.stat import Statter, unpack
from annexish.scan.survey import LISTED, Listing
from annexish.system.descend import Descent


def test_the_content_of_another_file_is_read(tmp_path: Path) -> None:
    """It would be taken for what the first one had, with a record by which nobody looks again."""
    for name, data in (("a", b"one"), ("b", b"two")):
        (tmp_path / name).write_bytes(data)
    with Descent(os.fsencode(tmp_path)) as descent:
        seen, _ = Statter().one(descent.open(b""), b"a")
        os.rename(tmp_path / "b", tmp_path / "a")
        listing = Listing(
            0, -1, b"", b"", 0, LISTED, own=b"", mount=False, attributes=(),
            names=[b"a"], columns=seen, codes=b"\3", children=[], lost=[], excused=[],
        )  # fmt: skip
        found, _ = Reader(descent, None, 1 << 62).read(listing, bytes([RECORD]), 0, 1)
    (reading,) = map(Reading._make, found)
    assert (reading.state, reading.content) == (READ, blake3(b"two").digest())
    assert unpack(reading.columns)[0].inode == os.stat(tmp_path / "a").st_ino
