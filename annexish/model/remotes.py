"""Other repositories by the names that a person gave them here."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """A remote: what it is called here, where it is, and the id of the repository that was met there last, or "".

    `program` is what `annexish` is called on its machine, "" where nobody said. `limit` is how many bytes a second may
    go to it and come from it, 0 for as many as can; it is said for one command, and not remembered.
    """

    name: str
    url: str
    id: str = ""
    program: str = ""
    limit: int = 0
