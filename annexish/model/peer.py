"""Another repository or store, as it says it is."""

from __future__ import annotations

from typing import NamedTuple

from annexish.model.ids import CommitId


class Peer(NamedTuple):
    """Who answers: `tree` says whether it has a working tree, `takes` whether it can be written to.

    `free` is how many bytes may be written there, as far as it knows.
    """

    id: str
    name: str
    head: CommitId | None
    tree: bool = True
    takes: bool = True
    free: int = 1 << 62
