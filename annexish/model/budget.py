"""How much one verification may read."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """When to stop starting new files: after so many seconds, or bytes; None for never."""

    seconds: float | None = None
    size: int | None = None
