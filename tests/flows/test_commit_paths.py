"""Commits of some paths: no object is at two paths or at none, and what nobody asked for stays as it was."""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from annexish.model.entry import Kind
from annexish.store.cache import Cache
from tests.conftest import DEEP
from tests.randomly import Worker
from tests.trees import Tree, fsck, inside, real, recorded, words

_SEEDS = range(200) if DEEP else (8, 21, 25, 46)
_PICTURE = {"d0": {"n1": "one", "n2": "two"}, "d1": {"d2": {"n3": "three"}, "n2": "2"}, "n4": "four", "n1": "1"}


def commit(tree: Tree, *paths: str) -> tuple[list[tuple[str, ...]], list[str]]:
    """Commit what is at and below paths; return its changes, and what was taken along."""
    done = tree.repository.commit("a part", map(inside, paths), allow_mass_deletion=True)
    check(tree)
    return words(done), list(map(os.fsdecode, done.taken_along))


def check(tree: Tree) -> None:
    """Each object is at one path, and the stat cache is that of the history."""
    ids = [id for entry in tree.ls().values() for id in entry.ids]
    assert len(ids) == len(set(ids))
    assert tree.repository.verify().problems == ()


def test_a_chain_of_moves_is_taken_whole(tmp_path: Path) -> None:
    """Each end of a move that is taken along may be an end of another one."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "c": "three", "other": "four"})
    tree.commit()
    before = tree.ids()
    tree.move("c", "d")
    tree.move("b", "c")
    tree.move("a", "b")
    tree.append("other", "!")
    changes, along = commit(tree, "d")
    assert changes == [("moved", "a", "b"), ("moved", "b", "c"), ("moved", "c", "d")]
    assert along == ["a", "b", "c"]
    assert tree.ids() == {"b": before["a"], "c": before["b"], "d": before["c"], "other": before["other"]}
    assert tree.status() == [("modified", "other")]


def test_a_file_out_of_a_directory_that_moved(tmp_path: Path) -> None:
    """The directory moves too, without what else changed in it."""
    tree = Tree(tmp_path, {"d": {"a": "one", "b": "two"}, "e": {"c": "three"}})
    tree.commit()
    tree.move("d/a", "e/a")
    tree.move("d", "f")
    tree.append("f/b", "!")
    assert sorted(commit(tree, "e/a")[0]) == [("moved", "d", "f"), ("moved", "d/a", "e/a")]
    assert tree.status() == [("modified", "f/b")]


def test_another_directory_in_the_place_of_one_that_moved(tmp_path: Path) -> None:
    """Where neither is asked for, both stay out of the commit; a path in the new one takes the move along."""
    tree = Tree(tmp_path, {"d": {"a": "one", "e": {"b": "two"}}, "f": {"c": "three"}})
    tree.commit()
    tree.move("d", "g")
    tree.write("d/new", "four")
    tree.write("f/new", "five")
    assert commit(tree, "f/new") == ([("added", "f/new")], [])
    assert sorted(commit(tree, "d/new")[0]) == [("added", "d"), ("added", "d/new"), ("moved", "d", "g")]
    assert tree.status() == []


def test_a_directory_in_the_place_of_a_file(tmp_path: Path) -> None:
    """What is in it is not taken without it, and the file is a loss, or where it moved."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "c": {"d": "three"}})
    tree.commit()
    tree.remove("a")
    tree.write("a/x", "four")
    tree.write("a/y", "five")
    tree.move("b", "c/b")
    tree.write("b/x", "six")
    assert sorted(commit(tree, "a/x")[0]) == [("added", "a"), ("added", "a/x"), ("deleted", "a")]
    assert [os.fsdecode(lost.path) for lost in tree.repository.lost()] == ["a"]
    assert sorted(commit(tree, "b/x")[0]) == [("added", "b"), ("added", "b/x"), ("moved", "b", "c/b")]
    assert tree.status() == [("added", "a/y")]


def test_a_directory_in_the_place_of_another_one(tmp_path: Path) -> None:
    """Of the one that had the name nothing is left behind, whether it is gone or moved into the other one."""
    tree = Tree(tmp_path, {"a": {"x": "one"}, "b": {"y": "two"}, "c": {}, "d": {"z": {"w": "three"}}})
    tree.commit()
    tree.remove("c")
    tree.move("d", "c")
    tree.remove("c/z")
    tree.write("c/new", "four")
    assert sorted(commit(tree, "c/new")[0]) == [("added", "c/new"), ("deleted", "c"), ("moved", "d", "c")]
    tree.commit()
    tree.move("b", "t")
    tree.move("a", "b")
    tree.move("t", "b/inner")
    tree.write("b/new", "five")
    tree.write("b/inner/other", "six")
    assert sorted(commit(tree, "b/new")[0]) == [("added", "b/new"), ("moved", "a", "b"), ("moved", "b", "b/inner")]
    assert tree.status() == [("added", "b/inner/other")]


