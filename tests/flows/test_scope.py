"""Which part of the files is wanted: asked for, written, and fetched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Corrupt, Missing, Refused, Usage
from annexish.model.scope import Anchor, Scope
from annexish.store.scope import read_scope
from tests.scoped import held, wanted
from tests.trees import Picture, Tree

DISK: Picture = {
    "Music": {"one": {"1.mp3": "1", "1.txt": "t"}, "two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "a"}, "b.jpg": "b"},
    "[odd]": "o",
    "note.txt": "n",
}


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, DISK)
    tree.commit()
    return tree


def cloned(source: Tree, only: str = "", without: str = "") -> Tree:
    """A disk that holds a part."""
    top = os.path.join(os.path.dirname(source.top), "disk")
    Repository.clone(source.top, top, only=os.fsencode(only).split(), without=os.fsencode(without).split())
    return Tree.opened(top)


def drawn(scope: Scope) -> str:
    """The rules in few words."""
    words = [(rule.path if isinstance(rule, Anchor) else rule).decode() or "." for rule in scope.only]
    return " ".join(
        words + ["-" + (rule.path if isinstance(rule, Anchor) else rule).decode() for rule in scope.without]
    )


@pytest.mark.parametrize(
    ("before", "without", "asked", "rules"),
    [
        ("Music", "", ("set", "Photos"), "Photos"),
        ("Music", "", ("set", "*.jpg Music", "Music/one"), "*.jpg Music -Music/one"),
        ("Music", "Music/one", ("set", ""), None),
        ("Music", "Music/one", ("set", "/"), ""),
        ("Music", "", ("add", "Photos/trip"), "Music Photos/trip"),
        ("Music", "", ("add", "Music"), "Music"),
        ("Music", "Music/one", ("add", "Music/one"), "Music Music/one"),
        ("", "Photos", ("add", "Photos"), ""),
        ("", "", ("add", "Photos"), ""),
        ("", "", ("add", "", "*.txt"), "-*.txt"),
        ("Music", "", ("add", "/"), ""),
        ("", "Photos", ("add", "Photos/trip"), None),
        ("Music Photos", "", ("remove", "Music"), "Photos"),
        ("Music", "", ("remove", "Music/one"), "Music -Music/one"),
        ("", "", ("remove", "Music *.jpg"), "-*.jpg -Music"),
        ("Music", "", ("remove", "Music"), "Music -Music"),
        ("Music Music/one", "", ("remove", "Music/one"), "Music -Music/one"),
        ("Music", "Music/one", ("remove", "", "Music/one"), "Music"),
        ("Music", "", ("remove", "", "Music/one"), None),
        ("Music", "", ("set", "nowhere"), None),
        ("Music", "", ("set", "*.png"), None),
        ("Music", "", ("set", "*\\"), None),
        ("", "", ("set", "[odd]"), "[odd]"),
    ],
)
def test_what_is_asked(source: Tree, before: str, without: str, asked: tuple[str, ...], rules: str | None) -> None:
    """Rules are replaced, added and taken back; what says nothing or matches nothing is refused."""
    disk = cloned(source, before, without)
    words = [os.fsencode(word).split() for word in asked[1:]]
    if rules is None:
        was = disk.repository.scope()
        with pytest.raises((Missing, Usage)):
            disk.repository.scope_change(asked[0], *words)
        assert disk.repository.scope() == was
        return
    done = disk.repository.scope_change(asked[0], *words)

    assert drawn(disk.repository.scope()) == rules
    assert done.filled.problems == ()
    assert disk.status() == []


def test_what_comes_into_scope_is_fetched(source: Tree) -> None:
    """And what goes out of it goes, as the source proves that it holds it."""
    disk = cloned(source, "Music/one")
    done = disk.repository.scope_change("set", [b"Photos"])

    assert done.filled.files == 2
    assert held(disk) == {"Photos/trip/a.jpg", "Photos/b.jpg"}
    assert disk.status() == []


def test_what_nobody_else_holds_stays_in_scope(source: Tree) -> None:
    """With the words of the first of it; after a sync the others hold it, and it goes."""
    disk = cloned(source, "Music/one")
    disk.write("Music/one/new", "new")
    disk.commit()
    before = (read_scope(disk.path(".annexish")), held(disk))

    with pytest.raises(Refused, match="Music/one/new"):
        disk.repository.scope_change("set", [b"Photos"])

    assert (read_scope(disk.path(".annexish")), held(disk)) == before
    assert disk.status() == []
    disk.repository.sync()
    assert disk.repository.scope_change("set", [b"Photos"]).narrowed.bytes_freed > 0
    assert held(disk) == {"Photos/trip/a.jpg", "Photos/b.jpg"}
    assert not os.path.exists(disk.path("Music"))
    assert disk.status() == []
    disk.repository.sync()
    assert "Music/one/new" in held(source)


def test_what_is_not_recorded_keeps_its_directory(source: Tree) -> None:
    """And a change that nobody committed keeps the scope as it is."""
    disk = cloned(source, "Music/one")
    disk.write("Music/one/1.txt", "changed")
    with pytest.raises(Refused, match="commit it first"):
        disk.repository.scope_change("set", [b"Photos"])
    disk.commit()
    disk.repository.sync()
    disk.write("Music/one/mine", "mine")

    disk.repository.scope_change("set", [b"Photos"])

    assert held(disk) == {"Photos/trip/a.jpg", "Photos/b.jpg", "Music/one/mine"}
    assert disk.commit() == [("added", "Music/one/mine")]


def test_a_repository_without_a_commit_has_no_part(tmp_path: Path) -> None:
    """Nothing can be named yet."""
    tree = Tree(tmp_path)
    assert tree.repository.scope() == Scope()
    with pytest.raises(Missing):
        tree.repository.scope_change("set", [b"a"])


def test_the_shown_scope_says_where_its_objects_are_now(source: Tree) -> None:
    """A directory that was renamed is named as it is called now; commits remember that."""
    disk = cloned(source, "Music/one", "Music/one/1.txt")
    disk.move("Music/one", "Music/first")
    assert disk.commit() == [("moved", "Music/one", "Music/first")]

    assert drawn(disk.repository.scope()) == "Music/first -Music/first/1.txt"
    assert drawn(read_scope(disk.path(".annexish"))) == "Music/first -Music/first/1.txt"
    assert disk.status() == []


def test_a_pattern_is_looked_at_anew_with_each_commit(source: Tree) -> None:
    """What is renamed here so that it matches no more is out of scope, and stays here."""
    disk = cloned(source, "*.mp3")
    disk.move("Music/two.mp3", "Music/two.ogg")
    assert disk.commit() == [("moved", "Music/two.mp3", "Music/two.ogg")]

    assert "Music/two.ogg" in held(disk)
    assert wanted(disk) == {"Music/one/1.mp3"}


def test_a_scope_that_cannot_be_read_does_not_hinder_a_commit(source: Tree) -> None:
    """Only what needs it says so."""
    disk = cloned(source, "Music")
    disk.write(".annexish/scope", "broken")
    disk.write("Music/three.mp3", "3")

    assert disk.commit() == [("added", "Music/three.mp3")]
    with pytest.raises(Corrupt):
        disk.repository.scope()
