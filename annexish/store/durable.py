"""Small files that are replaced whole, and names that stay changed when the power goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def replace(path: str, data: bytes) -> None:
    """Let a file hold these bytes, durably; whoever reads it sees the old ones or the new ones.

    One writes at a time.
    """
    temporary = path + ".new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    with durably(os.path.dirname(path)):
        os.rename(temporary, path)


@contextmanager
def durably(directory: str) -> Iterator[None]:
    """Make the change of a name durable; where the directory cannot be opened for that, nothing is changed."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
