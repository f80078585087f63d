from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from annexish.scan.media.protocol import Outcome
from annexish.scan.media.reader import MediaReader
from tests.scan.media.place import opened

Look = Callable[[bytes, bytes], Outcome]


@pytest.fixture(scope="session")
def reader() -> Iterator[MediaReader]:
    """One reader for all tests that leave its process as it was."""
    with MediaReader(workers=1) as one:
        yield one


@pytest.fixture
def look(reader: MediaReader) -> Look:
    """Read a file of this name and these bytes."""

    def read(name: bytes, content: bytes) -> Outcome:
        with opened(content) as fd:
            return reader.read(fd, name, len(content))

    return read
