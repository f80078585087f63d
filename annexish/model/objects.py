"""The port through which trees are built: a place that takes Git objects and gives them back."""

from __future__ import annotations

from typing import Protocol


class Objects(Protocol):
    """Objects by name: written once, never changed, safe to write twice."""

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        """Hold an object of kind b"blob", b"tree" or b"commit"; return its 20-byte name.

        The last `random` bytes are not worth the time to compress them.
        """

    def get(self, name: bytes) -> bytes | None:
        """Return the bytes of an object that was put here, None for others."""
