"""The blob of confirmed losses, and the tree that has one."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.confirmed import decode_confirmed, encode_confirmed
from annexish.codec.trees import TreeParts, decode_tree, encode_tree, with_confirmed, without_confirmed
from annexish.errors import Corrupt
from annexish.model.ids import BlobId, Digest, LossId
from tests.codec.entries import object_ids
from tests.codec.golden import CONFIRMED, stored
from tests.codec.test_trees import parts

losses = st.frozensets(st.tuples(object_ids, st.none() | st.binary(min_size=32, max_size=32).map(Digest)), max_size=5)
BLOB = BlobId(b"\xcf" * 20)


@given(losses)
def test_what_is_encoded_comes_back(some: frozenset[LossId]) -> None:
    """Losses survive, and the order in which they are given does not show in the bytes."""
    data = encode_confirmed(some)
    assert decode_confirmed(data) == some
    assert encode_confirmed(sorted(some, key=repr)) == data


@given(st.binary(max_size=60))
def test_anything_else_is_corrupt(data: bytes) -> None:
    """Bytes from elsewhere give losses or Corrupt, never another error."""
    try:
        decode_confirmed(data)
    except Corrupt:
        return


ONE, TWO = b"1" * 48, b"2" * 48


@pytest.mark.parametrize(
    "value",
    [
        [], [1], [2, b"", b""], [2], [1, b"", b"", b""], [1, b"1", b""], [1, b"", b"1"], [1, ONE.decode(), b""],
        [1, TWO + ONE, b""], [1, ONE + ONE, b""], [1, b"", ONE[:16] * 2], {1: 2}, "text", None, 7,
    ],
)  # fmt: skip
def test_malformed_blobs_are_named(value: object) -> None:
    """Another version, another shape, parts of another length, not sorted, there twice."""
    with pytest.raises(Corrupt):
        decode_confirmed(msgpack.packb(value))


@pytest.mark.parametrize("at", range(len(encode_confirmed(CONFIRMED))))
def test_what_is_cut_short_is_corrupt(at: int) -> None:
    """Each truncation."""
    with pytest.raises(Corrupt):
        decode_confirmed(stored("confirmed.bin")[:at])


@given(parts)
def test_a_tree_with_confirmed_losses_is_the_same_node(one: TreeParts) -> None:
    """The blob is passed over by who reads the node, found by who looks for it, and gone without a trace."""
    plain = encode_tree(one)
    data = with_confirmed(plain, BLOB)
    assert decode_tree(data) == one
    assert without_confirmed(data) == (plain, BLOB)
    assert without_confirmed(plain) == (plain, None)
