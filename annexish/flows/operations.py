"""What was done here, and how it is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator

from annexish.flows.place import Place
from annexish.model.ids import CommitId, TreeId
from annexish.model.report import Operation
from annexish.store.operations import Operations


def operations(place: Place) -> Iterator[Operation]:
    """Yield what was done, newest first."""
    return Operations(place.control).newest_first()


def record(
    place: Place, command: str, text: str, heads: tuple[CommitId | None, CommitId | None], *trees: TreeId
) -> None:
    """Record what a command did; the writers' lock is held."""
    Operations(place.control).append(Operation(0, int(time.time()), command, text, *heads, trees))
