"""The process that reads media tags. Its standard input is the socket on which files come and answers go.

Parsers meet hostile bytes here, so this process has next to nothing: a bounded address
space, bounded processor time for each file, no descriptor but the socket and one file,
hence no further file and no network, and no core dump.
"""

from __future__ import annotations

import codecs
import os
import resource
import socket
import time

from annexish.scan.media import image, video
from annexish.scan.media.protocol import (
    MESSAGE,
    READY,
    Limits,
    OpenFile,
    Outcome,
    pack_answer,
    unpack_limits,
    unpack_request,
)
from annexish.scan.media.tags import read_tags

_DESCRIPTORS = 4
"""The socket, two null devices, one file."""

_NICENESS = 10


def main() -> None:
    """Answer until the other end closes."""
    with socket.socket(fileno=0) as channel:
        limits = unpack_limits(channel.recv(MESSAGE))
        _confine(limits)
        _load(limits)
        _lower(resource.RLIMIT_NOFILE, _DESCRIPTORS)
        channel.send(READY)
        while _serve(channel, limits):
            pass


def _confine(limits: Limits) -> None:
    os.nice(_NICENESS)
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)


def _lower(kind: int, value: int) -> None:
    """Set both limits for good, never above what they are."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _load(limits: Limits) -> None:
    """Import what the parsers would import later, when no file can be opened any more."""
    image.load(limits.pixels)
    video.load()
    for name in ("utf-16-le", "utf-16-be", "latin-1"):
        codecs.lookup(name)


def _serve(channel: socket.socket, limits: Limits) -> bool:
    message, fds, _, _ = socket.recv_fds(channel, MESSAGE, 1)
    if not message:
        return False
    file = unpack_request(message, fds[0])
    try:
        _allow(limits.processor)
        answer = _answer(file, limits)
    finally:
        os.close(file.fd)
    channel.send(answer)
    return True


def _allow(seconds: int) -> None:
    """Let the next file have `seconds` of processor time; beyond that the kernel ends the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(time.process_time()) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _answer(file: OpenFile, limits: Limits) -> bytes:
    try:
        return pack_answer(read_tags(file), weary=False)
    except MemoryError:
        note = f"needs more than {limits.memory >> 20} MiB of memory to read"
        return pack_answer(Outcome({}, note), weary=True)
