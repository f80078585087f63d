"""Entries to bytes and back; what is not written by this version is refused."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annexish.codec.entries import Decoded, decode_entries, digests_in, encode_entries, encode_split
from annexish.errors import Corrupt
from annexish.model.entry import Entry
from annexish.model.node import FULL
from tests.codec.entries import directories, roots
from tests.codec.golden import ADA, ENTRIES, EXAMPLE, ROOT_ENTRY, stored
from tests.codec.malformed import DIGEST, DIRECTORY, FILE, ID, MALFORMED, OWNER, ROOT_ROW, blob, extended
from tests.pictures import entry as file

GOLDEN = ("entries.bin", "root.bin", "split-root.bin")


@given(directories, st.none() | roots)
def test_any_entries_come_back(entries: tuple[Entry, ...], own: Entry | None) -> None:
    """What is read is what was written, whatever the names, kinds and fields."""
    decoded = decode_entries(encode_entries(entries, own).data)
    # as text, because a number that is none does not equal itself
    assert repr(decoded) == repr(Decoded(entries, len(entries), own))


@given(st.integers(FULL + 1, 2**63), st.none() | roots)
def test_any_split_comes_back(total: int, own: Entry | None) -> None:
    """A split node says how many entries its shards have together."""
    assert repr(decode_entries(encode_split(total, own).data)) == repr(Decoded((), total, own))


@given(directories, st.none() | roots)
def test_one_value_has_one_encoding(entries: tuple[Entry, ...], own: Entry | None) -> None:
    """What is read and written again has the same bytes, so the same tree is the same object."""
    data = encode_entries(entries, own).data
    decoded = decode_entries(data)
    assert encode_entries(decoded.entries, decoded.own).data == data


@given(directories)
def test_ids_and_digests_are_at_the_end(entries: tuple[Entry, ...]) -> None:
    """The writer is told how many of the last bytes are random, so that they need not be compressed."""
    made = encode_entries(entries)
    ids = b"".join(entry.id for entry in entries)
    digests = b"".join(entry.digest for entry in entries if entry.digest)
    assert made.random == len(ids) + len(digests)
    assert made.data.endswith(digests)
    assert ids in made.data


@given(directories, st.none() | roots)
def test_digests_are_told_without_the_entries(entries: tuple[Entry, ...], own: Entry | None) -> None:
    """They are those of the files, in their order."""
    digests = [entry.digest for entry in entries if entry.digest]
    assert digests_in(encode_entries(entries, own).data) == digests
    assert digests_in(encode_split(FULL + 1, own).data) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        msgpack.packb([2, None, [], [], b"", b""]),
        msgpack.packb([1, None, [], [], b""]),
        msgpack.packb([1, None, [], [], b"", b"short"]),
        msgpack.packb([1, None, [], [], b"", 32 * "x"]),
        msgpack.packb([1, None, [], [], b"", DIGEST])[:-1],
        msgpack.packb([1, None, [], [], b"", DIGEST]) + b"\0",
    ],
)
def test_digests_that_cannot_be_told(data: bytes) -> None:
    """Nobody takes a content for one that no file has because a blob is malformed."""
    with pytest.raises(Corrupt):
        digests_in(data)


def test_a_full_node_comes_back() -> None:
    """4,096 entries are one node."""
    entries = tuple(file(f"{number:05}", "1") for number in range(FULL))
    assert decode_entries(encode_entries(entries).data).entries == entries


def test_another_version_is_refused_and_named() -> None:
    """Who reads it learns that a newer program is needed."""
    with pytest.raises(Corrupt, match="has version 2; this program knows 1") as caught:
        decode_entries(msgpack.packb([2, "whatever", "is", "there"]))
    assert caught.value.hint == "update annexish"


def test_fields_of_a_later_version_are_carried_on() -> None:
    """An extension that this version does not know comes back as it was."""
    future = next(entry for entry in ENTRIES if entry.name == b"future")
    (read,) = decode_entries(encode_entries([future]).data).entries
    assert read.extensions == ((4, b"later"), (1000, (1, "text", None)))
    renamed = decode_entries(encode_entries([read._replace(name=b"x", mode=0)]).data).entries[0]
    assert renamed.extensions == read.extensions


def test_the_malformed_blobs_are_well_formed_but_for_what_they_show() -> None:
    """The blobs above are refused for what their names say, and for nothing else."""
    assert decode_entries(msgpack.packb(blob(FILE))).entries[0].size == 7
    assert decode_entries(msgpack.packb(blob(DIRECTORY))).entries[0].name == b"d"
    assert decode_entries(msgpack.packb(blob(own=ROOT_ROW))).own is not None
    assert decode_entries(msgpack.packb(blob((b"d", 5, 0o600, 0, 5, 6, (1, 2))))).entries[0].device == (1, 2)
    assert decode_entries(msgpack.packb(extended({0: b"\2" * 16, 1: [[b"a", b""]], 2: b"x" * 16, 3: True}))).total == 1


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_blobs_are_corrupt(case: str) -> None:
    """Each rule of docs/format.md that a blob breaks is enough."""
    with pytest.raises(Corrupt):
        decode_entries(msgpack.packb(MALFORMED[case]))


NOT_SHORTEST = {
    "a number in two bytes": (b"\x01\xc0", b"\xcc\x01\xc0"),
    "a number with a sign": (b"\x01\xc0", b"\xd0\x01\xc0"),
    "an array in three bytes": (b"\x96\x01", b"\xdc\x00\x06\x01"),
    "bytes with a long length": (b"\xc4\x09beach.jpg", b"\xc5\x00\x09beach.jpg"),
    "text instead of bytes": (b"\xc4\x09beach.jpg", b"\xa9beach.jpg"),
    "something behind": (stored("example.bin")[-4:], stored("example.bin")[-4:] + b"\x00"),
}


@pytest.mark.parametrize("case", NOT_SHORTEST)
def test_a_value_has_its_shortest_form(case: str) -> None:
    """Of the many forms of one value that msgpack knows the history has one."""
    short, long = NOT_SHORTEST[case]
    data = stored("example.bin")
    assert data.count(short) >= 1
    with pytest.raises(Corrupt):
        decode_entries(data.replace(short, long, 1))


HOSTILE = {
    "an array of four billion": b"\xdd\xff\xff\xff\xff",
    "entries of four billion": b"\x96\x01\xc0\x90\xdd\xff\xff\xff\xff",
    "bytes of four gigabytes": b"\x96\x01\xc0\x90\x90\xc6\xff\xff\xff\xff",
    "a map of four billion": b"\x96\x01\xc0\x90\xdf\xff\xff\xff\xff",
    "arrays in arrays": b"\x91" * 100_000,
    "maps in maps": b"\x81\x01" * 100_000,
    "a map as a key": b"\x81\x80\x01",
    "a key twice": b"\x96\x01\xc0\x90\x82\x04\x01\x04\x01\xc4\x00\xc4\x00",
    "text that is no UTF-8": b"\xa1\xff",
    "a time that is none": b"\xc7\x0c\xff" + b"\xff" * 12,
    "nothing": b"",
    "a code without meaning": b"\xc1",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_msgpack_is_corrupt(case: str) -> None:
    """A length is no reason to ask for memory, depth none to end the program."""
    with pytest.raises(Corrupt):
        decode_entries(HOSTILE[case])


def read_or_refuse(data: bytes) -> None:
    """Decode; what can be decoded is canonical, everything else is Corrupt and nothing else."""
    try:
        decoded = decode_entries(data)
    except Corrupt:
        return
    again = (
        encode_split(decoded.total, decoded.own)
        if decoded.total > len(decoded.entries)
        else encode_entries(decoded.entries, decoded.own)
    )
    assert again.data == data


@given(st.binary(max_size=200))
@example(b"\x96")
def test_random_bytes_are_corrupt(data: bytes) -> None:
    """Nothing but Corrupt is raised."""
    read_or_refuse(data)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_truncation_is_corrupt(name: str) -> None:
    """A blob that was cut anywhere is noticed."""
    data = stored(name)
    for end in range(len(data)):
        with pytest.raises(Corrupt):
            decode_entries(data[:end])


@pytest.mark.parametrize("name", GOLDEN)
def test_every_flipped_bit_is_corrupt_or_another_value(name: str) -> None:
    """One bit makes another canonical blob or none."""
    data = stored(name)
    for at in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        read_or_refuse(bytes(flipped))


@given(st.data())
def test_mutilated_blobs_are_corrupt_or_another_value(draw: st.DataObject) -> None:
    """Parts that were put in, left out or written over never end in another error."""
    data = bytearray(stored(draw.draw(st.sampled_from(GOLDEN))))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data)))
        data[at : at + draw.draw(st.integers(0, 4))] = draw.draw(st.binary(max_size=4))
    read_or_refuse(bytes(data))


packed = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.just(5000)
    | st.floats()
    | st.sampled_from((b"", b"f", ID, DIGEST, "f")),
    lambda inner: (
        st.lists(inner, max_size=8) | st.dictionaries(st.integers(-1, 5) | st.text(max_size=1), inner, max_size=3)
    ),
    max_leaves=30,
)


@given(packed, packed, packed, packed, packed)
def test_any_parts_are_corrupt_or_canonical(
    own: object, owners: object, rows: object, ids: object, digests: object
) -> None:
    """Whatever msgpack can say in the places of a blob."""
    read_or_refuse(msgpack.packb([1, own, owners, rows, ids, digests]))


@given(st.lists(packed, min_size=7, max_size=8), st.integers(0, 7))
def test_any_row_is_corrupt_or_canonical(values: list[object], keep: int) -> None:
    """Whatever msgpack can say in the places of a row."""
    row = [*FILE[:keep], *values[keep:]]
    files = row[1] == 0
    read_or_refuse(msgpack.packb([1, None, [OWNER], [row], ID, DIGEST * files]))


def test_the_examples_have_the_owner_of_the_table() -> None:
    """The tables above and the golden files speak of one owner."""
    assert tuple(ADA) == OWNER
    assert {entry.owner for entry in (*EXAMPLE, ROOT_ENTRY)} == {ADA}
