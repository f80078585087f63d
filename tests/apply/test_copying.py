"""What copying promises: digests and copies are those of all bytes, whatever size was expected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.apply.copying import digest_of


@pytest.mark.parametrize("size", [0, 1, 100, 1 << 16, (1 << 16) + 1, 1 << 20])
@pytest.mark.parametrize("expected", [0, 100, 1 << 16, 1 << 30])
def test_a_digest_is_that_of_the_whole_file(tmp_path: Path, size: int, expected: int) -> None:
    """What is larger or smaller than expected is read to its end."""
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    try:
        assert digest_of(descriptor, expected) == blake3(data).digest()
    finally:
        os.close(descriptor)
