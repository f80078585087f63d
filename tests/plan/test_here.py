"""Two snapshots and a scope: what changes in a working tree that holds a part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.codec.shards import nibbles
from annexish.diff.compare import compare
from annexish.diff.resolve import find_entry, walk
from annexish.flows.state.scoped import scope_in
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath
from annexish.model.scope import Scope
from annexish.plan.here import Passing, Scopes, passing
from tests.pictures import Nodes, Picture
from tests.plan.test_scope import scope

ONE: Picture = {"1.mp3": "1", "1.txt": "t"}
DISK: Picture = {
    "Music": {"one": ONE, "two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "a"}, "b.jpg": "b"},
}


def passed(before: Picture, after: Picture, rules: Scope, here: str | None = None) -> Passing:
    """What changes; `here` are paths that are, if it is not what the scope wants, with the directories above."""
    nodes = Nodes()
    old, new = nodes.snapshot(before), nodes.snapshot(after)
    scopes = Scopes(scope_in(nodes.load, old, rules), scope_in(nodes.load, new, rules))

    def is_here(path: RepoPath, entry: Entry) -> bool:
        if here is not None:
            return any(word == path.decode() or word.startswith(path.decode() + "/") for word in here.split())
        return scopes.old.enters(path) if entry.kind is Kind.DIRECTORY else scopes.old.wants(path)

    def at(path: RepoPath) -> Entry | None:
        found = find_entry(nodes.load, new, path, nibbles)
        return found[0] if found else None

    def inside(path: RepoPath) -> Iterator[Entry]:
        found = find_entry(nodes.load, new, path, nibbles)
        assert found is not None
        assert found[1] is not None
        return (entry for _, entry in walk(nodes.load, found[1], path, recursive=False))

    return passing(list(compare(nodes.load, old, new)), scopes, is_here, at, inside)


def words(found: Passing) -> str:
    """The changes of the working tree, in few words."""
    return " ".join(
        f"{'drop' if change.old_path in found.dropped else change.word}:{change.path.decode()}" for change in found.here
    )


RENAMED: Picture = {"Sound #Music": DISK["Music"], "Photos": DISK["Photos"]}
ONE_AWAY: Picture = {
    "Music": {"two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "a", "one": ONE}, "b.jpg": "b"},
}
EDITED: Picture = {
    "Music": {"one": {"1.mp3": "11", "1.txt": "t"}, "two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "aa"}, "b.jpg": "b"},
}
TRIP_AND_ONE: Picture = {
    "Music": {"trip": {"a.jpg": "a"}, "two.mp3": "2"},
    "Photos": {"one": ONE, "b.jpg": "b"},
}


@pytest.mark.parametrize(
    ("after", "rules", "changes"),
    [
        (DISK, scope("Music"), ""),
        (RENAMED, scope("Music"), "moved:Sound"),
        (RENAMED, scope("Music/one"), "moved:Sound"),
        (RENAMED, scope("Photos"), ""),
        (RENAMED, scope("/Music/*"),
         "drop:Music drop:Music/one drop:Music/one/1.mp3 drop:Music/one/1.txt drop:Music/two.mp3"),
        (RENAMED, scope("/Sound/*"),
         "added:Sound/one added:Sound/one/1.mp3 added:Sound/one/1.txt added:Sound/two.mp3"),
        (RENAMED, scope("*.mp3"), "moved:Sound"),
        (RENAMED, scope("", "Music/one"), "moved:Sound"),
        (ONE_AWAY, scope("Music"), "drop:Music/one drop:Music/one/1.mp3 drop:Music/one/1.txt"),
        (ONE_AWAY, scope("Photos"), "added:Photos/trip/one added:Photos/trip/one/1.mp3 added:Photos/trip/one/1.txt"),
        (ONE_AWAY, scope("Music/one"), "drop:Music moved:Photos/trip/one"),
        (ONE_AWAY, scope("Music/one Photos"), "drop:Music moved:Photos/trip/one"),
        (ONE_AWAY, scope("Music Photos", "Photos/trip"),
         "drop:Music/one drop:Music/one/1.mp3 drop:Music/one/1.txt"),
        (ONE_AWAY, scope(unwanted="Music"),
         "moved:Photos/trip/one added:Photos/trip/one/1.mp3 added:Photos/trip/one/1.txt"),
        (ONE_AWAY, scope(unwanted="Photos"), "moved:Photos/trip/one"),
        (EDITED, scope("Music"), "modified:Music/one/1.mp3"),
        (EDITED, scope("Music", unwanted="Music/one"), ""),
        (TRIP_AND_ONE, scope("Music"),
         "drop:Music/one drop:Music/one/1.mp3 drop:Music/one/1.txt added:Music/trip added:Music/trip/a.jpg"),
        ({}, scope("Music/one"), "deleted:Music deleted:Music/one deleted:Music/one/1.mp3 deleted:Music/one/1.txt"),
    ],
)  # fmt: skip
def test_what_changes_here(after: Picture, rules: Scope, changes: str) -> None:
    """What stays in scope follows, what leaves it goes and is not deleted, what comes into it is added."""
    assert words(passed(DISK, after, rules)) == changes


@pytest.mark.parametrize(
    ("after", "here", "changes"),
    [
        (RENAMED, "Music/two.mp3 Photos", "moved:Sound"),
        (ONE_AWAY, "Photos Music/one/1.mp3", "moved:Photos/trip/one"),
        (EDITED, "Photos Music/one/1.mp3", "modified:Music/one/1.mp3"),
        (EDITED, "Photos", ""),
        ({"Photos": DISK["Photos"]}, "Photos Music/two.mp3", "deleted:Music deleted:Music/two.mp3"),
    ],
)
def test_what_is_here_out_of_scope_follows(after: Picture, here: str, changes: str) -> None:
    """It was made here, and stays here wherever it is."""
    assert words(passed(DISK, after, scope("Photos/b.jpg"), here)) == changes


def test_a_directory_that_is_left_goes_if_nothing_else_is_in_it() -> None:
    """It is above the scope no more; what it holds besides is not looked for, but keeps it."""
    found = passed(DISK, ONE_AWAY, scope("Music/one"))
    assert (found.vacant, found.dropped, found.left) == ({b"Music"}, {b"Music"}, {b"Music"})

    renamed: Picture = {"Sound #Music": {"two.mp3": "2"}, "one": ONE}
    found = passed(DISK, renamed, scope("Music/one"))
    assert words(found) == "drop:Music moved:one"
    assert (found.vacant, found.left) == (set(), {b"Sound"})


def test_a_directory_carries_one_along_that_is_left() -> None:
    """The one above it stays above the scope, and moves."""
    before: Picture = {"a": {"b": {"x": "1"}, "c": {"y": "2"}}}
    after: Picture = {"d #a": {"b": {}, "c": {"y": "2"}}, "e": {"x": "1"}}
    found = passed(before, after, scope("a/b/x a/c"))

    assert words(found) == "drop:a/b moved:d moved:e/x"
    assert (found.vacant, found.left) == ({b"a/b"}, {b"d/b"})


def test_what_is_carried_out_of_scope_is_told_with_the_way_to_it() -> None:
    """Who describes the new snapshot passes all directories in which something differs."""
    found = passed(
        {"a": {"b": {"c": {"x.jpg": "1", "y": "2"}}, "d": {"z": "3"}}},
        {"e #a": {"b": {"c": {"x.jpg": "1", "y": "2"}}, "d": {"z": "3"}}},
        scope("/a/**/*.jpg /e/**/y"),
    )
    told = [(change.old_path, change.path) for change in found.changes]

    assert told == [
        (b"a", b"e"), (b"a/b", b"e/b"), (b"a/b/c", b"e/b/c"), (b"a/b/c/x.jpg", b"e/b/c/x.jpg"),
        (b"a/b/c/y", b"e/b/c/y"),
    ]  # fmt: skip
    assert words(found) == "drop:a/b/c/x.jpg moved:e added:e/b/c/y"


def test_a_directory_in_one_that_moved_has_other_changes_too() -> None:
    """Its metadata changed, and what is in it comes or goes all the same; what moved out of it is told once."""
    before: Picture = {"a": {"b": {"x.jpg": "1", "o": {"o.jpg": "o"}}}}
    after: Picture = {"e #a": {"b": {"x.jpg": "1", "n": "n"}}, "o": {"o.jpg": "o"}}
    found = passed(before, after, scope("/a/**/*.jpg"))

    assert words(found) == "drop:a drop:a/b drop:a/b/o drop:a/b/o/o.jpg drop:a/b/x.jpg"
