"""What a sync says on the way."""

from __future__ import annotations

from pathlib import Path

from annexish import Repository
from annexish.model.report import Tick
from tests.trees import Tree


def test_what_crosses_is_told(tmp_path: Path) -> None:
    """Each content when it crosses, in either direction: how many did in both, of how many, and their bytes."""
    here = Tree(tmp_path, {"a": "1"}, name="here")
    here.commit()
    Repository.clone(here.top, tmp_path / "there")
    there = Tree.opened(str(tmp_path / "there"))
    here.write("b", "12")
    here.write("c", "123")
    there.write("d", "1234")
    ticks: list[Tick] = []
    there.repository.sync(progress=ticks.append)
    crossed = [tick for tick in ticks if tick.stage in ("fetching", "sending")]
    assert sorted(tick.stage for tick in crossed) == ["fetching", "fetching", "sending"]
    assert [(tick.files, tick.total_files, tick.total_size) for tick in crossed] == [(1, 3, 9), (2, 3, 9), (3, 3, 9)]
    assert crossed[-1].size == 9
