"""What passes between the reader and its worker process: limits, files, outcomes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import NamedTuple

import msgpack

TAGS_VERSION = 1
"""The version of the tags' names and meanings; it rises when the same file would get other tags."""

MESSAGE = 65536
"""No message is larger, in bytes."""

READY = b"ready"

Value = str | int | float | list[str]
Tags = dict[str, Value]


class Outcome(NamedTuple):
    """What a file says of itself, in the order of the names; `note` says why that is not all."""

    tags: Tags
    note: str | None


class OpenFile(NamedTuple):
    """A regular file open for reading, the last component of its path, its size in bytes."""

    fd: int
    name: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost, and how long one process is used.

    `seconds` is wall-clock time, `processor` whole seconds of processor time,
    `memory` bytes of address space, `pixels` the largest picture that is believed;
    after `files` files another process takes over, so that what a library leaks stays small.
    """

    seconds: float = 10.0
    processor: int = 5
    memory: int = 1 << 30
    pixels: int = 1_000_000_000
    files: int = 10_000


def pack_limits(limits: Limits) -> bytes:
    """The first message to a worker."""
    return _packed(astuple(limits))


def unpack_limits(message: bytes) -> Limits:
    """The limits in the first message."""
    return Limits(*msgpack.unpackb(message))


def pack_request(file: OpenFile) -> bytes:
    """The message that goes with a file's descriptor."""
    return _packed((file.name, file.size))


def unpack_request(message: bytes, fd: int) -> OpenFile:
    """The file that came as `fd`."""
    name, size = msgpack.unpackb(message)
    return OpenFile(fd, name, size)


def pack_answer(outcome: Outcome, *, weary: bool) -> bytes:
    """The message for one outcome; `weary` asks for another process to go on."""
    message = _packed((outcome.tags, outcome.note, weary))
    if len(message) > MESSAGE:
        return _packed(({}, "more tags than can be recorded", weary))
    return message


def unpack_answer(message: bytes) -> tuple[Outcome, bool]:
    """The outcome, and whether the worker is weary; raise ValueError unless it is one.

    A file may have taken the worker over, so nothing is believed that was not checked.
    """
    try:
        answer = msgpack.unpackb(message, strict_map_key=False)
    except ValueError:
        answer = None
    match answer:
        case [dict() as tags, None | str() as note, bool() as weary] if _are_tags(tags):
            return Outcome(tags, note), weary
        case _:
            raise ValueError("made the process that read it answer nonsense")


def _are_tags(tags: dict[object, object]) -> bool:
    return all(isinstance(name, str) and _is_value(value) for name, value in tags.items())


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


_packed: Callable[[object], bytes] = msgpack.packb
