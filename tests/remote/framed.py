"""Frames made by hand."""

from __future__ import annotations

import zlib

import msgpack

from annexish.remote.frames import GREETING

HEAD = 12
_LENGTH = (1 << 30) - 1


def frame(*parts: object) -> bytes:
    """A frame without its check."""
    return headed(msgpack.packb(parts))


def headed(body: bytes) -> bytes:
    """A body with its length, and without its check."""
    return len(body).to_bytes(4, "big") + bytes(8) + body


def numbered(data: bytes) -> bytes:
    """What one side says, with the checks of its frames, as far as there are whole ones behind the greeting."""
    if not data.startswith(GREETING):
        return data
    made, number = bytearray(data), 0
    at = len(GREETING)
    while at + HEAD <= len(data):
        end = at + HEAD + (int.from_bytes(data[at : at + 4], "big") & _LENGTH)
        number += 1
        made[at + 4 : at + 8] = zlib.crc32(data[at : at + 4], number).to_bytes(4, "big")
        made[at + 8 : at + HEAD] = zlib.crc32(data[at + HEAD : end], number).to_bytes(4, "big")
        at = end
    return bytes(made)
