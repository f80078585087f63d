"""What is done meanwhile is done once, whoever does the work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.system.turns import in_turns


@pytest.mark.parametrize("processes", [0, 1, 2, 3])
def test_what_is_done_meanwhile_is_done(processes: int) -> None:
    """Also where no other process helps; it is done before the first result is handed out."""
    done: list[str] = []

    def work(number: int, of: int) -> Iterator[int]:
        yield from range(10)[number::of]

    results = in_turns(work, processes, lambda: done.append("meanwhile"))

    assert next(results) == 0
    assert done == ["meanwhile"]
    assert list(results) == list(range(1, 10))
