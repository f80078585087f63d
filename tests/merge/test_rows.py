"""The table of merging, row by row, each in both directions."""

from __future__ import annotations

import pytest

from tests.merge.pictures import Result, both_trees, merged
from tests.pictures import Nodes, Picture, Thing, object_id

Row = tuple[Picture, Picture, Picture, Result]

ROWS: dict[str, Row] = {
    "renamed | edited": ({"a": "1"}, {"b #a": "1"}, {"a": "2"}, Result({"b": "2"})),
    "moved | edited": ({"a": "1", "d": {}}, {"d": {"a": "1"}}, {"a": "2", "d": {}}, Result({"d": "/", "d/a": "2"})),
    "directory moved | file added in it": (
        {"d": {"a": "1"}}, {"e #d": {"a": "1"}}, {"d": {"a": "1", "b": "2"}},
        Result({"e": "/", "e/a": "1", "e/b": "2"}),
    ),
    "directory moved | file edited in it": (
        {"d": {"a": "1"}}, {"e #d": {"a": "1"}}, {"d": {"a": "2"}}, Result({"e": "/", "e/a": "2"}),
    ),
    "directory moved | moved inside it": (
        {"d": {"a": "1", "s": {}}}, {"e #d": {"a": "1", "s": {}}}, {"d": {"s": {"b #a": "1"}}},
        Result({"e": "/", "e/s": "/", "e/s/b": "1"}),
    ),
    "mode | time": (
        {"a": "1"}, {"a": Thing("1", mode=0o600)}, {"a": Thing("1", mtime_ns=5)}, Result({"a": "1"}),
    ),
    "mode | another mode": (
        {"a": "1"}, {"a": Thing("1", mode=0o600)}, {"a": Thing("1", mode=0o640)}, Result({"a": "1"}, ["metadata a"]),
    ),
    "mode | the same mode": (
        {"a": "1"}, {"a": Thing("1", mode=0o600)}, {"a": Thing("1", mode=0o600)}, Result({"a": "1"}),
    ),
    "deleted | edited": ({"a": "1"}, {}, {"a": "2"}, Result({"a": "2"}, [], ["a"])),
    "deleted directory | something new in it": (
        {"d": {"a": "1"}}, {}, {"d": {"a": "1", "b": "2"}}, Result({"d": "/", "d/b": "2"}, [], ["d"]),
    ),
    "deleted directory | something edited in it": (
        {"d": {"e": {"a": "1"}, "x": "3"}}, {}, {"d": {"e": {"a": "2"}, "x": "3"}},
        Result({"d": "/", "d/e": "/", "d/e/a": "2"}, [], ["d", "d/e", "d/e/a"]),
    ),
    "deleted | metadata": ({"a": "1"}, {}, {"a": Thing("1", mode=0o600)}, Result({})),
    "deleted | time": ({"a": "1"}, {}, {"a": Thing("1", mtime_ns=5)}, Result({})),
    "deleted | moved": ({"a": "1"}, {}, {"b #a": "1"}, Result({}, [], ["b"])),
    "new directory | new directory of the same name": (
        {}, {"d #x": {"a": "1"}}, {"d #y": {"b": "2"}}, Result({"d": "/", "d/a": "1", "d/b": "2"}),
    ),
    "new directories, deep": (
        {}, {"d #x": {"e #xe": {"a": "1"}}}, {"d #y": {"e #ye": {"b": "2"}}},
        Result({"d": "/", "d/e": "/", "d/e/a": "1", "d/e/b": "2"}),
    ),
    "directory merged into an existing one | file added to the old one": (
        {"o": {"a": "1", "b": "2"}, "n": {"c": "3"}}, {"n": {"a": "1", "b": "2", "c": "3"}},
        {"o": {"a": "1", "b": "2", "f": "4"}, "n": {"c": "3"}},
        Result({"n": "/", "n/a": "1", "n/b": "2", "n/c": "3", "n/f": "4"}),
    ),
    "the same, and the name is taken": (
        {"o": {"a": "1", "b": "2"}, "n": {"f": "3"}}, {"n": {"a": "1", "b": "2", "f": "3"}},
        {"o": {"a": "1", "b": "2", "f #g": "4"}, "n": {"f": "3"}},
        Result({"n": "/", "n/a": "1", "n/b": "2", "n/f": "3", "n/f.from-B": "4"}, ["name n/f"]),
    ),
    "moved to X | moved to Y": ({"a": "1"}, {"x #a": "1"}, {"y #a": "1"}, Result({"y": "1"}, ["place y"])),
    "edited | edited": (
        {"a.jpg": "1"}, {"a.jpg": "2"}, {"a.jpg": "3"},
        Result({"a.from-A.jpg": "2", "a.jpg": "3"}, ["content a.jpg"]),
    ),
    "edited | edited alike": ({"a": "1"}, {"a": "2"}, {"a": "2"}, Result({"a": "2"})),
    "a new name | the same, the same bytes": ({}, {"a #x": "1"}, {"a #y": "1"}, Result({"a": "1"})),
    "a new name | the same, other bytes": (
        {}, {"a #x": "1"}, {"a #y": "2"}, Result({"a.from-A": "1", "a.from-B": "2"}, ["name a"]),
    ),
    "a known object takes a name | another known one": (
        {"a": "1", "b": "2"}, {"c #a": "1", "b": "2"}, {"a": "1", "c #b": "2"},
        Result({"c.from-A": "1", "c.from-B": "2"}, ["name c"]),
    ),
    "known objects with the same bytes never become one": (
        {"a": "1", "b": "1"}, {"c #a": "1", "b": "1"}, {"a": "1", "c #b": "1"},
        Result({"c.from-A": "1", "c.from-B": "1"}, ["name c"]),
    ),
    "one object | by its ids two": (
        {}, {"a #x #y": "1"}, {"a #x": "1", "b #y": "1"}, Result({"a": "1", "b": "1"}),
    ),
    "A into B | B into A": (
        {"A": {"x": "1"}, "B": {"y": "2"}}, {"B": {"y": "2", "A": {"x": "1"}}}, {"A": {"x": "1", "B": {"y": "2"}}},
        Result({"A": "/", "A/B": "/", "A/B/y": "2", "A/x": "1"}, ["place A"]),
    ),
    "A into B | B into a directory of A": (
        {"A": {"0": {"x": "1"}}, "B": {"y": "2"}}, {"B": {"y": "2", "A": {"0": {"x": "1"}}}},
        {"A": {"0": {"x": "1", "B": {"y": "2"}}}},
        Result({"A": "/", "A/0": "/", "A/0/B": "/", "A/0/B/y": "2", "A/0/x": "1"}, ["place A"]),
    ),
    "file | directory": (
        {"a": "1"}, {"a": "2"}, {"a #d": {"b": "3"}},
        Result({"a": "2", "a.from-B": "/", "a.from-B/b": "3"}, ["name a"], ["a"]),
    ),
    "names that differ only in case": (
        {}, {"Foo": "1"}, {"foo": "2"}, Result({"Foo": "1", "foo": "2"}, [], ["foo"]),
    ),
    "moved into a directory | that is deleted": (
        {"a": "1", "d": {"x": "2"}}, {"d": {"a": "1", "x": "2"}}, {"a": "1"},
        Result({"d": "/", "d/a": "1"}, [], ["d"]),
    ),
    "swapped | edited": (
        {"a": "1", "b": "2"}, {"a #b": "2", "b #a": "1"}, {"a": "3", "b": "2"}, Result({"a": "2", "b": "3"}),
    ),
    "renamed directory | renamed in it": (
        {"d": {"e": {"a": "1"}}}, {"n #d": {"e": {"a": "1"}}}, {"d": {"m #e": {"a": "1", "b": "2"}}},
        Result({"n": "/", "n/m": "/", "n/m/a": "1", "n/m/b": "2"}),
    ),
    "a new directory | a known one of the same name": (
        {"k": {"a": "1", "c": "2"}}, {"k": {"a": "1", "c": "2"}, "n": {"c #x": "3"}}, {"n #k": {"a": "1", "c": "2"}},
        Result({"n": "/", "n/a": "1", "n/c": "2", "n/c.from-A": "3"}, ["name n/c"]),
    ),
}  # fmt: skip

