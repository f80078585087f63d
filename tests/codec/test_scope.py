"""A scope to bytes and back; what is not written by this version is refused."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.scope import decode_scope, encode_scope
from annexish.errors import Corrupt
from annexish.model.path import RepoPath
from annexish.model.scope import EVERYTHING, Anchor, Mark, Pattern, Rule, Scope
from tests.codec.entries import object_ids, unknown
from tests.codec.golden import LATER_SCOPE, SCOPE, numbered, stored

paths = st.binary(max_size=20).map(RepoPath)
ids = st.sets(object_ids, min_size=1, max_size=3).map(lambda some: tuple(sorted(some)))
anchors = st.builds(Anchor, paths, ids)
rules: st.SearchStrategy[Rule] = anchors | st.binary(max_size=20).map(Pattern)
some_rules = st.lists(rules, max_size=4).map(tuple)
marks = st.lists(st.builds(Mark, anchors, st.booleans()), max_size=4, unique_by=lambda mark: mark.anchor.ids).map(tuple)
extensions = st.dictionaries(st.integers(0, 2**64 - 1), unknown, max_size=2).map(
    lambda found: tuple(sorted(found.items()))
)
scopes = st.builds(Scope, some_rules, some_rules, marks, extensions)
ID, OTHER = numbered(1), numbered(2)


@given(scopes)
def test_any_scope_comes_back(scope: Scope) -> None:
    """Nothing of it is lost, and one value has one encoding, in whatever order it is given."""
    data = encode_scope(scope)
    found = decode_scope(data)

    assert [set(found.only), set(found.without), set(found.marks)] == [
        set(scope.only), set(scope.without), set(scope.marks)
    ]  # fmt: skip
    assert repr(found.extensions) == repr(scope.extensions)
    assert encode_scope(found) == data
    assert encode_scope(scope._replace(only=scope.only[::-1], marks=scope.marks[::-1])) == data


@given(st.binary(max_size=60))
def test_anything_else_is_corrupt(data: bytes) -> None:
    """Bytes from elsewhere give a scope or Corrupt, never another error."""
    try:
        decode_scope(data)
    except Corrupt:
        return


@given(st.lists(unknown, max_size=5))
def test_any_other_shape_is_corrupt(parts: list[object]) -> None:
    """What is msgpack and no scope gives Corrupt too."""
    try:
        decode_scope(msgpack.packb([1, *parts]))
    except Corrupt:
        return


@pytest.mark.parametrize(
    "value",
    [
        [], [1], [2, [], [], []], None, 7, "text", {1: 2}, [1, [], []], [1, b"", [], []], [1, [], [], [], {}],
        [1, [], [], [], []], [1, [], [], [], {-1: 2}], [1, [], [], [], {"x": 2}], [1, [], [], [], {2: 1, 1: 1}],
        [1, ["text"], [], []], [1, [b"b", b"a"], [], []], [1, [b"a", b"a"], [], []],
        [1, [[b"a", ID], b"a"], [], []], [1, [[b"a", b""]], [], []], [1, [[b"a", ID[:9]]], [], []],
        [1, [[b"a", OTHER + ID]], [], []], [1, [["a", ID]], [], []], [1, [[b"a", [ID]]], [], []],
        [1, [], [], [[b"a", ID]]], [1, [], [], [[b"a", ID, 1]]],
        [1, [], [], [[b"a", ID, False], [b"b", ID, True]]], [1, [], [], [[b"b", ID, False], [b"a", OTHER, True]]],
        [1, [], [], [], {}, 1],
    ],
)  # fmt: skip
def test_what_is_malformed_is_named(value: object) -> None:
    """Another version, another shape, not sorted, there twice, an object without ids."""
    with pytest.raises(Corrupt):
        decode_scope(msgpack.packb(value))


def test_a_later_version_is_refused_by_its_number() -> None:
    """Whoever meets it learns what to do."""
    with pytest.raises(Corrupt, match="version 2") as caught:
        decode_scope(msgpack.packb([2, "whatever"]))
    assert caught.value.hint == "update annexish"


@pytest.mark.parametrize("name", ["scope.bin", "later-scope.bin"])
def test_what_is_cut_short_or_goes_on_is_corrupt(name: str) -> None:
    """Each truncation, and a byte too many."""
    data = stored(name)
    for at in range(len(data)):
        with pytest.raises(Corrupt):
            decode_scope(data[:at])
    with pytest.raises(Corrupt):
        decode_scope(data + b"\0")


def test_each_byte_that_flips_gives_another_scope_or_corrupt() -> None:
    """Never an error that nobody expects, and never the same scope."""
    for scope in (SCOPE, LATER_SCOPE, EVERYTHING):
        data = encode_scope(scope)
        for at in range(len(data)):
            try:
                assert decode_scope(data[:at] + bytes([data[at] ^ 0x81]) + data[at + 1 :]) != scope
            except Corrupt:
                continue
