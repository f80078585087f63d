"""Merges of real source code, beside what Git makes of them.

In CI two sides change packages of the running Python's library at random, which makes a release of each.
`DEEP=1 REPLAY=/path/one.git:/path/two.git pytest tests/merge/test_real_histories.py` replays every n-th merge
of Git repositories that are at hand (`EVERY=n`, each one if it is not given).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from tests.conftest import DEEP
from tests.merge.changed import changed, released
from tests.merge.git import Merge, Repository, can_merge
from tests.merge.reasons import DECIDED, UNEXPLAINED
from tests.merge.replay import replay

REPLAY = [Path(each) for each in os.environ.get("REPLAY", "").split(":") if each]
EVERY = int(os.environ.get("EVERY", "1"))
SEEDS = int(os.environ.get("SEEDS", "500" if DEEP else "10"))

pytestmark = pytest.mark.skipif(not can_merge(), reason="needs Git 2.38 or later")
Note = Callable[[str, object], None]


def test_releases_changed_on_two_sides(tmp_path: Path, record_property: Note) -> None:
    """Moves, renames, edits, additions and deletions of files and directories come to what Git makes of them."""
    repository = Repository.beside(tmp_path / "git")

    check((two_sides(repository, seed) for seed in range(SEEDS)), repository, "changed releases", record_property)


@pytest.mark.deep
@pytest.mark.parametrize("lender", REPLAY, ids=lambda path: path.name)
def test_merges_of_public_repositories(lender: Path, tmp_path: Path, record_property: Note) -> None:
    """What people merged is merged as Git does it now."""
    repository = Repository.beside(tmp_path / "git", lender)
    merges = repository.merges(Repository(lender).line("rev-parse", "HEAD"), EVERY)

    check(merges, repository, str(lender), record_property)


def two_sides(repository: Repository, seed: int) -> Merge:
    """A release, and what two sides made of it."""
    random = Random(seed)
    base = released()
    start = repository.commit(repository.write(base))
    first, later = (
        repository.commit(repository.write(changed(random, base, side)), start) for side in ("left", "right")
    )
    return Merge(start, first, later)


def check(merges: Iterable[Merge], repository: Repository, what: str, record_property: Note) -> None:
    """What Git does without asking is equal, but for what it decides otherwise; each difference has its reason."""
    counts: Counter[str] = Counter()
    for merge in merges:
        replayed = replay(repository, merge)
        reasons = set(replayed.differs.values())
        assert not any(reason.startswith(UNEXPLAINED) for reason in reasons), (merge, replayed)
        assert not (replayed.clean and reasons - DECIDED), (merge, replayed)
        counts["merges"] += 1
        counts["in which something moved"] += bool(replayed.moves)
        counts["that Git makes alone"] += replayed.clean
        counts["of these equal"] += replayed.clean and not reasons
        counts["of all equal"] += not reasons
        counts.update(f"differ: {reason}" for reason in reasons)
    for name, number in counts.items():
        record_property("tried", (f"{what}: {name}", number))
