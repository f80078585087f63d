"""The holdings of a repository as bytes."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.holdings import LARGEST, decode_holdings, encode_holdings, fits
from annexish.errors import Corrupt
from annexish.model.holdings import Checked, Disk, Holdings
from annexish.model.ids import CommitId, ObjectId
from tests.codec.entries import object_ids
from tests.codec.golden import HOLDINGS, numbered, stored

numbers = st.integers(0, (1 << 63) - 1)
words = st.text(max_size=300).filter(lambda text: text.isascii() or len(text) < 200)
commits = st.binary(min_size=20, max_size=20).map(lambda raw: CommitId(raw.hex()))
some = st.builds(
    Holdings,
    st.binary(min_size=16, max_size=16).map(bytes.hex), words, numbers, numbers, st.none() | commits,
    st.binary(max_size=40), st.frozensets(object_ids, max_size=4), st.frozensets(object_ids, max_size=4),
    st.builds(Disk, words, words), st.builds(Checked, numbers, numbers),
)  # fmt: skip
PARTS = msgpack.unpackb(stored("holdings.bin"))


@given(some)
def test_what_is_encoded_comes_back(holdings: Holdings) -> None:
    """Nothing of it is lost."""
    assert decode_holdings(encode_holdings(holdings)) == holdings


@given(
    st.binary(max_size=80)
    | st.lists(st.binary(max_size=40) | st.integers(-5, 99) | st.text(max_size=4)).map(msgpack.packb)
)
def test_anything_else_is_corrupt(data: bytes) -> None:
    """Bytes from elsewhere give holdings or Corrupt, never another error."""
    try:
        decode_holdings(data)
    except Corrupt:
        return


@pytest.mark.parametrize("at", range(len(stored("holdings.bin"))))
def test_what_is_cut_short_or_changed_is_corrupt_or_other_holdings(at: int) -> None:
    """Each truncation, and each byte turned over."""
    data = stored("holdings.bin")
    with pytest.raises(Corrupt):
        decode_holdings(data[:at])
    turned = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
    try:
        assert decode_holdings(turned) != HOLDINGS
    except Corrupt:
        return


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, 2), (0, True), (0, "1"), (1, b"short"), (1, "0" * 32), (2, b"laptop"), (2, "x" * 2000), (3, -1),
        (3, 1 << 63), (3, 1.5), (3, True), (4, None), (5, b"short"), (5, "0" * 40), (6, "text"), (6, bytes(5 << 20)),
        (7, b"1"), (7, bytes(32)), (7, b"2" * 16 + b"1" * 16), (8, None), (9, ["id"]), (9, [b"id", "label"]),
        (9, {"a": 1, "b": 2}), (10, [1]), (10, [1, -1]), (10, 7),
    ],
)  # fmt: skip
def test_malformed_holdings_are_named(at: int, value: object) -> None:
    """Another version, another type, another length, not sorted, out of range."""
    with pytest.raises(Corrupt):
        decode_holdings(msgpack.packb([*PARTS[:at], value, *PARTS[at + 1 :]]))


@pytest.mark.parametrize("value", [None, 7, [], [1], [*PARTS, 0], PARTS[:-1], dict(enumerate(PARTS)), "text"])
def test_another_shape_is_named(value: object) -> None:
    """What is no array, or not of eleven."""
    with pytest.raises(Corrupt):
        decode_holdings(msgpack.packb(value))


def test_a_blob_has_an_end() -> None:
    """Who sends more than anybody needs is not listened to."""
    with pytest.raises(Corrupt, match="too large"):
        decode_holdings(bytes(LARGEST + 1))
    assert fits([numbered(1)])
    assert not fits([ObjectId(bytes(16))] * (1 << 20))


def test_names_that_are_too_long_or_no_text_are_cut() -> None:
    """A host may be called anything."""
    odd = HOLDINGS._replace(name="x" * 5000, disk=Disk("\udcff", "ä" * 600))

    read = decode_holdings(encode_holdings(odd))

    assert (len(read.name), read.disk) == (1024, Disk("\\udcff", "ä" * 512))
