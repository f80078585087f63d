"""The other repositories that one knows by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Corrupt, Missing, Refused, Usage
from annexish.flows.place import place as places
from annexish.flows.remotes.remotes import met, remote
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from tests.trees import Tree

DISK, DESK = Peer("d1" * 16, "disk", None), Peer("d2" * 16, "desk", None)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository without remotes."""
    return Tree(tmp_path)


def place_of(tree: Tree) -> places.Place:
    """Where its things are."""
    return places.find(os.fsencode(tree.top))


def test_remotes_are_added_renamed_and_removed(tree: Tree) -> None:
    """Each change is there for who opens the repository next."""
    repository = tree.repository
    assert repository.remotes() == []
    repository.remote_add("my disk", "../disk", start=tree.top)
    repository.remote_add("desk", "ada@desk:Files")
    here = os.path.dirname(tree.top)
    assert Tree.opened(tree.top).repository.remotes() == [
        Known("desk", "ada@desk:Files"), Known("my disk", f"{here}/disk")
    ]  # fmt: skip

    repository.remote_rename("my disk", "disk")
    repository.remote_rename("disk", "disk")
    repository.remote_remove("desk")
    assert repository.remotes() == [Known("disk", f"{here}/disk")]


@pytest.mark.parametrize("name", ["", " ", "-x", "a/b", "a\nb", "\x1b[2J", "\u202ea", "a\udcff", "x" * 256])
def test_what_is_no_name_is_refused(tree: Tree, name: str) -> None:
    """It could be an option, a path, or something that a terminal obeys."""
    with pytest.raises(Usage):
        tree.repository.remote_add(name, "/disk")
    tree.repository.remote_add("disk", "/disk")
    with pytest.raises(Usage):
        tree.repository.remote_rename("disk", name)


def test_a_name_stands_for_one_remote(tree: Tree) -> None:
    """One that is taken is refused, one that is nobody's is missing."""
    tree.repository.remote_add("disk", "/disk")
    tree.repository.remote_add("desk", "/desk")
    with pytest.raises(Usage, match="already"):
        tree.repository.remote_add("disk", "/other")
    with pytest.raises(Usage, match="already"):
        tree.repository.remote_rename("disk", "desk")
    with pytest.raises(Missing):
        tree.repository.remote_remove("nobody")
    with pytest.raises(Missing):
        tree.repository.remote_rename("nobody", "somebody")


def test_who_was_met_is_remembered(tree: Tree) -> None:
    """And stays so when the remote is called otherwise."""
    tree.repository.remote_add("disk", "/disk")
    met(place_of(tree), "disk", DISK)
    tree.repository.remote_rename("disk", "old")
    met(place_of(tree), "old", DISK)
    assert remote(place_of(tree), "old") == Known("old", "/disk", DISK.id)


def test_another_repository_than_last_time_is_refused(tree: Tree) -> None:
    """Another disk is mounted there; who means it says so by adding it anew."""
    tree.repository.remote_add("disk", "/disk")
    met(place_of(tree), "disk", DISK)
    with pytest.raises(Refused, match="another repository"):
        met(place_of(tree), "disk", DESK)
    tree.repository.remote_remove("disk")
    tree.repository.remote_add("disk", "/disk")
    met(place_of(tree), "disk", DESK)


def test_this_repository_is_no_remote_of_itself(tree: Tree) -> None:
    """Neither itself nor a copy that has its id."""
    tree.repository.remote_add("me", tree.top)
    with pytest.raises(Refused, match="this repository"):
        met(place_of(tree), "me", Peer(tree.repository.id, "tree", None))


@pytest.mark.parametrize("text", ["[disk", "[disk]", '[disk]\nurl = "/disk"\nrepository = "x"\n'])
def test_a_file_that_says_something_else_is_named(tree: Tree, text: str) -> None:
    """A person may have edited it."""
    Path(tree.path(".annexish/remotes.toml")).write_text(text)
    with pytest.raises(Corrupt, match="remotes"):
        tree.repository.remotes()
