"""The bytes of each released format stay what they are."""

from __future__ import annotations

from annexish.codec.confirmed import decode_confirmed, encode_confirmed
from annexish.codec.conflicts import decode_conflicts, encode_conflicts, pack_conflict, unpack_conflict
from annexish.codec.entries import Decoded, decode_entries, encode_entries, encode_split
from annexish.codec.holdings import decode_holdings, encode_holdings
from annexish.codec.messages import decode_message, encode_message
from annexish.codec.scope import decode_scope, encode_scope
from annexish.codec.trees import decode_tree, encode_tree, with_confirmed, without_confirmed
from tests.codec import golden
from tests.codec.golden import (
    CONFIRMED,
    CONFIRMED_BLOB,
    ENTRIES,
    EXAMPLE,
    FOLDER,
    ROOT_ENTRY,
    SPLIT_TOTAL,
    SPLIT_TREE,
    TREE,
    stored,
)

WRITTEN = {
    "empty.bin": encode_entries(()).data,
    "example.bin": encode_entries(EXAMPLE).data,
    "entries.bin": encode_entries(ENTRIES).data,
    "root.bin": encode_entries(EXAMPLE, ROOT_ENTRY).data,
    "split.bin": encode_split(SPLIT_TOTAL).data,
    "split-root.bin": encode_split(SPLIT_TOTAL, ROOT_ENTRY).data,
    "tree.bin": encode_tree(TREE),
    "split-tree.bin": encode_tree(SPLIT_TREE),
    "confirmed.bin": encode_confirmed(CONFIRMED),
    "conflicts.bin": encode_conflicts((pack_conflict(golden.CONFLICT),)),
    "confirmed-tree.bin": with_confirmed(encode_tree(TREE), CONFIRMED_BLOB),
    "scope.bin": encode_scope(golden.SCOPE),
    "later-scope.bin": encode_scope(golden.LATER_SCOPE),
    "holdings.bin": encode_holdings(golden.HOLDINGS),
    "message.txt": encode_message(golden.MESSAGE, golden.REPOSITORY, golden.COUNTS).encode(),
}
BLOBS = {
    "empty.bin": Decoded((), 0, None),
    "example.bin": Decoded(EXAMPLE, 2, None),
    "entries.bin": Decoded(ENTRIES, len(ENTRIES), None),
    "root.bin": Decoded(EXAMPLE, 2, ROOT_ENTRY),
    "split.bin": Decoded((), SPLIT_TOTAL, None),
    "split-root.bin": Decoded((), SPLIT_TOTAL, ROOT_ENTRY),
}


def test_every_golden_file_is_checked() -> None:
    """A file of the folder that nothing compares with would protect nothing."""
    assert {path.name for path in FOLDER.iterdir()} >= WRITTEN.keys() >= BLOBS.keys()


def test_version_1_writes_these_bytes() -> None:
    """The same nouns are the same bytes, in every later version of the program."""
    assert {name: data.hex() for name, data in WRITTEN.items()} == {name: stored(name).hex() for name in WRITTEN}


def test_version_1_is_read() -> None:
    """What was written stays readable."""
    assert {name: decode_entries(stored(name)) for name in BLOBS} == BLOBS
    assert decode_tree(stored("tree.bin")) == TREE
    assert decode_tree(stored("split-tree.bin")) == SPLIT_TREE
    assert without_confirmed(stored("confirmed-tree.bin")) == (stored("tree.bin"), CONFIRMED_BLOB)
    assert decode_confirmed(stored("confirmed.bin")) == frozenset(CONFIRMED)
    assert [unpack_conflict(each) for each in decode_conflicts(stored("conflicts.bin"))] == [golden.CONFLICT]
    assert decode_scope(stored("scope.bin")) == golden.SCOPE
    assert decode_scope(stored("later-scope.bin")) == golden.LATER_SCOPE
    assert decode_holdings(stored("holdings.bin")) == golden.HOLDINGS
    counts = {word: number for word, number in golden.COUNTS.items() if number}
    assert decode_message(stored("message.txt").decode()) == (golden.MESSAGE, golden.REPOSITORY, counts)
