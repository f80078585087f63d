"""Where an object is and what it is, in one snapshot, and from one to the next."""

from __future__ import annotations

from typing import NamedTuple

from annexish.model.entry import Entry
from annexish.model.ids import ObjectId


class Position(NamedTuple):
    """Where an object is: in which directory, under which name."""

    parent: ObjectId
    name: bytes


class State(NamedTuple):
    """One object in one snapshot; only the root has no position."""

    position: Position | None
    entry: Entry


class Edit(NamedTuple):
    """An object in a snapshot and in the next one; None where it is not."""

    id: ObjectId
    before: State | None
    after: State | None
