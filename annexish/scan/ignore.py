"""What is left out: `.annexishignore` files (gitignore syntax), tagged caches, other file systems."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from annexish.model.path import IGNORE_FILE

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

CACHE_TAG = b"CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
"""https://bford.info/cachedir/"""
_LARGEST = 1 << 20


class Patterns:
    """The ignore files from the root down to a directory; the deepest one that has an opinion decides."""

    def __init__(self, above: tuple[tuple[bytes, GitIgnoreSpec], ...] = ()) -> None:
        self._stack = above

    def with_file(self, directory: int, path: bytes) -> Patterns:
        """Return the patterns that hold in the directory `path`, which has an ignore file."""
        lines = _lines(directory)
        if not lines:
            return self
        from pathspec import GitIgnoreSpec

        return Patterns((*self._stack, (path, GitIgnoreSpec.from_lines(lines))))

    def in_cache(self, directory: int, path: bytes) -> Patterns:
        """Return the patterns that hold in the directory `path`: of a tagged cache only the tag is not left out."""
        if _start(directory, CACHE_TAG, len(_SIGNATURE)) != _SIGNATURE:
            return self
        from pathspec import GitIgnoreSpec

        return Patterns((*self._stack, (path, GitIgnoreSpec.from_lines(["*", "!/" + CACHE_TAG.decode()]))))

    def match(self, path: bytes, *, directory: bool) -> bool:
        """Whether a path that is not tracked is left out."""
        for top, spec in reversed(self._stack):
            below = path[len(top) + 1 :] if top else path
            # no pattern has a line end in it, and to regular expressions it is not like other characters
            name = os.fsdecode(below).replace("\n", "\0")
            opinion = spec.check_file(name + "/" if directory else name).include
            if opinion is not None:
                return bool(opinion)
        return False

    def __bool__(self) -> bool:
        return bool(self._stack)


def _lines(directory: int) -> list[str]:
    text = os.fsdecode(_start(directory, IGNORE_FILE, _LARGEST))
    return [line.removesuffix("\r") for line in text.split("\n")] if text else []


def _start(directory: int, name: bytes, size: int) -> bytes:
    """The first bytes of a regular file; nothing if it is none or cannot be read."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    except OSError:
        return b""
    try:
        return os.read(descriptor, size) if os.path.isfile(descriptor) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
