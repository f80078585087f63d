"""F13: a connection that is cut after a message, at every message of a sync."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from annexish import Repository
from annexish.remote import ssh
from annexish.remote.frames import CONTENTS, Frames
from annexish.remote.wire import Line
from tests.conftest import DEEP
from tests.faults.conftest import Record
from tests.flows.relatives import check_equal, check_idle, synced
from tests.flows.work import FILES
from tests.remote.served import line_to, started
from tests.trees import Tree, fsck

LARGE = 3 << 20
POINTS: Sequence[int] = range(1, 200) if DEEP else (2, 5, 9, 13, 19, 26, 34)


class Cut(Frames):
    """Frames that are cut after so many of either side; `moved` counts the bytes of all of them."""

    left = 1 << 30
    moved = 0

    def send(self, *parts: Any, pack: bool = False) -> None:  # noqa: ANN401 - whatever a frame may hold
        """Send one, and perhaps no more."""
        super().send(*parts, pack=pack)
        if parts[0] == CONTENTS:
            Cut.moved += sum(len(one) for one in parts[1] if isinstance(one, bytes))
        self._count()

    def receive(self) -> Sequence[Any]:
        """Receive one, and perhaps no more."""
        frame = super().receive()
        if frame[0] == CONTENTS:
            Cut.moved += sum(len(one) for one in frame[1] if isinstance(one, bytes))
        self._count()
        return frame

    def _count(self) -> None:
        Cut.left -= 1
        if Cut.left < 0:
            raise self.lost("the connection was cut")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Tree, Tree]:
    """A repository there and its clone here; frames go to a process that is no further away."""

    def connected(*_: object) -> Line:
        process = started()
        assert process.stdin is not None
        assert process.stdout is not None
        frames = Cut(process.stdout.fileno(), process.stdin.fileno(), patience=60)
        return line_to(process, frames)

    monkeypatch.setattr(ssh, "_connected", connected)
    monkeypatch.setattr(Cut, "left", 1 << 30)
    there = Tree(tmp_path, FILES, name="there")
    there.commit()
    top = str(tmp_path / "here")
    Repository.clone(f"ssh://there{there.top}", top)
    return there, Tree.opened(top)


def test_cut_after_a_message(pair: tuple[Tree, Tree], record_property: Record) -> None:
    """Both sides can be read, the next sync makes them equal, and what was there already does not come again."""
    there, here = pair
    chance, cut = random.Random(5), 0
    for point in POINTS:
        for tree, name in ((there, "there"), (here, "here")):
            tree.write(f"new/{name} {point}", f"{name} {point}")
            tree.move(f"new/{name} {point}", f"moved {name} {point}")
        there.write(f"large {point}", chance.randbytes(LARGE))
        Cut.left, Cut.moved = point, 0
        errors = [one.error for one in here.repository.sync().remotes]
        Cut.left = 1 << 30
        for tree in pair:
            tree.status()
            fsck(tree)
        synced(here)
        check_equal(here, there)
        assert Cut.moved < LARGE + (1 << 20)
        cut += errors != [None]
        if errors == [None]:
            break
    assert cut
    check_idle(here)
    record_property("tried", ("messages after which a connection was cut", cut))
