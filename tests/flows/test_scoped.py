"""A scope in a snapshot of the history."""

from __future__ import annotations

from annexish.flows.state.scoped import scope_in
from annexish.model.path import RepoPath
from annexish.model.scope import EVERYTHING, Anchor, Pattern, Scope
from tests.pictures import Nodes, object_id


def test_objects_are_found_where_they_are() -> None:
    """At the path where they were, else anywhere."""
    nodes = Nodes()
    tree = nodes.snapshot({"Music": {"x": "1"}, "new": {"Photos": {"a.jpg": "a"}}})
    ids = {name: (object_id(name),) for name in ("Music", "Photos")}
    scope = Scope((Anchor(RepoPath(b"Music"), ids["Music"]), Anchor(RepoPath(b"Photos"), ids["Photos"])))
    placed = scope_in(nodes.load, tree, scope)

    assert [placed.takes(RepoPath(path)) for path in (b"Music/x", b"new/Photos/a.jpg", b"new/b")] == [True, True, False]
    assert placed.scope.only[1] == Anchor(RepoPath(b"new/Photos"), ids["Photos"])


def test_what_names_no_object_loads_nothing() -> None:
    """Usually everything is in scope, and that costs nothing."""
    nodes = Nodes()
    tree = nodes.snapshot({"a": {"b": "1"}})
    nodes.loaded.clear()

    assert scope_in(nodes.load, tree, EVERYTHING).all
    assert scope_in(nodes.load, tree, Scope((Pattern(b"*.jpg"),))).takes(RepoPath(b"a/b.jpg"))
    assert nodes.loaded == []
