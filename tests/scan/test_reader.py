"""What is read of a name, and which record goes with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.model.kept import Put
from annexish.scan.reader import CONTENT, READ, Reader, Reading
from annexish.scan.stat import Statter, unpack
from annexish.scan.survey import LISTED, NEW, Listing
from annexish.system.descend import Descent


def linked(path: Path) -> None:
    """Something else is there."""
    path.unlink()
    path.symlink_to("target")


def replaced(path: Path) -> None:
    """Another file is there."""
    path.unlink()
    path.write_text("other content")


@pytest.mark.parametrize("change", [linked, replaced])
def test_what_changes_while_it_is_kept_has_the_record_of_what_was_read(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """The record that the walk saw is of something else: it would make a file of a link, or give it a wrong size."""
    file = tmp_path / "f"
    file.write_text("content")

    def keep(_: int, digest: bytes, size: int) -> Put:
        if file.is_file() and size == len("content"):
            assert digest
            change(file)
        return Put.LINKED

    with Descent(bytes(tmp_path)) as descent:
        columns = Statter().columns(descent.open(b""), [b"f"])
        assert columns is not None
        listing = Listing(0, -1, b"", b"", 0, LISTED, b"", False, (), [b"f"], columns, bytes([NEW]), [], [], [])  # noqa: FBT003
        ((values), *_), _ = Reader(descent, keep, 0).read(listing, bytes([CONTENT]), 0, 1)
    reading = Reading._make(values)

    assert reading.state == READ
    record = unpack(reading.columns)[0]
    assert (record.inode, record.size) == (os.lstat(file).st_ino, os.lstat(file).st_size)
