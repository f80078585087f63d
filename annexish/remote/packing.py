"""Zstandard (RFC 8878) for frames, where it pays: when the connection is what both sides wait for."""

from __future__ import annotations

import sys
from typing import Any

from annexish.errors import Corrupt

_LEVEL = 1
"""Some 400 MB/s; what cannot be packed passes at several GB/s."""
_WINDOW = 21
"""The logarithm of how many bytes somebody may have to be held for unpacking: no frame needs more."""
_SMALL = 512
"""Bytes of a frame that is not worth it."""
NAME = "zstd"
"""What the feature is called."""


def available() -> bool:
    """Whether this Python can pack."""
    try:
        _library()
    except ImportError:
        return False
    return True


def pack(body: bytes) -> bytes | None:
    """Return the body, packed; None if that would save less than an eighth."""
    if len(body) < _SMALL:
        return None
    packed: bytes = _library().compress(body, _LEVEL)
    return packed if len(packed) < len(body) - len(body) // 8 else None


def unpack(body: bytes | memoryview, most: int) -> bytes:
    """Return what a packed body is, of at most so many bytes; raise Corrupt for another one."""
    library = _library()
    unpacker = library.ZstdDecompressor(options={library.DecompressionParameter.window_log_max: _WINDOW})
    try:
        made: bytes = unpacker.decompress(body, max_length=most)
    except library.ZstdError as error:
        raise Corrupt("what comes is not packed") from error
    if not unpacker.eof or unpacker.unused_data:
        raise Corrupt("what comes is packed, and longer than it may be")
    return made


def _library() -> Any:  # noqa: ANN401 - one of two modules
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
