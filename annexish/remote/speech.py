"""What the first item of a frame says, and how two sides find a version that both speak (docs/protocol.md)."""

from __future__ import annotations

from annexish.codec.wire import fields
from annexish.errors import Unreachable
from annexish.remote.frames import Frames

WHO, QUESTION, PART, END, ERROR, WANTS, ASKS, CONTENTS = range(8)
VERSIONS = (1, 1)
"""The lowest and the highest version that this program speaks."""


def greet(frames: Frames, versions: tuple[int, int] = VERSIONS) -> None:
    """Greet the other side, and wait for nothing."""
    frames.greet()
    frames.send(WHO, versions, {})


def meet(frames: Frames, versions: tuple[int, int] = VERSIONS) -> int:
    """Hear who the other side is; return the version to speak. Raise Unreachable if no version is spoken by both."""
    frames.greeted()
    first, *rest = frames.receive()
    if first != WHO:
        raise frames.garbled("the other side does not say who it is")
    theirs, _ = fields(tuple(rest), tuple, dict)
    lowest, highest = fields(theirs, int, int)
    version: int = min(highest, versions[1])
    if version >= max(lowest, versions[0]):
        return version
    older = "there" if highest < versions[0] else "here"
    raise Unreachable(
        f"the annexish {older} is too old for the other one: they have no version of the protocol in common",
        hint=f"update annexish {older}",
    )
