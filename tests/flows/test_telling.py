"""What a repository tells others that it holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.codec.scope import decode_scope
from annexish.flows.contents import telling
from annexish.model.holdings import Checked, Holdings
from annexish.model.ids import ROOT, ObjectId
from annexish.store.holdings import KnownHoldings
from tests.flows.parts import part_of, place_of, told, wants
from tests.flows.two import forget_cache
from tests.trees import Tree

FILES = {"a": "1", "d": {"b": "2", "c": "3", "e": {"f": "4"}}, "g": {"h": "5"}}
HOUR = 3600


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository that holds everything."""
    tree = Tree(tmp_path, FILES)
    tree.commit()
    return tree


def exceptions(tree: Tree) -> tuple[set[str], set[str]]:
    """The paths of what is besides, and of what is lacking."""
    found = told(tree)
    paths: dict[ObjectId, str] = {entry.id: path for path, entry in tree.ls().items()} | {ROOT: "."}
    return {paths[id] for id in found.besides}, {paths[id] for id in found.lacking}


def test_a_whole_repository_has_no_exceptions(tree: Tree) -> None:
    """It says who it is, where its head is, and on which disk it was."""
    found = told(tree)
    assert found == Holdings(
        tree.repository.id, "tree", 1, found.time, place_of(tree).head(), b"", frozenset(), frozenset(), found.disk
    )
    assert found.disk.label.startswith(os.uname().nodename)
    assert KnownHoldings(place_of(tree).history, "").get(tree.repository.id) == found


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    """It holds nothing of nothing."""
    assert told(Tree(tmp_path, FILES)).head is None


def test_what_is_absent_though_wanted_is_told(tree: Tree, tmp_path: Path) -> None:
    """A directory of which all is absent is told as one."""
    part = part_of(tree, str(tmp_path / "part"), "a", "d/c")
    assert exceptions(part) == (set(), {"d/b", "d/e", "g"})
    assert exceptions(part_of(tree, str(tmp_path / "none"))) == (set(), {"."})


def test_what_is_out_of_scope_is_not_lacking(tree: Tree, tmp_path: Path) -> None:
    """And what is there all the same is told."""
    part = part_of(tree, str(tmp_path / "part"), "a", "d/c", "g/h")
    wants(part, only=["d"])
    assert exceptions(part) == ({"a", "g/h"}, {"d/b", "d/e"})
    assert decode_scope(told(part).scope) == place_of(part).scope
    wants(part, only=["*c"])
    assert exceptions(part) == ({"a", "g/h"}, set())


def test_what_is_unwanted_is_no_exception_unless_it_is_there(tree: Tree, tmp_path: Path) -> None:
    """The scope itself says what is unwanted."""
    part = part_of(tree, str(tmp_path / "part"), "a", "d/c")
    wants(part, unwanted=["d", "g"])
    assert exceptions(part) == ({"d/c"}, set())


def test_nothing_new_is_not_told(tree: Tree, tmp_path: Path) -> None:
    """A change of the files, of the scope, or of what is present is."""
    part = part_of(tree, str(tmp_path / "part"), "a")
    assert [told(part).counter, told(part).counter] == [1, 1]
    wants(part, without=["*h"])
    assert (told(part).counter, exceptions(part)) == (2, (set(), {"d"}))
    part.write("d/b", "2")
    part.commit()
    assert (told(part).counter, exceptions(part)) == (3, (set(), {"d/c", "d/e"}))


def test_a_lost_cache_is_not_taken_for_a_whole_repository(tree: Tree) -> None:
    """Until a commit looked, nobody knows what is present."""
    told(tree)
    forget_cache(tree)
    assert exceptions(tree) == (set(), {"."})
    tree.commit()
    assert exceptions(tree) == (set(), set())


def test_a_large_directory(tmp_path: Path) -> None:
    """Which is in shards."""
    tree = Tree(tmp_path, {"many": {f"{number:05}": "x" for number in range(5000)}, "a": "1"})
    tree.commit()
    part = part_of(tree, str(tmp_path / "part"), "many/00007", "a")
    _, lacking = exceptions(part)
    assert len(lacking) == 4999
    assert "many/00007" not in lacking
    wants(part, only=["a"])
    assert exceptions(part) == ({"many/00007"}, set())


def test_too_many_exceptions_claim_nothing(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others are told must not be more than there is."""
    monkeypatch.setattr(telling, "fits", lambda exceptions: len(exceptions) < 2)
    assert exceptions(part_of(tree, str(tmp_path / "part"), "a", "d/c")) == (set(), {"."})


def test_what_was_verified_is_told(tree: Tree) -> None:
    """How many contents, and since when."""
    tree.repository.verify()
    found = told(tree)
    assert found.checked == Checked(5, found.checked.since)
    assert 0 <= found.time - found.checked.since < HOUR
