"""What a program did to files below a directory, in enough detail to do it again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from tests.faults import kernel
from tests.faults.calls import Call


class Event(NamedTuple):
    """One call that succeeded: its name, its files, its arguments, and for a write the bytes and their place."""

    name: str
    files: tuple[bytes, ...]
    arguments: tuple[int, ...]
    data: bytes = b""
    offset: int = 0


class Recorder:
    """Remembers the calls that succeeded, in the order of their ends."""

    def __init__(self, top: bytes) -> None:
        self._top = os.path.realpath(top)
        self.events: list[Event] = []

    def watch(self, call: Call) -> Callable[[int], None]:
        """Look at a call that is about to be made; return what to do when its result is known."""
        data, offset = _written(call)

        def after(result: int) -> None:
            if result >= 0:
                files = call.files
                if call.kind.name in ("open", "openat", "creat"):
                    files = (os.readlink(os.fsencode(f"/proc/{call.process}/fd/{result}")),)
                done = data[:result] if call.kind.data else data
                self.events.append(Event(call.kind.name, files, call.arguments, done, offset))

        return after


def _written(call: Call) -> tuple[bytes, int]:
    """The bytes of a write, and where they go."""
    if not call.kind.data:
        assert call.kind.name not in ("writev", "pwritev", "pwritev2"), "nothing here writes vectors"
        return b"", 0
    address, length, *offset = (call.arguments[at] for at in call.kind.data)
    data = kernel.memory(call.process, address, length)
    assert len(data) == length, "the bytes are in memory"
    return data, offset[0] if offset else _position(call.process, call.arguments[0])


def _position(process: int, descriptor: int) -> int:
    """Where the next bytes go: to the end of a file that is only added to."""
    with open(f"/proc/{process}/fdinfo/{descriptor}", encoding="ascii") as file:
        found = dict(line.split(":", 1) for line in file)
    if int(found["flags"], 8) & os.O_APPEND:
        return os.stat(f"/proc/{process}/fd/{descriptor}").st_size
    return int(found["pos"])
