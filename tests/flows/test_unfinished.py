"""What came of a content is of use while somebody may ask for the rest, and goes after long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.flows.tree import settle
from annexish.model.path import RepoPath
from tests.flows.relatives import check_equal, cloned, synced
from tests.remote.conformance.places import digest
from tests.trees import Tree

LARGE = os.urandom(300_000)
DAY = 86_400
LEFT = b"what nobody wants any more"


def _begun(tree: Tree, data: bytes, whole: bytes) -> Path:
    part = Path(tree.path(".annexish/keep/parts")) / digest(whole).hex()
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(data)
    return part


def test_what_nobody_went_on_with_for_long_goes(here: Tree, there: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """On both sides of the next sync."""
    left = [_begun(tree, LEFT, b"of something else") for tree in (here, there)]
    monkeypatch.setattr(settle, "_LONG", -DAY)
    there.write("fresh", "fresh")
    synced(here)
    assert not any(map(os.path.exists, left))
    check_equal(here, there)


def test_what_was_interrupted_goes_on_after_other_syncs(here: Tree, there: Tree) -> None:
    """What one remote began to give, or another client to bring, is not lost to a sync that knows nothing of it."""
    begun = [_begun(tree, LARGE[:100_000], LARGE) for tree in (here, there)]
    there.write("fresh", "fresh")
    synced(here)
    synced(here)
    assert all(map(os.path.exists, begun))
    there.write("large", LARGE)
    assert synced(here).bytes_copied == len(LARGE) - 100_000
    assert not begun[0].exists()


def test_what_is_wanted_goes_on(there: Tree, tmp_path: Path) -> None:
    """A content that is absent keeps its beginning while nobody who answers has it."""
    there.write("large", LARGE)
    there.commit()
    part = cloned(there, "part", content=False)
    (tmp_path / "there").rename(tmp_path / "away")
    begun = _begun(part, LARGE[:100_000], LARGE)
    part.repository.get([RepoPath(b"large")])
    assert begun.exists()
    (tmp_path / "away").rename(tmp_path / "there")
    assert part.repository.get([RepoPath(b"large")]).received == len(LARGE) - 100_000
    assert not begun.exists()
    assert Path(part.path("large")).read_bytes() == LARGE


def test_the_doctor_names_it(here: Tree) -> None:
    """With how much room it takes."""
    assert "unfinished" not in {finding.subject for finding in here.repository.doctor()}
    _begun(here, bytes(range(256)) * 32, LARGE)
    (found,) = (finding for finding in here.repository.doctor() if finding.subject == "unfinished")
    assert (found.state, found.hint) == ("1", "annexish sync")
    assert found.explanation.startswith("8,192 bytes")
