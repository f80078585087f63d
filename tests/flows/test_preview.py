"""A dry run of a sync tells the steps that the sync makes then, and leaves everything as it is."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Busy, Missing, Refused
from annexish.store.lock import WAITING, Waiting
from tests.flows.relatives import cloned, furnished, head, steps
from tests.flows.work import WORK
from tests.trees import Tree


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("committed", [True, False])
def test_the_plan_is_what_is_done(here: Tree, there: Tree, work: str, *, committed: bool) -> None:
    """Whether what changed is committed or not, and here as there."""
    there.move("music/album/02", "music/album/2")
    there.write("photos/2026/d.jpg", "dddd")
    here.write("fresh", "fresh")
    WORK[work][0](here)
    if committed:
        here.commit()
        there.commit()
    before = [(head(tree), furnished(tree.top)) for tree in (here, there)]

    told = here.repository.sync(dry_run=True)

    assert [(head(tree), furnished(tree.top)) for tree in (here, there)] == before
    assert (told.commit, told.bytes_copied) == (None, 0)
    done = here.repository.sync()
    assert steps(told) == steps(done)
    assert len(told.conflicts) == len(done.conflicts)
    assert steps(here.repository.sync(dry_run=True)) == []


def test_only_what_is_in_scope_is_told(there: Tree, tmp_path: Path) -> None:
    """On either side; what leaves the scope is told as what goes."""
    part = cloned(there, "part", only=[b"photos"])
    there.write("music/more", "more")
    there.write("photos/2026/d.jpg", "dddd")
    there.move("photos/2025", "music/2025")
    told = part.repository.sync(dry_run=True)
    done = part.repository.sync()
    assert steps(told) == steps(done)
    assert ("here", "copy", "photos/2026/d.jpg") in steps(done)
    assert not [step for step in steps(done) if step[2] == "music/more"]
    part.write("photos/2026/e.jpg", "e")
    whole = Tree.opened(there.top)
    whole.repository.remote_add("part", part.top)
    whole.write("notes.txt", "other")
    assert steps(whole.repository.sync(dry_run=True)) == [("here", "copy", "photos/2026/e.jpg")]
    assert steps(whole.repository.sync()) == [("here", "copy", "photos/2026/e.jpg")]


def test_a_new_repository_is_told_everything(there: Tree, tmp_path: Path) -> None:
    """Which has no commit yet."""
    made = Repository.init(tmp_path / "new")
    made.remote_add("there", there.top)
    told = made.sync(dry_run=True)
    assert steps(told) == steps(made.sync())


def test_what_would_be_refused(here: Tree, there: Tree, tmp_path: Path) -> None:
    """Nobody to ask, and a history of its own."""
    with pytest.raises(Missing, match="remote"):
        there.repository.sync(dry_run=True)
    other = Tree(tmp_path, {"a": "1"}, name="other")
    other.commit()
    here.repository.remote_add("other", other.top)
    with pytest.raises(Refused, match="nothing in common"):
        here.repository.sync(["other"], dry_run=True)
    told = here.repository.sync(dry_run=True)
    assert [one.name for one in told.remotes if one.error] == ["other"]


def test_histories_are_fetched_by_one_at_a_time(here: Tree, there: Tree) -> None:
    """Another command that writes may remove what it takes for left behind, so a dry run waits for it."""
    there.write("fresh", "fresh")
    there.commit()
    lock = Path(here.path(".annexish/lock"))
    waiting = WAITING.set(Waiting(0))
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            here.repository.sync(dry_run=True)
    WAITING.reset(waiting)
    assert steps(here.repository.sync(dry_run=True)) == [("here", "copy", "fresh")]
