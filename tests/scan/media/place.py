"""Open files that have no place in any directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from annexish.scan.media.protocol import OpenFile


def held(name: bytes, content: bytes) -> OpenFile:
    """A regular file of memory; whoever takes it closes it."""
    fd = os.memfd_create("media")
    os.pwrite(fd, content, 0)
    return OpenFile(fd, name, len(content))


@contextmanager
def opened(content: bytes) -> Iterator[int]:
    """The descriptor of such a file, while the block runs."""
    fd = held(b"", content).fd
    try:
        yield fd
    finally:
        os.close(fd)
