"""Scan, status and commit where part of the snapshot is absent: nothing absent is ever deleted by what is done here."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from annexish.flows.merge.choosing import Choice
from annexish.model.conflict import Disagreement
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.system.descend import Descent
from tests.advancing import miscounted
from tests.partial import as_cloned, forget_cache, let_go
from tests.trees import Link, Tree, draw, fsck, words

PICTURE = {
    "a": "one",
    "b": "two",
    "l": Link("target"),
    "d": {"e": {"f": "three", "g": "four"}, "h": "five", "i": "six"},
    "many": {f"{n}": f"file {n}" for n in range(20)},
    "void": {},
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Committed, with all of it here."""
    tree = Tree(tmp_path, PICTURE)
    tree.commit()
    return tree


def absent(tree: Tree) -> int:
    """What status counts; the cache must say the same, and be right."""
    assert miscounted(tree.top) == []
    return tree.repository.status().absent


def aside(tree: Tree, path: str) -> str:
    """What an object is called that lies beside another one, by its id as it is now."""
    head, name = os.path.split(path)
    stem, dot, extension = name.rpartition(".")
    begin = f"{stem if dot else name}.elsewhere-"
    found = [each for each in tree.ls() if os.path.dirname(each) == head and os.path.basename(each).startswith(begin)]
    assert len(found) == 1, found
    assert not dot or found[0].endswith(dot + extension)
    return found[0]


def test_absent_things_are_no_change(tree: Tree) -> None:
    """They are counted, and a commit records nothing of them."""
    let_go(tree, "a", "d/e", "l", "void")

    assert (tree.status(), absent(tree)) == ([], 4)
    assert tree.committed().commit is None
    tree.write("new", "n")
    assert tree.commit() == [("added", "new")]
    assert absent(tree) == 4
    fsck(tree)


@pytest.mark.parametrize("whole", [False, True])
def test_the_same_content_makes_it_present(tree: Tree, whole: bool) -> None:  # noqa: FBT001
    """It keeps its ids and is no change, whatever its metadata are now; also in a directory that was absent."""
    before = tree.ls()
    let_go(tree, *(["d", "l", "a"] if whole else ["d/e/f", "d/h", "l", "a"]))
    draw(tree.top, {"a": "one", "l": Link("target"), "d": {"e": {"f": "three"}, "h": "five"}})
    os.chmod(tree.path("a"), 0o600)
    if whole:
        os.chmod(tree.path("d/e"), 0o700)

    assert tree.status() == []
    assert tree.committed().commit is None
    assert tree.ls() == before
    assert absent(tree) == (2 if whole else 0)
    os.chmod(tree.path("d/h"), 0o755)
    assert tree.commit() == [("metadata", "d/h")]
    assert absent(tree) == (2 if whole else 0)
    tree.remove("a")
    assert tree.commit() == [("deleted", "a")]
    assert absent(tree) == (2 if whole else 0)


@pytest.mark.parametrize("other", ["other", "two", Link("one")])
def test_other_bytes_are_a_new_object(tree: Tree, other: str | Link) -> None:
    """The absent one goes on beside it, and a conflict says that both want the name."""
    before = tree.ids()
    let_go(tree, "d/h", "b")
    draw(tree.path("d"), {"h": other})

    status = tree.repository.status()
    assert [(each.about, each.path) for each in status.opened] == [(Disagreement.NAME, b"d/h")]
    assert status.conflicts == 0
    done = tree.committed()
    beside = aside(tree, "d/h")
    assert sorted(words(done)) == sorted([("added", "d/h"), ("moved", "d/h", beside)])
    assert [(each.about, each.path) for each in done.conflicts] == [(Disagreement.NAME, b"d/h")]
    assert [each.path for each in tree.repository.conflicts()] == [b"d/h"]
    ids = tree.ids()
    assert ids[beside] == before["d/h"] != ids["d/h"]
    assert absent(tree) == 2
    assert (tree.status(), tree.repository.status().conflicts) == ([], 1)
    assert tree.committed().commit is None
    check_snapshot_without(tree, beside, "b")
    fsck(tree)


def check_snapshot_without(tree: Tree, *paths: str) -> None:
    """What is recorded, but for what is absent, is what is here."""
    listed = {path: each for path, each in tree.ls().items() if path and path not in paths}
    for path, entry in listed.items():
        assert os.path.lexists(tree.path(path)), path
        assert os.path.isdir(tree.path(path)) == (entry.kind is Kind.DIRECTORY)


