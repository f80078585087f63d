"""In which shard a name lies."""

from __future__ import annotations

from itertools import islice

from blake3 import blake3
from hypothesis import given

from annexish.codec.shards import nibbles, shard_of
from tests.codec.entries import names


@given(names)
def test_nibbles_are_the_digits_of_the_hash(name: bytes) -> None:
    """In hexadecimal, the hash reads as the way from shard to shard."""
    way = "".join(f"{nibble:x}" for nibble in nibbles(name))
    assert way == blake3(name).hexdigest()
    assert [shard_of(name, level) for level in range(64)] == [int(digit, 16) for digit in way]


def test_the_shard_of_a_name_is_known() -> None:
    """The hash is BLAKE3-256, its high nibble first: a value for other programs to compare with."""
    assert "".join(f"{nibble:x}" for nibble in islice(nibbles(b"beach.jpg"), 8)) == "903733bf"
