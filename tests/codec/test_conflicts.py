"""The conflicts of a snapshot as bytes."""

from __future__ import annotations

import msgpack
import pytest

from annexish.codec.conflicts import decode_conflicts, encode_conflicts, pack_conflict, unpack_conflict
from annexish.errors import Corrupt
from annexish.merge.carried import merge_sets
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.path import RepoPath
from annexish.model.state import Position, State
from tests.pictures import entry, object_id, root

STATE = State(Position(object_id("d"), b"a"), entry("a", "1"))
VERSION = Version(b"laptop", bytes(16), RepoPath(b"d/a"), object_id("a"), STATE)
EACH = [
    Conflict(Disagreement.CONTENT, RepoPath(b"d/a"), STATE, (VERSION, VERSION._replace(label=b"server"))),
    Conflict(Disagreement.NAME, RepoPath(b"a"), None, (VERSION, VERSION)),
    Conflict(
        Disagreement.METADATA, RepoPath(b""), State(None, root()), (VERSION, VERSION), (b"mode", b"attribute user.x")
    ),
]
ROOTED = VERSION._replace(state=State(None, root()))


@pytest.mark.parametrize("conflict", EACH, ids=lambda each: str(each.about))
def test_a_conflict_comes_back_as_it_was(conflict: Conflict) -> None:
    """Nothing of it is lost."""
    assert unpack_conflict(pack_conflict(conflict)) == conflict


def test_the_blob_does_not_depend_on_the_order() -> None:
    """The same conflicts are the same bytes, each once."""
    packed = [pack_conflict(each) for each in EACH]

    assert encode_conflicts(packed) == encode_conflicts([*reversed(packed), packed[0]])
    assert set(decode_conflicts(encode_conflicts(packed))) == set(packed)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", msgpack.packb([2, []]), msgpack.packb([1, [b"b", b"a"]]), msgpack.packb([1, ["a"]]),
        msgpack.packb([1]), msgpack.packb([1, [], 3]), msgpack.packb(7), b"\xdc\x00\x02\x01\x90",
    ],
)  # fmt: skip
def test_a_blob_that_is_malformed_is_refused(data: bytes) -> None:
    """Whatever is wrong, the error says that the bytes are."""
    with pytest.raises(Corrupt):
        decode_conflicts(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", msgpack.packb(["content", b"a", None, [], []])[:-1], msgpack.packb(["what", b"a", None, [], []]),
        msgpack.packb(["name", "a", None, [], []]), msgpack.packb(["name", b"a", [b"x", b"y"], [], []]),
        msgpack.packb(["name", b"a", None, [[b"l", b"", b"p", b"short", None, b""]], []]),
    ],
)  # fmt: skip
def test_a_conflict_that_is_malformed_is_refused(data: bytes) -> None:
    """Whatever is wrong, the error says that the bytes are."""
    with pytest.raises(Corrupt):
        unpack_conflict(data)


def test_what_one_side_resolved_is_gone_and_what_both_have_is_there_once() -> None:
    """Conflicts are merged as sets."""
    assert merge_sets({b"1", b"2"}, {b"1", b"3"}, {b"1", b"2", b"4"}) == {b"1", b"3", b"4"}
    assert merge_sets(set(), {b"1"}, {b"1"}) == {b"1"}


@pytest.mark.parametrize(
    "conflict",
    [
        EACH[1]._replace(versions=(VERSION,)),
        EACH[1]._replace(versions=(VERSION, ROOTED)),
        Conflict(Disagreement.PLACE, RepoPath(b"a"), State(None, root()), (VERSION, VERSION)),
        EACH[2]._replace(fields=()),
        EACH[2]._replace(fields=(b"foo",)),
        EACH[2]._replace(fields=(b"extension x",)),
        EACH[1]._replace(fields=(b"mode",)),
    ],
    ids=["one version", "the root", "base is the root", "no field", "no such field", "no number", "fields of a name"],
)
def test_what_nobody_could_settle_is_refused(conflict: Conflict) -> None:
    """It comes from no merge: whoever sends it is told before it is in the history here."""
    with pytest.raises(Corrupt):
        unpack_conflict(pack_conflict(conflict))
