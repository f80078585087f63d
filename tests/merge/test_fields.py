"""Metadata, field by field: what two versions of one object make, and which fields contradict each other."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from annexish.merge.fields import join_entries
from annexish.model.entry import Entry, Owner
from tests.pictures import ADA, Thing, entry

BOB = Owner(1001, 100, b"bob", b"users")
EVE = Owner(1002, 100, b"eve", b"users")


class Row(NamedTuple):
    """Three versions; what they make, and which fields contradict each other; what is in force if turned around."""

    base: Thing
    left: Thing
    right: Thing
    made: Thing
    fields: tuple[str, ...] = ()
    turned: Thing | None = None


def thing(mode: int = 0o644, time: int = 0, owner: Owner = ADA, content: str = "1", **attributes: str) -> Thing:
    """A version of a file."""
    return Thing(content, mode=mode, mtime_ns=time, owner=owner, attributes=attributes)


ROWS = {
    "nothing | nothing": Row(thing(), thing(), thing(), thing()),
    "mode | nothing": Row(thing(), thing(0o600), thing(), thing(0o600)),
    "mode | owner": Row(thing(), thing(0o600), thing(owner=BOB), thing(0o600, owner=BOB)),
    "mode | the same mode": Row(thing(), thing(0o600), thing(0o600), thing(0o600)),
    "mode | another mode": Row(thing(), thing(0o600), thing(0o640), thing(0o640), ("mode",), thing(0o600)),
    "owner | another owner": Row(
        thing(), thing(owner=BOB), thing(owner=EVE), thing(owner=EVE), ("owner",), thing(owner=BOB)
    ),
    "mode and owner | the other way": Row(
        thing(), thing(0o600, owner=BOB), thing(0o640, owner=EVE), thing(0o640, owner=EVE), ("mode", "owner"),
        thing(0o600, owner=BOB),
    ),
    "time | later time": Row(thing(), thing(time=1), thing(time=2), thing(time=2)),
    "time back | nothing": Row(thing(time=5), thing(time=1), thing(time=5), thing(time=1)),
    "time back | time forward": Row(thing(time=5), thing(time=1), thing(time=9), thing(time=9)),
    "attribute | nothing": Row(thing(), thing(color="red"), thing(), thing(color="red")),
    "attribute | another one": Row(thing(), thing(color="red"), thing(size="5"), thing(color="red", size="5")),
    "attribute | the same": Row(thing(), thing(color="red"), thing(color="red"), thing(color="red")),
    "attribute | the same one with another value": Row(
        thing(), thing(color="red"), thing(color="blue"), thing(color="blue"), ("attribute color",), thing(color="red")
    ),
    "attribute removed | nothing": Row(thing(color="red"), thing(), thing(color="red"), thing()),
    "attribute removed | removed": Row(thing(color="red"), thing(), thing(), thing()),
    "attribute removed | changed": Row(
        thing(color="red"), thing(), thing(color="blue"), thing(color="blue"), ("attribute color",)
    ),
    "attribute changed | changed back": Row(thing(color="red"), thing(color="red"), thing(color="b"), thing(color="b")),
    "attribute with an empty value | nothing": Row(thing(), thing(color=""), thing(), thing(color="")),
    "one attribute agreed | one not": Row(
        thing(a="1", b="1"), thing(a="2", b="2"), thing(a="1", b="3"), thing(a="2", b="3"), ("attribute b",),
        thing(a="2", b="2"),
    ),
    "mode | content and time": Row(
        thing(), thing(0o600), thing(content="2", time=7), thing(0o600, content="2", time=7)
    ),
    "time | content and time": Row(
        thing(), thing(time=9), thing(content="2", time=7), thing(content="2", time=9)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_each_field_is_merged_by_itself(name: str) -> None:
    """In both directions."""
    base, left, right, made, fields, turned = ROWS[name]
    was, one, other = entry("a", base), entry("a", left), entry("a", right)

    joined = join_entries(was, one, other)
    assert (joined.entry, joined.fields) == (entry("a", made), tuple(map(str.encode, fields)))
    back = join_entries(was, other, one)
    assert (back.entry, back.fields) == (entry("a", turned or made), tuple(map(str.encode, fields)))


@pytest.mark.parametrize("name", ROWS)
def test_without_a_base_metadata_is_no_contradiction(name: str) -> None:
    """Two who index the same file see other metadata: the later one's is in force, with the attributes of both."""
    _, left, right, *_ = ROWS[name]
    joined = join_entries(None, entry("a", left), entry("a", right))

    assert joined.fields == ()
    assert (joined.entry.mode, joined.entry.owner) == (right.mode, right.owner)
    assert {*left.attributes, *right.attributes} == {key.decode() for key, _ in joined.entry.attributes}


def test_the_time_of_a_version_that_wins_is_its_own() -> None:
    """Where both edited, the bytes in force keep the time at which they were written."""
    one, other = entry("a", thing(content="2", time=9)), entry("a", thing(content="3", time=4))

    joined = join_entries(entry("a", thing()), one, other)
    assert (joined.entry.digest, joined.entry.mtime_ns, joined.other) == (other.digest, 4, one)


def test_extensions_are_fields_too() -> None:
    """What a later version of annexish records is merged by this one, key by key."""
    was, one, other = (extended((1, 1), (2, 1)), extended((1, 2), (2, 1)), extended((1, 1), (2, 1), (3, b"new")))

    assert join_entries(was, one, other).entry.extensions == ((1, 2), (2, 1), (3, b"new"))
    twice = join_entries(was, one, extended((1, 3), (2, 1)))
    assert (twice.entry.extensions, twice.fields) == (((1, 3), (2, 1)), (b"extension 1",))


def extended(*fields: tuple[int, object]) -> Entry:
    """An entry with fields that this version does not know."""
    return entry("a", "1")._replace(extensions=fields)


def test_what_was_answered_on_both_sides_is_compared_without_the_base() -> None:
    """The value that a conflict left in force is nobody's answer."""
    was, one, other = (entry("a", thing(mode)) for mode in (0o640, 0o600, 0o640))

    assert join_entries(was, one, other, {b"mode"}).fields == (b"mode",)
    assert join_entries(was, one, one, {b"mode"}).fields == ()
    assert join_entries(was, one, other, {b"owner"}).fields == ()