TURNED = {
    # who is later decides: what is in force then
    "moved to X | moved to Y": Result({"x": "1"}, ["place x"]),
    "edited | edited": Result({"a.from-A.jpg": "3", "a.jpg": "2"}, ["content a.jpg"]),
    "A into B | B into A": Result({"B": "/", "B/A": "/", "B/A/x": "1", "B/y": "2"}, ["place B"]),
    "A into B | B into a directory of A": Result(
        {"B": "/", "B/A": "/", "B/A/0": "/", "B/A/0/x": "1", "B/y": "2"}, ["place B"]
    ),
    "a new name | the same, other bytes": Result({"a.from-A": "2", "a.from-B": "1"}, ["name a"]),
    "a known object takes a name | another known one": Result({"c.from-A": "2", "c.from-B": "1"}, ["name c"]),
    "the same, and the name is taken": Result(
        {"n": "/", "n/a": "1", "n/b": "2", "n/f": "3", "n/f.from-A": "4"}, ["name n/f"]
    ),
    "file | directory": Result({"a": "2", "a.from-A": "/", "a.from-A/b": "3"}, ["name a"], ["a"]),
    "a new directory | a known one of the same name": Result(
        {"n": "/", "n/a": "1", "n/c": "2", "n/c.from-B": "3"}, ["name n/c"]
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_gives_what_the_table_says(name: str) -> None:
    """What the first side did on the left, the later one on the right."""
    base, left, right, expected = ROWS[name]

    assert merged(base, left, right) == expected


@pytest.mark.parametrize("name", ROWS)
def test_a_row_turned_around_gives_the_same(name: str) -> None:
    """Which side is the later one matters only where both contradict each other, and for names."""
    base, left, right, expected = ROWS[name]

    assert merged(base, right, left) == TURNED.get(name, expected)


def test_a_side_lacks_nothing_of_what_it_alone_did() -> None:
    """So only directories that differ are made again."""
    nodes = Nodes()
    drawn: list[Picture] = [{"a": "1", "b": "2"}, {"a": "3", "b": "2"}, {"a": "1", "c #b": "2"}]
    made = both_trees(nodes, *map(nodes.snapshot, drawn)).made

    assert [edit.id for edit in made.for_first] == [object_id("b")]
    assert [edit.id for edit in made.for_later] == [object_id("a")]
