"""What a sync says on the way."""

from __future__ import annotations

from pathlib import Path

from annexish import Repository
from annexish.model.report import Tick
from tests.trees import Tree


def test_what_crosses_is_told(tmp_path: Path) -> None:
    """Each content before it crosses, in either direction: how many did, of how many, and their bytes."""
    here = Tree(tmp_path, {"a": "1"}, name="here")
    here.commit()
    Repository.clone(here.top, tmp_path / "there")
    there = Tree.opened(str(tmp_path / "there"))
    here.write("b", "12")
    here.write("c", "123")
    there.write("d", "1234")
    ticks: list[Tick] = []
    there.repository.sync(progress=ticks.append)
    assert [tick for tick in ticks if tick.stage == "sending"] == [Tick("sending", b"", 0, 1, 0, 4)]
    first, second = (tick for tick in ticks if tick.stage == "fetching")
    assert first == Tick("fetching", b"", 0, 2, 0, 5)
    assert second in (Tick("fetching", b"", 1, 2, 2, 5), Tick("fetching", b"", 1, 2, 3, 5))