def test_a_part_of_a_directory_that_is_gone(tmp_path: Path) -> None:
    """Nothing else of it is deleted: neither when a path in it is named, nor when what moved out of it is."""
    inner = {"x": "two", "y": "three", "e": {"z": "four"}}
    tree = Tree(tmp_path, {"d": {"a": "one", "inner": inner, "b": "five", "c": {}}, "keep": {"k": "six"}})
    tree.commit()
    tree.move("d/a", "keep/a")
    tree.remove("d")
    assert commit(tree, "keep/a") == ([("moved", "d/a", "keep/a")], ["d/a"])
    assert commit(tree, "d/inner/x") == ([("deleted", "d/inner/x")], [])
    assert [os.fsdecode(lost.path) for lost in tree.repository.lost() if lost.commit] == ["d/inner/x"]
    assert sorted(commit(tree, "d/inner/e")[0]) == [("deleted", "d/inner/e"), ("deleted", "d/inner/e/z")]
    assert sorted(tree.ls()) == ["d", "d/b", "d/c", "d/inner", "d/inner/y", "keep", "keep/a", "keep/k"]
    tree.repository.recover([inside("d/inner")])
    assert tree.read("d/inner/y") == b"three"
    gone = [("deleted", "d/b"), ("deleted", "d/c"), ("deleted", "d/inner")]
    assert sorted(word for word in tree.status() if word in gone) == gone[:2]


def test_a_part_of_a_large_directory_that_is_gone(tmp_path: Path) -> None:
    """The rest of its shards stays."""
    tree = Tree(tmp_path, {"d": {f"{number}": f"{number}" for number in range(4200)}, "k": "six"})
    tree.commit()
    tree.remove("d")
    assert commit(tree, "d/17") == ([("deleted", "d/17")], [])
    assert len(tree.ls()) == 4201
    assert len(tree.status()) == 4200


@pytest.mark.parametrize("seed", _SEEDS)
def test_any_work(tmp_path: Path, seed: int) -> None:
    """What was asked for is recorded as it is; in the end all of it is."""
    chosen = random.Random(seed)
    tree = Tree(tmp_path, _PICTURE)
    tree.repository.config_set("scan.processes", "1")
    tree.commit()
    worker = Worker(tree.top, seed, in_place=False)
    for _ in range(6):
        worker.work(chosen.randrange(1, 8))
        paths = chosen.sample(sorted({*real(tree.top), *tree.ls()}), 1)
        commit(tree, *paths)
        for path in paths:
            then, now = ({at: one for at, one in found.items() if (at + "/").startswith(path + "/")}
                         for found in (recorded(tree), real(tree.top)))  # fmt: skip
            assert then == now
    tree.commit(allow_mass_deletion=True)
    check(tree)
    assert recorded(tree) == real(tree.top)
    fsck(tree)


def test_what_lost_its_place_to_a_move_that_was_taken_along_is_lost(tmp_path: Path) -> None:
    """Two directories changed places, then two in them; a part of that leaves no place for one of these."""
    tree = Tree(tmp_path, {"A": {"c": {"g": "content"}}, "B": {"y": "1", "d": {"f": "2"}}})
    tree.commit()
    for one, other in (("A", "B"), ("A/d", "B/c")):
        tree.move(one, "t")
        tree.move(other, one)
        tree.move("t", other)
    done = tree.repository.commit("a part", [inside("B/c/f")])
    gone = {change.path for change in done.difference.changes if change.word == "deleted"}
    listed = tree.ls()
    tree.remove("A/d/g")

    assert {loss.path for loss in tree.repository.lost() if loss.commit} == gone == {b"A/c", b"A/c/g"}
    assert next(iter(tree.repository.log(number=1))).counts == done.difference.counts
    with closing(Cache(tree.path(".annexish/cache.sqlite"), read_only=True)) as cache:
        assert cache.meta("files") == str(sum(entry.kind is Kind.FILE for entry in listed.values()))
    tree.repository.recover([inside("A/c/g")])
    assert tree.read("A/c/g") == b"content"
