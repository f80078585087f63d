"""Objects of others that nobody checked yet: beside the history, which lends its own, and gone afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Corrupt
from annexish.flows.place.place import Place
from annexish.store.unchecked import Unchecked, sweep
from tests.trees import Tree, git


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository with a commit."""
    made = Tree(tmp_path, {"a": "1", "d": {"b": "2"}})
    made.commit()
    return made


def test_the_history_lends_its_objects(tree: Tree) -> None:
    """What it has is found, and is no news."""
    place = Place(os.fsencode(tree.top))
    head = git(tree, "rev-parse", "main").strip()
    with Unchecked(place.control) as came:
        assert came.references() == {}
        assert list(came.objects(place.history, [head])) == []
        assert os.listdir(os.path.join(came.path, "objects", "pack")) == []
    assert not os.path.exists(came.path)


def test_all_that_lacks_comes_after_what_it_names(tree: Tree, tmp_path: Path) -> None:
    """For a history that has nothing it is everything, each object once."""
    place, empty = Place(os.fsencode(tree.top)), Tree(tmp_path, name="empty")
    head = git(tree, "rev-parse", "main").strip()
    with Unchecked(place.control) as came:
        found = list(came.objects(Place(os.fsencode(empty.top)).history, [head]))
    assert [one.kind for one in found] == [b"blob", b"tree", b"blob", b"tree", b"commit"]


@pytest.mark.parametrize("name", ["main^{tree}", "no"])
def test_only_commits_and_blobs_are_asked_for(tree: Tree, name: str) -> None:
    """A reference to anything else is refused."""
    place = Place(os.fsencode(tree.top))
    asked = "5" * 40 if name == "no" else git(tree, "rev-parse", name).strip()
    with Unchecked(place.control) as came, pytest.raises(Corrupt, match="neither"):
        list(came.objects(place.history, [asked]))


def test_what_a_killed_command_left_goes(tree: Tree) -> None:
    """What this process uses stays."""
    control = tree.path(".annexish")
    os.makedirs(f"{control}/unchecked.1/objects")
    with Unchecked(control) as came:
        sweep(control)
        assert os.path.exists(came.path)
    assert [name for name in os.listdir(control) if name.startswith("unchecked")] == []
