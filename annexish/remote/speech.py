"""What the first item of a frame says, and how two sides find a version that both speak (docs/protocol.md)."""

from __future__ import annotations

import os

from annexish.codec.wire import fields
from annexish.errors import Unreachable
from annexish.remote import packing
from annexish.remote.beat import can_beat
from annexish.remote.frames import ALIVE, CONTENTS, Frames

WHO, QUESTION, PART, END, ERROR, WANTS, ASKS = range(CONTENTS)
PACK = ALIVE + 1
_ALIVE = "alive"
_PATIENCE, _BEAT = 120.0, 15.0
_BEATS, _RARE = 4, 300.0
"""So many signs of life may be late, and nobody may promise to be silent for longer between two of them."""
LONG = 5
"""Who waits for a disk to be made durable, or for who may do so, has so many times the patience."""
VERSIONS = (1, 1)
"""The lowest and the highest version that this program speaks."""


def patience() -> float:
    """How many seconds nothing may come before the other side is given up; ANNEXISH_PATIENCE says otherwise."""
    try:
        return max(float(os.environ.get("ANNEXISH_PATIENCE", "")), 1)
    except ValueError:
        return _PATIENCE


def greet(frames: Frames, versions: tuple[int, int] = VERSIONS, *, beats: bool = True) -> None:
    """Greet the other side, and wait for nothing; `beats` promises signs of life, where there can be any."""
    frames.greet()
    features: dict[str, float] = {packing.NAME: 1} if packing.available() else {}
    if beats and can_beat():
        features[_ALIVE] = interval()
    frames.send(WHO, versions, features)


def interval() -> float:
    """How many seconds lie between two signs of life."""
    return min(_BEAT, patience() / 4)


def meet(frames: Frames, versions: tuple[int, int] = VERSIONS) -> int:
    """Hear who the other side is; return the version to speak. Raise Unreachable if no version is spoken by both.

    From then on a side that promised signs of life is given up when none come.
    """
    frames.greeted()
    first, *rest = frames.receive()
    if first != WHO:
        raise frames.garbled("the other side does not say who it is")
    theirs, features = fields(tuple(rest), tuple, dict)
    lowest, highest = fields(theirs, int, int)
    alive = features.get(_ALIVE)
    frames.patience = max(patience(), _BEATS * min(alive, _RARE)) if type(alive) in (int, float) else None
    frames.unpacks = packing.NAME in features and packing.available()
    version: int = min(highest, versions[1])
    if version >= max(lowest, versions[0]):
        return version
    older = "there" if highest < versions[0] else "here"
    raise Unreachable(
        f"the annexish {older} is too old for the other one: they have no version of the protocol in common",
        hint=f"update annexish {older}",
    )
