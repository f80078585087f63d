"""What Git calls an object."""

from __future__ import annotations

import hashlib


def object_name(kind: bytes, data: bytes) -> bytes:
    """The 20 bytes that Git calls an object of this kind and these bytes."""
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data, usedforsecurity=False).digest()
