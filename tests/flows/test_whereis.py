"""Who holds what, and may it go here: answered from what others told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Missing, Usage
from annexish.model.copies import Risk, Safety, Whereabouts
from annexish.model.holdings import Disk, Holdings
from annexish.model.path import RepoPath
from annexish.store.holdings import KnownHoldings
from tests.flows.parts import hear, part_of, place_of, wants
from tests.flows.two import forget_cache
from tests.trees import Tree

FILES = {"a": "1", "d": {"b": "22", "c": "333", "e": {"f": "4444"}}, "g": {"h": "55555"}, "empty": {}}
Held = dict[str, tuple[int, int]]
DAY = 86_400


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A repository that holds everything."""
    tree = Tree(tmp_path, FILES)
    tree.commit()
    return tree


def where(tree: Tree, path: str) -> Whereabouts:
    """Who holds a path."""
    (found,) = tree.repository.whereis([RepoPath(path.encode())])
    return found


def held(tree: Tree, path: str) -> Held:
    """By name of the holder, how many files and bytes of a path it has."""
    return {copy.holder.name: (copy.files, copy.size) for copy in where(tree, path).copies}


def safe(tree: Tree, path: str) -> Safety:
    """Whether a path may go."""
    (found,) = tree.repository.safe([RepoPath(path.encode())])
    return found


def on_another_disk(tree: Tree, other: Tree, disk: str) -> None:
    """Let what is known of a repository say that it is on another disk."""
    known = KnownHoldings(place_of(tree).history, other.repository.id)
    told = known.last()
    assert told is not None
    known.publish(told._replace(disk=Disk(disk, f"host:/{disk}")))


def test_this_repository_holds_what_is_here(tree: Tree) -> None:
    """A directory has the files below it, all of them or some; what was deleted a moment ago is not here."""
    assert where(tree, "d").files == 3
    assert held(tree, "d") == {"tree": (3, 9)}
    assert held(tree, "") == {"tree": (5, 15)}
    assert (held(tree, "empty"), where(tree, "empty").files) == ({}, 0)
    tree.remove("d/c")
    assert held(tree, "d") == {"tree": (2, 6)}
    assert held(tree, "d/c") == {}
    tree.write("a", "other")
    assert held(tree, "a") == {}
    forget_cache(tree)
    assert held(tree, "") == {}


def test_what_is_in_no_commit_is_missing(tree: Tree, tmp_path: Path) -> None:
    """Whether it is here or not."""
    tree.write("new", "x")
    for path in ("new", "nothing", "a/b"):
        with pytest.raises(Missing):
            where(tree, path)
    with pytest.raises(Missing):
        where(Tree(tmp_path, name="empty"), "")


def test_others_hold_what_they_told(tree: Tree, tmp_path: Path) -> None:
    """What is absent there, or out of scope there, is not held; this repository comes first, then all by name."""
    part, most = part_of(tree, str(tmp_path / "part"), "a", "d/c"), part_of(tree, str(tmp_path / "most"), "a", "d")
    wants(most, without=["g"])
    hear(tree, part, most)
    assert list(held(tree, "")) == ["tree", "most", "part"]
    assert held(tree, "") == {"tree": (5, 15), "part": (2, 4), "most": (4, 10)}
    assert held(tree, "d") == {"tree": (3, 9), "part": (1, 3), "most": (3, 9)}
    assert held(tree, "d/e/f") == {"tree": (1, 4), "most": (1, 4)}
    assert held(tree, "g") == {"tree": (1, 5)}


def test_what_is_there_besides_the_scope_is_held(tree: Tree, tmp_path: Path) -> None:
    """It was made there, or nobody else had it yet."""
    part = part_of(tree, str(tmp_path / "part"), "a", "g/h")
    wants(part, only=["g"])
    hear(tree, part)
    assert held(tree, "a") == {"tree": (1, 1), "part": (1, 1)}
    assert held(tree, "d") == {"tree": (3, 9)}


def test_an_object_is_held_wherever_it_is_there(tree: Tree, tmp_path: Path) -> None:
    """Under another name, in another directory; other bytes are not the same."""
    other = part_of(tree, str(tmp_path / "other"), "a", "d", "g")
    other.move("d/e", "moved")
    other.move("a", "d/renamed")
    other.append("g/h", "!")
    other.commit()
    hear(tree, other)
    assert held(tree, "") == {"tree": (5, 15), "other": (4, 10)}
    assert held(tree, "d/e/f") == {"tree": (1, 4), "other": (1, 4)}
    other.remove("moved/f")
    other.commit()
    hear(tree, other)
    assert held(tree, "d/e") == {"tree": (1, 4)}


