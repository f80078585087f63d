"""A scope in a snapshot: paths in, paths out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, search, walk
from annexish.errors import Corrupt
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ROOT, ObjectId
from annexish.model.path import TOP, RepoPath, split
from annexish.model.scope import EVERYTHING, Anchor, Mark, Pattern, Rule, Scope
from annexish.plan.scope import Found, Placed, place
from tests.pictures import Nodes, Picture, object_id

DISK: Picture = {
    "Music": {"one": {"1.mp3": "1", "1.txt": "t"}, "two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "a"}, "b.jpg": "b"},
    "note.txt": "n",
}


def rule(text: str) -> Rule:
    """A pattern, or the object that is known by the last name of a path."""
    if "*" in text:
        return Pattern(text.encode())
    return Anchor(RepoPath(text.encode()), (object_id(text.rpartition("/")[2]) if text else ROOT,))


def scope(only: str = "", without: str = "", unwanted: str = "", wanted: str = "") -> Scope:
    """A scope of words."""
    marks = [(word, False) for word in unwanted.split()] + [(word, True) for word in wanted.split()]
    return Scope(
        tuple(rule(word) for word in only.split()),
        tuple(rule(word) for word in without.split()),
        tuple(Mark(anchor, yes) for word, yes in marks if isinstance(anchor := rule(word.strip(".")), Anchor)),
    )


class Snapshot:
    """A picture in which scopes are placed; `sought` are the ids that it was searched for."""

    def __init__(self, picture: Picture) -> None:
        self._nodes = Nodes()
        self._tree = self._nodes.snapshot(picture)
        self.sought: list[Collection[ObjectId]] = []

    def place(self, scope: Scope) -> Placed:
        """Place a scope."""
        return place(scope, self._at, self._search)

    def files(self) -> list[RepoPath]:
        """All that is no directory."""
        return [path for path, entry in self._walk() if entry.kind is not Kind.DIRECTORY]

    def directories(self) -> list[RepoPath]:
        """All directories but the top."""
        return [path for path, entry in self._walk() if entry.kind is Kind.DIRECTORY]

    def _walk(self) -> Iterator[tuple[RepoPath, Entry]]:
        return walk(self._nodes.load, self._tree, TOP, recursive=True)

    def _at(self, path: RepoPath) -> Entry | None:
        found = find_entry(self._nodes.load, self._tree, path, nibbles)
        return found[0] if found else None

    def _search(self, ids: Collection[ObjectId]) -> Iterator[Found]:
        self.sought.append(ids)
        return (Found(path, entry) for path, entry in search(self._nodes.load, self._tree, ids))


def taken(picture: Picture, scope: Scope) -> str:
    """The files in scope."""
    snapshot = Snapshot(picture)
    placed = snapshot.place(scope)
    return " ".join(path.decode() for path in snapshot.files() if placed.takes(path))


MUSIC = "Music/one/1.mp3 Music/one/1.txt Music/two.mp3"
PHOTOS = "Photos/b.jpg Photos/trip/a.jpg"


@pytest.mark.parametrize(
    ("only", "without", "files"),
    [
        ("", "", f"{MUSIC} {PHOTOS} note.txt"),
        ("Music", "", MUSIC),
        ("Music Photos/trip", "", f"{MUSIC} Photos/trip/a.jpg"),
        ("Music", "Music/one", "Music/two.mp3"),
        ("note.txt", "", "note.txt"),
        ("*.mp3", "", "Music/one/1.mp3 Music/two.mp3"),
        ("*.mp3", "Music/one", "Music/two.mp3"),
        ("*.mp3 Photos", "*.jpg", "Music/one/1.mp3 Music/two.mp3"),
        ("Music/*/", "", "Music/one/1.mp3 Music/one/1.txt"),
        ("", "*.txt", f"Music/one/1.mp3 Music/two.mp3 {PHOTOS}"),
        ("gone", "", ""),
        ("", "gone", f"{MUSIC} {PHOTOS} note.txt"),
    ],
)
def test_which_files_are_in_scope(only: str, without: str, files: str) -> None:
    """What some `only` covers, and no `without`; an `only` whose object is gone covers nothing."""
    assert taken(DISK, scope(only, without)) == files


def test_an_object_is_followed_through_renames() -> None:
    """A rule without wildcards is about the object, a pattern about names."""
    moved: Picture = {"Sound #Music": {"two.mp3": "2"}, "Music #other": {"x": "x"}}

    assert taken(moved, scope("Music")) == "Sound/two.mp3"
    assert taken(moved, scope("Music*")) == "Music/x"


def test_only_what_is_not_where_it_was_is_searched_for() -> None:
    """Once, for all that is missing; usually nothing is."""
    snapshot = Snapshot({"new": {"Music": {"x": "1"}}, "Photos": {"b.jpg": "b"}})
    snapshot.place(scope("Photos", "Photos/b.jpg"))
    assert snapshot.sought == []

    placed = snapshot.place(scope("Music Photos", "", "gone"))
    assert [set(ids) for ids in snapshot.sought] == [{object_id("Music"), object_id("gone")}]
    assert placed.takes(RepoPath(b"new/Music/x"))


def test_a_placed_scope_tells_where_its_objects_are_now() -> None:
    """With the ids that they have got meanwhile; what is gone is remembered where it was."""
    placed = Snapshot({"new": {"Sound #Music #Klang": {}}}).place(scope("Music gone a*", "Music", "Music gone"))
    anchor = Anchor(RepoPath(b"new/Sound"), tuple(sorted((object_id("Music"), object_id("Klang")))))
    gone = rule("gone")

    assert isinstance(gone, Anchor)
    assert placed.scope == Scope(
        (anchor, gone, Pattern(b"a*")), (anchor,), (Mark(anchor, wanted=False), Mark(gone, wanted=False))
    )
    assert Snapshot({"new": {"Sound #Music #Klang": {}}}).place(placed.scope).scope == placed.scope


@pytest.mark.parametrize(
    ("only", "without", "directories"),
    [
        ("", "", "Music Music/one Photos Photos/trip"),
        ("Music/one", "", "Music Music/one"),
        ("Photos/trip/a.jpg", "", "Photos Photos/trip"),
        ("", "Music", "Photos Photos/trip"),
        ("Music", "Music/one", "Music"),
        ("*.mp3", "Photos", "Music Music/one"),
        ("/Music/*.mp3", "", "Music"),
        ("Music/o*/", "", "Music Music/one"),
        ("note.txt", "", ""),
        ("gone", "", ""),
    ],
)
def test_which_directories_exist(only: str, without: str, directories: str) -> None:
    """Those in scope and those above something that may be; the top always."""
    snapshot = Snapshot(DISK)
    placed = snapshot.place(scope(only, without))

    assert " ".join(path.decode() for path in snapshot.directories() if placed.enters(path)) == directories
    assert placed.enters(TOP)


@pytest.mark.parametrize(
    ("unwanted", "wanted", "files"),
    [
        (".", "", ""),
        (".", "Music/one", "Music/one/1.mp3 Music/one/1.txt"),
        ("Music", "", "note.txt"),
        ("Music", "Music/two.mp3", "Music/two.mp3 note.txt"),
        (". Music/one/1.txt", "Music", "Music/one/1.mp3 Music/two.mp3"),
        ("gone", "", f"{MUSIC} note.txt"),
    ],
)
def test_the_nearest_mark_says_what_is_wanted(unwanted: str, wanted: str, files: str) -> None:
    """Of what is in scope; a mark on the top says it for all the rest."""
    snapshot = Snapshot(DISK)
    placed = snapshot.place(scope("Music note.txt", "", unwanted, wanted))

    assert " ".join(path.decode() for path in snapshot.files() if placed.wants(path)) == files


@pytest.mark.parametrize(
    ("rules", "everything"),
    [
        (EVERYTHING, True),
        (scope("Music"), False),
        (scope("gone"), False),
        (scope(without="*.txt"), False),
        (scope(without="Music"), False),
        (scope(without="gone"), True),
        (scope(unwanted="Music"), False),
        (scope(unwanted="gone"), True),
        (scope(wanted="Music"), True),
    ],
)
def test_whether_it_is_everything(rules: Scope, everything: bool) -> None:  # noqa: FBT001
    """Who asks need not ask for each path."""
    assert Snapshot(DISK).place(rules).all is everything


def test_of_two_marks_on_what_became_one_object_the_one_that_wants_less_is_in_force() -> None:
    """A file that was dropped is not fetched because it turned out to be another one."""
    snapshot = Snapshot({"a #a #b": "1"})
    placed = snapshot.place(scope(unwanted="a", wanted="b"))

    assert not placed.wants(RepoPath(b"a"))
    assert len(placed.scope.marks) == 1


@pytest.mark.parametrize(
    ("before", "marked", "wanted", "after"),
    [
        (scope(), "Music", False, scope(unwanted="Music")),
        (scope(), "Music", True, scope()),
        (scope(unwanted="Music"), "Music/one", False, scope(unwanted="Music")),
        (scope(unwanted="Music"), "Music/one", True, scope(unwanted="Music", wanted="Music/one")),
        (scope(unwanted="Music"), "Music", True, scope()),
        (scope(unwanted="Music/one Music/two.mp3"), "Music", False, scope(unwanted="Music")),
        (scope(unwanted=".", wanted="Music/one"), ".", True, scope()),
        (scope(), "Music Music/one", False, scope(unwanted="Music")),
        (scope(unwanted="Music/gone"), "Music", False, scope(unwanted="Music Music/gone")),
    ],
)
def test_marking_says_no_more_than_it_must(before: Scope, marked: str, wanted: bool, after: Scope) -> None:  # noqa: FBT001
    """Marks below are gone, and what is so anyway is not marked; what is nowhere now keeps its mark."""
    anchors = [anchor for word in marked.split() if isinstance(anchor := rule(word.strip(".")), Anchor)]
    assert Snapshot(DISK).place(before).marked(anchors, wanted=wanted) == after


def test_a_pattern_that_cannot_be_read_is_corrupt() -> None:
    """It did not come from a person who could be told how to write it."""
    with pytest.raises(Corrupt, match="cannot be read"):
        Snapshot(DISK).place(Scope((Pattern(b"*\\"),)))


words = st.sampled_from(
    ["Music", "Music/one", "Photos/trip", "note.txt", "*.mp3", "*.jpg", "Music/*", "gone", "*/trip/"]
)
lists = st.lists(words, max_size=3).map(" ".join)


@given(lists, lists)
def test_every_directory_above_what_is_in_scope_exists(only: str, without: str) -> None:
    """Whatever the rules are; and what one rule more takes out of scope is less."""
    snapshot = Snapshot(DISK)
    placed = snapshot.place(scope(only, without))
    for path in snapshot.files():
        if placed.takes(path):
            assert placed.enters(split(path)[0])
            assert Snapshot(DISK).place(scope(only)).takes(path)