def test_the_name_beside_is_the_same_everywhere(tree: Tree) -> None:
    """It is made of the name and the id of the object, and free."""
    let_go(tree, "d/h")
    id = tree.ids()["d/h"].hex()
    tree.write(f"d/h.elsewhere-{id[:8]}", "in the way")
    tree.write("d/h", "other")
    tree.commit()

    assert tree.ids()[f"d/h.elsewhere-{id[:16]}"].hex() == id


def test_a_conflict_is_settled(tree: Tree) -> None:
    """By taking the version from elsewhere, which stays absent, or the one that is here."""
    before = tree.ids()
    let_go(tree, "a", "b")
    draw(tree.top, {"a": "other", "b": "other too"})
    tree.commit()
    beside = aside(tree, "a")
    tree.repository.resolve([RepoPath(b"b")], Choice.AS_IS)
    assert len(list(tree.repository.conflicts())) == 1
    assert tree.ids()[beside] == before["a"]
    assert absent(tree) == 2


def test_a_directory_in_the_place_of_an_absent_file(tree: Tree) -> None:
    """It is new, and the file goes on beside it."""
    before = tree.ids()
    let_go(tree, "a")
    draw(tree.top, {"a": {"x": "inside"}})
    tree.commit()

    assert tree.ids()[aside(tree, "a")] == before["a"]
    assert tree["a"].kind is Kind.DIRECTORY
    assert absent(tree) == 1
    assert len(list(tree.repository.conflicts())) == 1


@pytest.mark.parametrize("part", ["d", "d/e", "d/e/f"])
def test_a_file_in_the_place_of_a_directory_with_absent_things(tree: Tree, part: str) -> None:
    """The directory goes on beside it with what is absent in it; what was present in it is deleted."""
    before = tree.ids()
    let_go(tree, part)
    if os.path.lexists(tree.path("d")):
        tree.remove("d")
    tree.write("d", "a file")
    tree.commit()

    beside = aside(tree, "d")
    stay = {
        "d": {"", "/e", "/e/f", "/e/g", "/h", "/i"}, "d/e": {"", "/e", "/e/f", "/e/g"}, "d/e/f": {"", "/e", "/e/f"}
    }[part]  # fmt: skip
    assert {path[len(beside) :] for path in tree.ls() if path.startswith(beside)} == stay
    assert {tree.ids()[beside + one] for one in stay} == {before["d" + one] for one in stay}
    assert absent(tree) == {"d": 4, "d/e": 2, "d/e/f": 1}[part]
    assert tree.committed().commit is None
    assert tree.repository.verify().problems == ()
    fsck(tree)


def test_a_known_object_moved_to_the_place_of_an_absent_one(tree: Tree) -> None:
    """It is what it was, and the absent one goes on beside it."""
    before = tree.ids()
    let_go(tree, "a", "d/e")
    tree.move("b", "a")
    tree.move("many", "d/e")
    tree.commit()

    ids = tree.ids()
    assert (ids["a"], ids["d/e"]) == (before["b"], before["many"])
    assert ids[aside(tree, "a")] == before["a"]
    beside = aside(tree, "d/e")
    assert (ids[beside], ids[beside + "/f"]) == (before["d/e"], before["d/e/f"])
    assert absent(tree) == 3
    assert len(list(tree.repository.conflicts())) == 2
    fsck(tree)


def test_files_moved_into_a_directory_with_absent_things(tree: Tree) -> None:
    """They are in it, beside what is absent."""
    let_go(tree, "d/e/f", "void", "d/i")
    tree.move("b", "d/e/b")
    tree.move("d/h", "void/h")

    assert tree.commit() == [("moved", "b", "d/e/b"), ("moved", "d/h", "void/h")]
    assert absent(tree) == 2


def test_absent_things_move_with_their_directory(tree: Tree) -> None:
    """Nothing is deleted, and nothing is present for it."""
    before = tree.ids()
    let_go(tree, "d/e", "d/h", "many/3")
    tree.move("d", "new/place")

    status = tree.status()
    assert status == [("added", "new"), ("moved", "d", "new/place")]
    assert tree.commit() == status
    assert {path[9:]: id for path, id in tree.ids().items() if path.startswith("new/place")} == {
        path[1:]: id for path, id in before.items() if path == "d" or path.startswith("d/")
    }
    assert absent(tree) == 4
    draw(tree.path("new/place"), {"e": {"f": "three"}, "h": "five"})
    assert tree.commit() == []
    assert absent(tree) == 2


