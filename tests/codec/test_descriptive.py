"""The descriptive blob: tags by object."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.descriptive import Tags, decode_descriptive, encode_descriptive
from annexish.errors import Corrupt
from annexish.model.ids import ObjectId

_IDS = st.binary(min_size=16, max_size=16).map(ObjectId)
_VALUES = st.text(max_size=20) | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
_TAGS = st.dictionaries(st.text(min_size=1, max_size=20), _VALUES, min_size=1, max_size=5)


@given(st.dictionaries(_IDS, _TAGS, max_size=5))
def test_what_is_encoded_comes_back(tags: dict[ObjectId, Tags]) -> None:
    """Tags survive, and the order in which they are given does not show in the bytes."""
    data = encode_descriptive(tags)
    assert decode_descriptive(data) == tags
    assert encode_descriptive(dict(reversed(list(tags.items())))) == data


@given(st.binary(max_size=60))
def test_anything_else_is_corrupt(data: bytes) -> None:
    """Bytes from elsewhere give tags or Corrupt, never another error."""
    try:
        decode_descriptive(data)
    except Corrupt:
        return


@pytest.mark.parametrize("value", [[2, {}], [1], [1, {b"short": {}}], [1, 7], "text"])
def test_malformed_blobs_are_named(value: object) -> None:
    """Another version, another shape, an id of another length."""
    with pytest.raises(Corrupt):
        decode_descriptive(msgpack.packb(value))
