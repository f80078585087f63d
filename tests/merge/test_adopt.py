"""Unrelated histories: what is the same on both sides."""

from __future__ import annotations

import pytest

from annexish.diff.compare import compare
from annexish.merge.adopt import same_objects
from tests.merge.scenarios import picture
from tests.pictures import Nodes, object_id

ROWS = {
    "the same path and content": ("a#x=1", "a#y=1", {"x": "y"}),
    "the same path, another content": ("a#x=1", "a#y=2", {}),
    "directories of the same path": ("d#x/a#xa=1", "d#y/b#yb=2", {"x": "y"}),
    "a file and a directory of the same path": ("d#x=1", "d#y/b#yb=2", {}),
    "the same content, moved": ("a#x=1", "b#y=1", {"x": "y"}),
    "the same content, those of one name first": (
        "a#x1=1 d#xd/b#x2=1", "b#y1=1 e#ye/c#y2=1", {"x1": "y2", "x2": "y1"}
    ),
    "the same content, more there than here": ("a#x=1", "b#y1=1 c#y2=1", {"x": "y1"}),
    "the same content, more here than there": ("a#x1=1 b#x2=1", "c#y=1", {"x1": "y"}),
    "symbolic links by their path only": ("l#x->t m#x2->u", "l#y->t n#y2->u", {"x": "y"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_what_is_the_same_is_one(name: str) -> None:
    """By path first, then by content."""
    first, later, expected = ROWS[name]
    nodes = Nodes()
    here, there = (compare(nodes.load, None, nodes.snapshot(picture(each))) for each in (first, later))

    assert same_objects(here, there) == {object_id(one): object_id(other) for one, other in expected.items()}


def test_empty_files_are_told_by_their_path_only() -> None:
    """They are all alike."""
    nodes = Nodes()
    here, there = (
        list(compare(nodes.load, None, nodes.snapshot(each))) for each in ({"a #x": "", "b": ""}, {"a #y": "", "c": ""})
    )

    assert same_objects(here, there) == {object_id("x"): object_id("y")}