def test_a_directory_that_is_made_anew_elsewhere(tree: Tree) -> None:
    """What is absent stays where it was: nobody moved it."""
    before = tree.ids()
    let_go(tree, "d/e/f")
    os.mkdir(tree.path("z"))
    os.rename(tree.path("d/h"), tree.path("z/h"))
    os.rename(tree.path("d/i"), tree.path("z/i"))
    tree.remove("d")
    tree.commit()

    ids = tree.ids()
    assert {path for path in ids if path.startswith("d")} == {"d", "d/e", "d/e/f"}
    assert {path: ids[path] for path in ("d", "d/e", "d/e/f")} == {path: before[path] for path in ("d", "d/e", "d/e/f")}
    assert ids["z/h"] == before["d/h"]
    assert absent(tree) == 1


def test_deleting_a_directory_leaves_what_is_absent_in_it(tree: Tree) -> None:
    """What was here is a deletion; the rest stays in the history, in a directory that is absent."""
    before = tree.ids()
    let_go(tree, "d/e/f")
    tree.remove("d")

    told = [("deleted", path) for path in ("d/e/g", "d/h", "d/i")]
    assert tree.status() == told
    assert tree.commit() == told
    assert {path for path in tree.ids() if path.startswith("d")} == {"d", "d/e", "d/e/f"}
    assert absent(tree) == 1
    assert (tree.status(), tree.committed().commit) == ([], None)
    lost = sorted(each.path for each in tree.repository.lost())
    assert lost == [b"d/e/g", b"d/h", b"d/i"]
    draw(tree.top, {"d": {"e": {"f": "three"}}})
    assert tree.commit() == []
    assert (absent(tree), tree.ids()["d/e/f"]) == (0, before["d/e/f"])
    tree.remove("d")
    assert tree.commit() == [("deleted", "d"), ("deleted", "d/e"), ("deleted", "d/e/f")]
    assert absent(tree) == 0
    fsck(tree)


def test_an_empty_directory_that_is_absent(tree: Tree) -> None:
    """It stays, and one that is here is deleted."""
    let_go(tree, "void")
    assert tree.commit() == []
    assert "void" in tree.ids()
    tree.remove("many")
    assert ("deleted", "many") in tree.commit(allow_mass_deletion=True)
    assert "void" in tree.ids()
    os.mkdir(tree.path("void"))
    assert tree.commit() == []
    os.rmdir(tree.path("void"))
    assert tree.commit() == [("deleted", "void")]


def test_a_large_directory(tmp_path: Path) -> None:
    """All of this in a directory that is in parts."""
    tree = Tree(tmp_path, {"large": {f"{n}": f"{n}" for n in range(4500)}})
    tree.commit()
    before = tree.ids()
    let_go(tree, *(f"large/{n}" for n in range(5)))
    assert (tree.status(), absent(tree)) == ([], 5)
    tree.write("large/0", "0")
    tree.write("large/1", "other")
    tree.remove("large/9")
    tree.commit()
    assert absent(tree) == 4
    ids = tree.ids()
    assert ids["large/0"] == before["large/0"]
    assert ids[aside(tree, "large/1")] == before["large/1"]
    tree.remove("large")
    tree.commit(allow_mass_deletion=True)
    assert len([path for path in tree.ids() if path.startswith("large/")]) == 4
    assert absent(tree) == 4
    draw(tree.top, {"large": {"2": "2", "3": "x"}})
    tree.commit()
    assert tree.ids()["large/2"] == before["large/2"]
    assert absent(tree) == 3
    let_go(tree, "large/2")
    assert (tree.commit(), absent(tree)) == ([], 4)


def test_a_large_directory_that_was_absent(tmp_path: Path) -> None:
    """It is adopted as a whole."""
    tree = Tree(tmp_path, {"large": {f"{n}": f"{n}" for n in range(4500)}})
    tree.commit()
    before = tree.ids()
    as_cloned(tree)
    tree.remove("large/17")
    assert (tree.commit(), absent(tree)) == ([], 1)
    assert tree.ids() == before
    assert tree.status() == []


def test_a_clone_adopts_what_is_there(tree: Tree) -> None:
    """By path and digest; what has other bytes is a new object, as nobody said that it is a newer version."""
    before = tree.ids()
    tree.remove("d/e", "many/1")
    tree.write("a", "other")
    tree.write("many/new", "new")
    as_cloned(tree)

    tree.commit()
    beside = aside(tree, "a")
    ids = tree.ids()
    assert ids == {**before, "a": ids["a"], beside: before["a"], "many/new": ids["many/new"]}
    assert ids["a"] != before["a"]
    assert absent(tree) == 4
    assert [each.path for each in tree.repository.conflicts()] == [b"a"]


