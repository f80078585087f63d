"""Git objects, and the port through which trees are built: a place that takes them and gives them back."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class GitObject(NamedTuple):
    """An object of the history: kind b"commit", b"tree" or b"blob", and its bytes; its name follows from both."""

    kind: bytes
    data: bytes


class Objects(Protocol):
    """Objects by name: written once, never changed, safe to write twice."""

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        """Hold an object of kind b"blob", b"tree" or b"commit"; return its 20-byte name.

        The last `random` bytes are not worth the time to compress them.
        """

    def get(self, name: bytes) -> bytes | None:
        """Return the bytes of an object that was put here, None for others."""
