"""Open directories below a root, component by component, following no link on the way."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HELD = 128


class Descent:
    """Holds the descriptors of the last path, so that a neighbour costs one `openat`.

    The path given out stays open until the next one is asked for. Paths may be longer than PATH_MAX.
    """

    def __init__(self, root: bytes) -> None:
        self._root = os.open(root, OPEN)
        self._last: tuple[bytes, int] = (b"", self._root)
        self._names: list[bytes] = []
        self._held: list[int] = []
        self._loose = -1
        self._loose_at: list[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let every descriptor go."""
        self._release(0)
        os.close(self._root)

    def open(self, path: bytes) -> int:
        """Return a descriptor of the directory `path`; raise OSError if a component is missing or a link."""
        if path == self._last[0]:
            return self._last[1]
        # while it is on the way, nothing is known to be open: a step may fail
        self._last = (b"", self._root)
        at = self._at(path.split(b"/") if path else [])
        self._last = (path, at)
        return at

    def _at(self, names: list[bytes]) -> int:
        if self._loose_at is not None and names[: len(self._loose_at)] == self._loose_at:
            return self._below_loose(names, len(self._loose_at))
        shared = 0
        while shared < min(len(names), len(self._held)) and names[shared] == self._names[shared]:
            shared += 1
        self._release(shared)
        at = self._held[-1] if self._held else self._root
        for name in names[shared:]:
            at = self._step(at, name)
        self._loose_at = names if self._loose >= 0 else None
        return at

    def _below_loose(self, names: list[bytes], level: int) -> int:
        """Go on from where the last path ended: a chain of directories costs one step for each."""
        # while it is on the way, nobody knows where it is: a step may fail
        self._loose_at = None
        for name in names[level:]:
            self._step(self._loose, name)
        self._loose_at = names
        return self._loose

    def _step(self, at: int, name: bytes) -> int:
        below = os.open(name, OPEN, dir_fd=at)
        if len(self._held) < _HELD:
            self._held.append(below)
            self._names.append(name)
            return below
        # deeper than what is held: only the last one stays open
        if self._loose >= 0:
            os.close(self._loose)
        self._loose = below
        return below

    def _release(self, keep: int) -> None:
        if self._loose >= 0:
            os.close(self._loose)
            self._loose, self._loose_at = -1, None
        while len(self._held) > keep:
            os.close(self._held.pop())
            self._names.pop()