def test_a_lost_cache_makes_no_conflicts(tree: Tree) -> None:
    """Nobody knows what was here, so other bytes are an edit; after that commit it is known."""
    before = tree.ids()
    forget_cache(tree)
    tree.write("a", "edited")
    tree.remove("b")

    assert tree.status() == [("modified", "a")]
    assert tree.commit() == [("modified", "a")]
    assert (tree.ids(), absent(tree)) == (before, 1)
    tree.write("b", "edited")
    assert len(tree.committed().conflicts) == 1


def test_a_lost_cache_and_a_commit_of_some_paths(tree: Tree) -> None:
    """Of the rest still nobody knows what was here, and nothing of it is deleted."""
    before = tree.ids()
    forget_cache(tree)
    tree.write("a", "edited")
    tree.write("d/h", "edited")
    tree.remove("d/e", "many/1")
    tree.repository.commit("some", [RepoPath(b"a")])

    assert tree.commit() == [("modified", "d/h")]
    assert (tree.ids(), absent(tree)) == (before, 3)


def test_what_is_ignored_now_stays_tracked(tree: Tree) -> None:
    """A recorded file that appears again is found although a pattern is about it."""
    tree.write(".annexishignore", "*.tmp\n")
    before = tree.ids()
    tree.commit()
    let_go(tree, "a")
    tree.write(".annexishignore", "a\nnew\n")
    tree.write("a", "one")
    tree.write("new", "ignored")
    assert tree.commit() == [("modified", ".annexishignore")]
    assert absent(tree) == 0
    forget_cache(tree)
    assert (tree.commit(), absent(tree)) == ([("metadata", "a")], 0)
    assert tree.ids()["a"] == before["a"]


def test_a_commit_of_some_paths(tree: Tree) -> None:
    """What is not asked for stays as it is, absent or not."""
    before = tree.ids()
    let_go(tree, "a", "b", "d/e/f", "many/3")
    draw(tree.top, {"a": "one", "b": "other"})
    tree.write("many/3", "file 3")
    tree.remove("d")
    tree.repository.commit("some", [RepoPath(b"a"), RepoPath(b"d/e")])

    # as a commit of everything would find it: many/3 is here
    assert absent(tree) == 2
    ids = tree.ids()
    assert before.keys() - ids.keys() >= {"d/e/g"}
    assert {ids[path] for path in ("a", "b", "d", "d/e", "d/e/f", "many/3")} == {
        before[path] for path in ("a", "b", "d", "d/e", "d/e/f", "many/3")
    }
    done = tree.committed()
    assert len(done.conflicts) == 1
    assert absent(tree) == 2
    assert tree.ids()[aside(tree, "b")] == before["b"]


def test_what_was_brought_back_over_an_absent_path(tree: Tree) -> None:
    """An object that is recovered where another one is absent is itself, and the absent one goes beside."""
    before = tree.ids()
    tree.remove("b")
    tree.commit()
    tree.write("b", "new")
    tree.commit()
    second = tree.ids()["b"]
    let_go(tree, "b")
    tree.repository.recover([RepoPath(b"b")])
    tree.commit()
    ids = tree.ids()
    assert (ids["b"], ids[aside(tree, "b")]) == (before["b"], second)
    assert absent(tree) == 1


def test_ls_tells_what_is_present(tree: Tree) -> None:
    """Files and directories that are absent are not."""
    let_go(tree, "a", "d/e", "void", "d/h")
    present = {os.fsdecode(each.path): each.present for each in tree.repository.ls(recursive=True)}
    missing = {path for path, here in present.items() if not here}
    assert missing == {"a", "d/e", "d/e/f", "d/e/g", "void", "d/h"}


def test_a_directory_that_cannot_be_entered_is_looked_at_again(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays absent until it can be, which the directory above it does not tell."""
    let_go(tree, "d/e")
    draw(tree.path("d"), {"e": {"f": "three"}})
    opened = Descent.open

    def denied(descent: Descent, path: bytes) -> int:
        if path == b"d/e":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(descent, path)

    monkeypatch.setattr(Descent, "open", denied)
    assert [each.path for each in tree.committed().problems] == [b"d/e"]
    tree.commit()
    assert absent(tree) == 2
    monkeypatch.undo()
    assert (tree.status(), absent(tree)) == ([], 1)
    assert (tree.commit(), absent(tree)) == ([], 1)
