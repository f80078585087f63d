"""No more than so many bytes a second."""

from __future__ import annotations

import time

_SHARE = 8
"""What goes at once takes an eighth of a second."""


class Pace:
    """Lets bytes pass at a rate, in bytes a second, in both directions together; 0 is as fast as it goes."""

    def __init__(self, rate: int = 0) -> None:
        self._rate = rate
        self._free_at = 0.0
        self.most = max(rate // _SHARE, 1) if rate else 1 << 30
        """So many bytes should pass at once."""

    def passed(self, count: int) -> float:
        """Wait until more may pass; return for how many seconds."""
        if not self._rate or not count:
            return 0.0
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count / self._rate
        time.sleep(self._free_at - now)
        return self._free_at - now