def test_how_old_it_is_and_where_it_was(tree: Tree, tmp_path: Path) -> None:
    """What is here was verified, or not; what others told is as old as they said."""
    other = part_of(tree, str(tmp_path / "other"), "a")
    other.repository.verify()
    hear(tree, other)
    here, there = (copy.holder for copy in where(tree, "a").copies)
    assert (here.here, here.verified, there.here) == (True, 0, False)
    assert there.id == other.repository.id
    assert there.verified > there.told - DAY
    assert there.disk.label.startswith(os.uname().nodename)
    tree.repository.verify([RepoPath(b"a")])
    assert where(tree, "a").copies[0].holder.verified
    assert not where(tree, "").copies[0].holder.verified


def test_whoever_tells_nonsense_holds_nothing(tree: Tree) -> None:
    """A scope of a later version, no head, a blob that is none."""
    history, head = place_of(tree).history, place_of(tree).head()
    nothing = frozenset[bytes]()
    for number, (scope, at) in enumerate([(b"nonsense", head), (b"", None)]):
        id = f"{number:032x}"
        told = Holdings(id, id, 1, 1, at, scope, nothing, nothing, Disk("", ""))  # type: ignore[arg-type]
        KnownHoldings(history, id).publish(told)
    history.point(f"refs/annexish/holdings/{'c' * 32}", history.add_blob(b"nonsense").hex())
    assert held(tree, "") == {"tree": (5, 15)}


def test_it_is_safe_if_enough_others_have_it(tree: Tree, tmp_path: Path) -> None:
    """Two on one disk are one copy, wherever that disk is."""
    assert safe(tree, "d").risky == 3
    one, two = (part_of(tree, str(tmp_path / name), "a", "d", name=name) for name in ("one", "two"))
    hear(tree, one, two)
    found = safe(tree, "d")
    assert (found.minimum, found.risky) == (1, 0)
    assert [(copy.holder.name, copy.beside) for copy in found.where.copies] == [
        ("tree", "one"), ("one", "tree"), ("two", "tree")
    ]  # fmt: skip
    assert (safe(tree, "").risky, safe(tree, "g").risky_size, safe(tree, "empty").risky) == (1, 5, 0)

    tree.repository.config_set("copies.minimum", "2")
    assert safe(tree, "d").risky == 3
    on_another_disk(tree, one, "1")
    assert safe(tree, "d").risky == 0
    on_another_disk(tree, two, "1")
    assert (safe(tree, "d").risky, safe(tree, "d").risky_size) == (3, 9)


def test_a_directory_may_need_more_copies(tree: Tree, tmp_path: Path) -> None:
    """Its files are at risk with fewer; directories are listed with the worst of them."""
    one = part_of(tree, str(tmp_path / "one"), "a", "d")
    hear(tree, one)
    on_another_disk(tree, one, "1")
    tree.repository.config_set("copies.minimum", "1:d/e=2")
    assert (safe(tree, "d").minimum, safe(tree, "d").risky, safe(tree, "d/e").minimum) == (1, 1, 2)
    assert tree.repository.at_risk() == [
        Risk(RepoPath(b"d/e"), 1, 4, 1, 2), Risk(RepoPath(b"g"), 1, 5, 0, 1)
    ]  # fmt: skip
    assert tree.repository.at_risk([RepoPath(b"a")]) == []


@pytest.mark.parametrize("value", ["0", "-1", "100", "x", "1:", "1:a", "1:a=0", "1:/a=2", "1:../a=2", "a=1", ""])
def test_what_is_no_number_of_copies_is_refused(tree: Tree, value: str) -> None:
    """At least one copy is needed; paths are from the top."""
    with pytest.raises(Usage):
        tree.repository.config_set("copies.minimum", value)


def test_empty_files_and_links_are_safe(tmp_path: Path) -> None:
    """The history has all of them."""
    tree = Tree(tmp_path, {"empty": ""})
    os.symlink("empty", tree.path("link"))
    tree.commit()
    assert safe(tree, "").risky == 0
    assert held(tree, "") == {"tree": (2, 0)}


def test_many_files_are_asked_for_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sums are the same."""
    monkeypatch.setattr("annexish.flows.remotes.knowledge._TOGETHER", 2)
    tree = Tree(tmp_path, FILES)
    tree.commit()
    other = part_of(tree, str(tmp_path / "other"), "a", "d")
    other.move("d", "D")
    other.commit()
    hear(tree, other)
    assert held(tree, "") == {"tree": (5, 15), "other": (4, 10)}
