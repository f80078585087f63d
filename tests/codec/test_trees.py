"""A node as a Git tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.trees import TreeParts, decode_tree, encode_tree, rows_in
from annexish.errors import Corrupt
from annexish.model.ids import BlobId, TreeId
from tests.codec.entries import object_ids
from tests.codec.golden import stored

targets = st.binary(min_size=20, max_size=20)
parts = st.builds(
    TreeParts,
    targets.map(BlobId),
    st.dictionaries(object_ids, targets.map(TreeId), max_size=5),
    st.dictionaries(st.integers(0, 15), targets.map(TreeId), max_size=16),
    st.none() | targets.map(BlobId),
    st.none() | targets.map(BlobId),
)
TARGET = b"\x11" * 20
ENTRIES = b"100644 entries\0" + TARGET
ID = b"22" * 16


@given(parts)
def test_any_tree_comes_back(one: TreeParts) -> None:
    """What is read is what was written."""
    assert decode_tree(encode_tree(one)) == one


@given(parts)
def test_what_a_tree_names(one: TreeParts) -> None:
    """Every target is named, of a tree that is cut short fewer."""
    data = encode_tree(one)
    named = {one.entries, *one.subtrees.values(), *one.shards.values()} | ({one.descriptive, one.conflicts} - {None})
    assert {target for _, target in rows_in(data)} == named
    assert len(list(rows_in(data[:-1]))) == len(list(rows_in(data))) - 1


@given(parts)
def test_git_takes_the_trees(one: TreeParts) -> None:
    """Names are in the order in which Git sorts them: a directory as if it ended in a slash."""
    names, data = [], encode_tree(one)
    while data:
        head, _, rest = data.partition(b"\0")
        mode, name = head.split(b" ")
        names.append(name + b"/" if mode == b"40000" else name)
        data = rest[20:]
    assert names == sorted(set(names))


def test_git_checks_the_golden_trees(tmp_path: Path) -> None:
    """`git hash-object` parses what it is given and refuses what it would not have written."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    for name in ("tree.bin", "split-tree.bin", "confirmed-tree.bin"):
        command = ["git", "--git-dir", str(tmp_path), "hash-object", "-t", "tree", "--stdin"]
        subprocess.run(command, input=stored(name), check=True, capture_output=True)


def test_unknown_blobs_are_passed_over() -> None:
    """A later version may put another blob beside the entries."""
    assert decode_tree(ENTRIES + b"100644 later\0" + TARGET) == decode_tree(ENTRIES)


MALFORMED = {
    "nothing": b"",
    "no entries": b"100644 descriptive\0" + TARGET,
    "entries are a tree": b"40000 entries\0" + TARGET,
    "cut": ENTRIES[:-1],
    "no end of the name": b"100644 entries",
    "no mode": b"entries\0" + TARGET,
    "an executable": ENTRIES + b"100755 later\0" + TARGET,
    "a link": ENTRIES + b"120000 later\0" + TARGET,
    "another repository": ENTRIES + b"160000 later\0" + TARGET,
    "an unknown tree": ENTRIES + b"40000 later\0" + TARGET,
    "a mode with a zero before it": b"040000 " + ID + b"\0" + TARGET + ENTRIES,
    "an id with capitals": b"40000 " + b"AA" * 16 + b"\0" + TARGET + ENTRIES,
    "an id with spaces": b"40000 " + b"2 " * 16 + b"\0" + TARGET + ENTRIES,
    "an id that is no number": b"40000 " + b"xy" * 16 + b"\0" + TARGET + ENTRIES,
    "an id that is no text": b"40000 " + b"\xff" * 32 + b"\0" + TARGET + ENTRIES,
    "not sorted": ENTRIES + b"40000 " + ID + b"\0" + TARGET,
    "a name twice": ENTRIES + ENTRIES,
    "a name that is empty": b"100644 \0" + TARGET + ENTRIES,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_trees_are_corrupt(case: str) -> None:
    """What is no node, or not the one way to write it, is refused."""
    with pytest.raises(Corrupt):
        decode_tree(MALFORMED[case])


def read_or_refuse(data: bytes) -> None:
    """Decode; nothing but Corrupt is raised, and what is read without unknown names is written alike."""
    try:
        read = decode_tree(data)
    except Corrupt:
        return
    known = len(read.subtrees) + len(read.shards) + 1 + (read.descriptive is not None)
    if encode_tree(read) != data:
        assert data.count(b"100644 ") + data.count(b"40000 ") > known


@given(st.binary(max_size=120))
def test_random_bytes_are_corrupt(data: bytes) -> None:
    """Nothing but Corrupt is raised."""
    read_or_refuse(data)


@pytest.mark.parametrize("name", ["tree.bin", "split-tree.bin"])
def test_mutilated_trees_are_corrupt_or_another_tree(name: str) -> None:
    """Each truncation, each flipped bit."""
    data = stored(name)
    for end in range(len(data)):
        read_or_refuse(data[:end])
    for at in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        read_or_refuse(bytes(flipped))
