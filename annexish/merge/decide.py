"""One object on two sides: does it exist, what is it, where is it; three questions that do not know of each other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from annexish.merge.fields import join_entries
from annexish.merge.objects import Object
from annexish.model.change import content_of
from annexish.model.conflict import Disagreement
from annexish.model.entry import Entry
from annexish.model.ids import Digest, ObjectId
from annexish.model.state import Position, State

KEPT_EDIT = "deleted on one side and edited on the other: the edit stays"
KEPT_ANSWER = "a conflict that one side resolved by deleting it and the other by keeping it: it stays"
MOVED_AND_DELETED = "deleted on one side and moved on the other: it is deleted"

TWO_PLACES = "both sides have it, in two places: it is where the later side has it"
PUT_TOGETHER = "edited on both sides, in different lines: both edits are in it"

Canonical = Callable[[ObjectId], ObjectId]
"""The id that an object goes by in the result."""


class Content(NamedTuple):
    """The bytes of a file, by what is recorded of them."""

    size: int
    digest: Digest


Reconcile = Callable[[Entry, Entry, Entry], Content | None]
"""Makes one content of a base and two versions; None if that cannot be done without a person."""


class Decision(NamedTuple):
    """What becomes of an object.

    `state` is None if it is gone. `other` is a version of it that is wanted too. `about` are the contradictions,
    with the fields of the metadata; `note` is what is worth saying although it is none.
    """

    state: State | None
    other: Entry | None = None
    about: tuple[Disagreement, ...] = ()
    fields: tuple[bytes, ...] = ()
    note: str | None = None


def decide(one: Object, canonical: Canonical, reconcile: Reconcile, answered: Collection[bytes] = ()) -> Decision:
    """Return what becomes of an object, as if there were no others.

    `answered` are the questions that a conflict of the base asked and both sides answered.
    """
    base, first, later = one.base, one.first, one.later
    if first is None and later is None:
        return Decision(None)
    if first is None or later is None:
        return _on_one_side(one, first or later, canonical, answered)
    if (base is first or base is later) and not answered:
        # one side left it as it was
        changed = later if first is base else first
        return Decision(_state(place_of(changed, canonical), changed.entry))
    entry, other, fields = join_entries(base.entry if base else None, first.entry, later.entry, answered)
    position, moved_twice = _position(base if b"place" not in answered else None, first, later, canonical)
    made = reconcile(base.entry, first.entry, later.entry) if other and base is not None else None
    note = None
    if made is not None:
        time = max(first.entry.mtime_ns, later.entry.mtime_ns)
        entry, other, note = entry._replace(size=made.size, digest=made.digest, mtime_ns=time), None, PUT_TOGETHER
    about = [Disagreement.CONTENT] if other else []
    about += [Disagreement.METADATA] if fields else []
    if moved_twice and base is None:
        note = TWO_PLACES
    elif moved_twice:
        about.append(Disagreement.PLACE)
    return Decision(_state(position, entry), other, tuple(about), fields, note)


def survivor(one: Object, canonical: Canonical) -> State:
    """What an object is that a side deleted and that must be there after all."""
    state = one.first or one.later or one.base
    assert state is not None, "an object is somewhere"
    return _state(place_of(state, canonical), state.entry)


def place_of(state: State, canonical: Canonical) -> Position | None:
    """Where an object is in a snapshot, in the ids of the result."""
    if state.position is None:
        return None
    parent, name = state.position
    return Position(canonical(parent), name)


def _on_one_side(one: Object, there: State | None, canonical: Canonical, answered: Collection[bytes]) -> Decision:
    """What was deleted stays deleted, unless the other side edited it, or kept it as its answer."""
    assert there is not None, "it is on one side"
    base = one.base
    if base is None:
        return Decision(survivor(one, canonical))
    if content_of(base.entry) != content_of(there.entry):
        return Decision(survivor(one, canonical), note=KEPT_EDIT)
    if answered:
        return Decision(survivor(one, canonical), note=KEPT_ANSWER)
    moved = place_of(base, canonical) != place_of(there, canonical)
    return Decision(None, note=MOVED_AND_DELETED if moved else None)


def _position(base: State | None, first: State, later: State, canonical: Canonical) -> tuple[Position | None, bool]:
    was = place_of(base, canonical) if base else None
    here, there = place_of(first, canonical), place_of(later, canonical)
    if here in (there, was):
        return there, False
    if was == there:
        return here, False
    return there, True


def _state(position: Position | None, entry: Entry) -> State:
    return State(position, entry._replace(name=position.name if position else b""))
