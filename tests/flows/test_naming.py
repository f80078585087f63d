"""What the file system here has no names for is told before anything is copied, and left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish import Repository
from annexish.flows.contents import fill
from annexish.flows.contents.fill import holdable
from annexish.flows.contents.naming import folding_of, told
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap
from annexish.model.path import RepoPath, in_control
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


@pytest.mark.parametrize(
    "name",
    [".Annexish", ".ANNEXISH", ".annexi\u017fh", ".annex\u200cish", ".annexish.", ".annexish ", ".annexish::$DATA",
     "ANNEXI~1", "annexi~12"],
)  # fmt: skip
def test_other_names_of_the_control_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where names are folded, nothing goes into what may be the control directory; all else comes."""
    tree = Tree(tmp_path, {name: {"history.git": {"hooks": {"pre-push": "evil"}}}, "d": {name: "1"}})
    tree.commit()
    monkeypatch.setattr(fill, "folding_of", lambda _: Folding(lambda _: True, folds=True))
    clone, done = Repository.clone(tree.top, tmp_path / "clone")
    assert sorted(os.listdir(clone.root)) == [b".annexish", b"d"]
    assert os.listdir(os.path.join(clone.root, b"d")) == [os.fsencode(name)]
    assert {(one.path, one.code) for one in done.filled.problems} == {(os.fsencode(name), "failed")}


@pytest.mark.parametrize(
    "name",
    ["annexish", ".annexishignore", ".annexish2", "annexi", "annexi~", ".\xe4nnexish", "\u65e5.annexish", "\udcff"],
)
def test_what_is_no_name_of_the_control_directory(name: str) -> None:
    """Other names are those of the user, also if they are like it."""
    assert not in_control(os.fsencode(name) + b"/x")
    assert not in_control(b"d/.annexish")
