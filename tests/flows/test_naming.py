"""What the file system here has no names for is told before anything is copied, and left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.flows.contents.fill import holdable
from annexish.flows.contents.naming import folding_of, told
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap
from annexish.model.path import RepoPath
from annexish.plan.names import Folding
from tests.conftest import MakeFilesystem
from tests.pictures import entry, root
from tests.trees import Tree


@pytest.mark.root
@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "xfs", "btrfs"])
def test_file_systems_of_linux_take_every_name(filesystem: MakeFilesystem, kind: str) -> None:
    """So nothing is asked again, and nothing is left behind."""
    tree = Tree(Path(filesystem(kind)), {"a": "1"}, name="tree")
    place = Place(os.fsencode(tree.top))
    before = set(os.listdir(place.control))
    assert folding_of(place) is None
    assert set(os.listdir(place.control)) == before


def test_what_cannot_be_held_is_told_and_left_out() -> None:
    """A file, its twin in another case, and a directory with all that is in it."""
    gaps = [
        Gap(RepoPath(b""), 1, root(), anew=False, entries=[entry("a:b", "1"), entry("X", "2"), entry("x", "3")]),
        Gap(RepoPath(b"d?"), 2, root(), anew=True, entries=[entry("f", "4")]),
        Gap(RepoPath(b"d?/e"), 3, root(), anew=True, entries=[entry("g", "5")]),
    ]
    poor = Folding(lambda _: False, folds=True)
    problems = {one.path: one for gap in gaps for one in told(gap, poor)}
    assert sorted(problems) == [b"a:b", b"d?", b"x"]
    assert {one.code for one in problems.values()} == {"failed"}
    assert [(gap.path, [one.name for one in gap.entries]) for gap in holdable(gaps, problems)] == [(b"", [b"X"])]
    assert list(holdable(gaps, ())) == gaps
