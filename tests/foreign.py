"""Objects of a history as they come from elsewhere: made right, or wrong in one way each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgpack

from annexish.codec.conflicts import encode_conflicts
from annexish.codec.descriptive import encode_descriptive
from annexish.codec.entries import encode_entries, encode_split
from annexish.codec.holdings import encode_holdings
from annexish.codec.intake import DEEPEST
from annexish.codec.objects import object_name
from annexish.codec.shards import shard_of
from annexish.codec.trees import TreeParts, encode_tree
from annexish.model.entry import Entry
from annexish.model.holdings import Disk, Holdings
from annexish.model.ids import BlobId, CommitId, ObjectId, TreeId
from annexish.model.objects import GitObject
from annexish.model.published import HEADS, HOLDINGS
from tests.pictures import entry, object_id, root
from tests.store.repositories import commit_bytes

OWN, OTHER, THIRD = "0" * 32, "1" * 32, "2" * 32
HEAD = HEADS + OTHER


class Made(list[GitObject]):
    """Objects in the order in which they were made: a place that takes them."""

    def put(self, kind: bytes, data: bytes, random: int = 0) -> bytes:
        self.append(GitObject(kind, data))
        return object_name(kind, data)

    def get(self, name: bytes) -> bytes | None:
        return next((data for kind, data in self if object_name(kind, data) == name), None)

    def node(
        self,
        *entries: Entry,
        own: Entry | None = None,
        below: Mapping[ObjectId, TreeId] | None = None,
        shards: Mapping[int, TreeId] | None = None,
        blob: bytes | None = None,
        more: tuple[BlobId | None, BlobId | None] = (None, None),
    ) -> TreeId:
        """Make a node as it is told, right or wrong."""
        made = encode_split(5000, own) if shards else encode_entries(entries, own)
        inside = BlobId(self.put(b"blob", made.data if blob is None else blob))
        return TreeId(self.put(b"tree", encode_tree(TreeParts(inside, below or {}, shards or {}, *more))))

    def commit(self, tree: TreeId, message: str | bytes = "x", *parents: CommitId) -> str:
        """Make a commit."""
        return self.put(b"commit", commit_bytes(tree, message, *parents)).hex()


def holdings(counter: int = 1, head: str | None = None, id: str = OTHER) -> GitObject:
    """What a repository tells of itself."""
    known = None if head is None else CommitId(head)
    told = Holdings(id, "disk", counter, 5, known, b"", frozenset(), frozenset(), Disk("", ""))
    return GitObject(b"blob", encode_holdings(told))


FILE, BELOW = entry("a", "1"), entry("d", {})
Attack = Callable[[Made], Mapping[str, str]]


def history(made: Made) -> tuple[CommitId, CommitId]:
    """Two commits, one after the other, of a file and of a directory."""
    first = CommitId(made.commit(made.node(FILE, own=root())))
    inside = made.node(FILE)
    return first, CommitId(made.commit(made.node(BELOW, own=root(), below={BELOW.id: inside}), "y", first))


def tree_of(tree: Callable[[Made], TreeId]) -> Attack:
    """A commit of a tree, which may be wrong."""
    return lambda made: {HEAD: made.commit(tree(made))}


def _said(data: bytes, kind: bytes = b"blob") -> Attack:
    """A head that is this object."""
    return lambda made: {HEAD: made.put(kind, data).hex()}


def _with(more: Callable[[Made], tuple[BlobId | None, BlobId | None]]) -> Attack:
    """A root that has other blobs beside its entries."""
    return tree_of(lambda made: made.node(own=root(), more=more(made)))


def _row(mode: bytes, name: bytes, kind: bytes = b"blob") -> Attack:
    """A root that names one more thing."""

    def attack(made: Made) -> Mapping[str, str]:
        inside = made.put(b"blob", encode_entries((), root()).data)
        rows = [(b"entries", b"100644 entries\0" + inside), (name, mode + b" " + name + b"\0" + made.put(kind, b""))]
        return {HEAD: made.commit(TreeId(made.put(b"tree", b"".join(row for _, row in sorted(rows)))))}

    return attack


def _named(*found: str) -> Attack:
    """A root with these names, which the encoder passes on."""
    return tree_of(lambda made: made.node(*[entry("x")._replace(name=name.encode()) for name in found], own=root()))


def _header(data: bytes) -> Attack:
    """A commit with other lines than Git's."""
    return lambda made: {
        HEAD: made.put(b"commit", data.replace(b"TREE", made.node(own=root()).hex().encode())).hex(),
    }


def _deep(made: Made, levels: int) -> TreeId:
    tree = made.node()
    for _ in range(levels - 1):
        tree = made.node(BELOW, below={BELOW.id: tree})
    return made.node(BELOW, own=root(), below={BELOW.id: tree})


def _bomb(made: Made, levels: int) -> TreeId:
    """Directories of which each has the one before twice."""
    tree, pair = made.node(FILE), (BELOW, entry("e", {}))
    for level in range(levels):
        tree = made.node(
            *pair, own=root() if level == levels - 1 else None, below=dict.fromkeys([e.id for e in pair], tree)
        )
    return tree


def _shards(made: Made, levels: int) -> TreeId:
    tree = made.node(FILE)
    for level in reversed(range(1, levels)):
        tree = made.node(shards={shard_of(b"a", level % 64): tree})
    return made.node(own=root(), shards={shard_of(b"a", 0): tree})


def _reversed(made: Made) -> Mapping[str, str]:
    head = made.commit(made.node(own=root()))
    made.reverse()
    return {HEAD: head}


WHO = b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
ATTACKS: dict[str, Attack] = {
    "a head that is a blob": _said(b"x"),
    "a head that is a tree": lambda made: {HEAD: made.node(own=root()).hex()},
    "a head that did not come": lambda _: {HEAD: "a" * 40},
    "a head that is no name": lambda _: {HEAD: "HEAD"},
    "holdings that are a commit": lambda made: {HOLDINGS + OTHER: made.commit(made.node(own=root()))},
    "holdings that did not come": lambda _: {HOLDINGS + OTHER: "a" * 40},
    "holdings that are none": lambda made: {HOLDINGS + OTHER: made.put(b"blob", b"x").hex()},
    "holdings of another repository": lambda made: {HOLDINGS + OTHER: made.put(*holdings(id=THIRD)).hex()},
    "holdings with a head that is not there": lambda made: {HOLDINGS + OTHER: made.put(*holdings(1, "a" * 40)).hex()},
    "a tag": _said(b"object x", b"tag"),
    "a kind that nobody knows": _said(b"x", b"delta"),
    "a commit of a tree that is missing": tree_of(lambda _: TreeId(b"\1" * 20)),
    "a commit of a blob": tree_of(lambda made: TreeId(made.put(b"blob", encode_entries((), root()).data))),
    "a commit after one that is missing":
        lambda made: {HEAD: made.commit(made.node(own=root()), "x", CommitId("a" * 40))},
    "a commit after a tree":
        lambda made: {HEAD: made.commit(made.node(own=root()), "x", CommitId(made.node().hex()))},
    "what is named comes later": _reversed,
    "a tree that lacks its entries": tree_of(lambda made: TreeId(made.put(b"tree", b"100644 entries\0" + b"\1" * 20))),
    "entries that are a tree": tree_of(lambda made: TreeId(made.put(b"tree", b"100644 entries\0" + made.node()))),
    "a tree that lacks a tree":
        tree_of(lambda made: made.node(BELOW, own=root(), below={BELOW.id: TreeId(b"\1" * 20)})),
    "a directory that is a blob":
        tree_of(lambda made: made.node(BELOW, own=root(), below={BELOW.id: TreeId(made.put(b"blob", b"x"))})),
    "a tree that is cut short":
        tree_of(lambda made: TreeId(made.put(b"tree", encode_tree(TreeParts(BlobId(bytes(20)), {}, {}, None))[:-1]))),
    "an empty tree": tree_of(lambda made: TreeId(made.put(b"tree", b""))),
    "a name of Git's": _row(b"100644", b".git"),
    "a blob with a slash": _row(b"100644", b"x/y"),
    "a program": _row(b"100755", b"x"),
    "a link": _row(b"120000", b"x"),
    "a module": _row(b"160000", b"x", b"commit"),
    "another name of a tree": _row(b"40000", b"x", b"tree"),
    "entries that are cut short": tree_of(lambda made: made.node(blob=encode_entries((), root()).data[:-1])),
    "entries that are nothing": tree_of(lambda made: made.node(blob=b"")),
    "entries that nest without end": tree_of(lambda made: made.node(blob=b"\x91" * 100_000)),
    "entries that say to be many": tree_of(lambda made: made.node(blob=b"\xdd\xff\xff\xff\xff")),
    "entries of another version": tree_of(lambda made: made.node(blob=msgpack.packb([2, None, [], [], b"", b""]))),
    "a directory without its node": tree_of(lambda made: made.node(BELOW, own=root())),
    "a node without its directory": tree_of(lambda made: made.node(FILE, own=root(), below={FILE.id: made.node()})),
    "a name with a slash": _named("a/b"),
    "a path outside": _named("../a"),
    "an absolute name": _named("/a"),
    "a name with a NUL": _named("a\0b"),
    "a dot": _named("."),
    "two dots": _named(".."),
    "an empty name": _named(""),
    "a long name": _named("x" * 256),
    "a name twice": _named("a", "a"),
    "names without order": _named("b", "a"),
    "the control directory": _named(".annexish"),
    "the control directory in a shard": tree_of(
        lambda made: made.node(
            own=root(), shards={shard_of(b".annexish", 0): made.node(entry(".annexish", "1"))}
        )
    ),
    "a name twice, in two shards": tree_of(
        lambda made: made.node(own=root(), shards=dict.fromkeys((shard_of(b"a", 0), 15), made.node(FILE)))
    ),
    "a name in the wrong shard of a directory": tree_of(
        lambda made: made.node(BELOW, own=root(), below={
            BELOW.id: made.node(shards={shard_of(b"a", 0): made.node(shards={1 ^ shard_of(b"a", 1): made.node(FILE)})})
        })
    ),
    "a commit of what is no root": tree_of(lambda made: made.node(FILE)),
    "a root in a root":
        tree_of(lambda made: made.node(BELOW, own=root(), below={BELOW.id: made.node(own=root())})),
    "a root in a shard":
        tree_of(lambda made: made.node(own=root(), shards={shard_of(b"a", 0): made.node(FILE, own=root())})),
    "3,000 levels": tree_of(lambda made: _deep(made, 3000)),
    "a level too many": tree_of(lambda made: _deep(made, DEEPEST + 1)),
    "few trees that are 2^60 directories": tree_of(lambda made: _bomb(made, 60)),
    "more shards than a name has nibbles": tree_of(lambda made: _shards(made, 65)),
    "a descriptive blob that is none": _with(lambda made: (BlobId(made.put(b"blob", b"x")), None)),
    "a descriptive blob of another version":
        _with(lambda made: (BlobId(made.put(b"blob", msgpack.packb([2, {}]))), None)),
    "conflicts that are none": _with(lambda made: (None, BlobId(made.put(b"blob", b"x")))),
    "a conflict that is none": _with(lambda made: (None, BlobId(made.put(b"blob", encode_conflicts([b"x"]))))),
    "losses that are none": _row(b"100644", b"confirmed"),
    "a commit that is nothing": _said(b"", b"commit"),
    "a commit without a person": _header(b"tree TREE\n\nx\n"),
    "a commit of somebody at no time": _header(b"tree TREE\nauthor A <a@b>\ncommitter A <a@b>\n\nx\n"),
    "a commit at the end of time": _header(b"tree TREE\n" + WHO.replace(b"1 +", b"9" * 19 + b" +") + b"\nx\n"),
    "a commit in words that nobody reads": _header(b"tree TREE\n" + WHO + b"encoding rot13\n\nx\n"),
    "a commit in other words than it says": _header(b"tree TREE\n" + WHO + b"encoding UTF-8\n\n\xff\n"),
    "a commit that is cut short": _header(b"tree TREE\nauthor A <a@b> 1 +0000\ncommi"),
    "a commit with a NUL": _header(b"tree TREE\n" + WHO + b"\nx\0y\n"),
    "a commit of another format": _header(b"tree TREE\n" + WHO + b"\nx\n\nAnnexish-Format: 2\n"),
}  # fmt: skip


RIGHT: dict[str, Attack] = {
    "as deep as a commit goes": tree_of(lambda made: _deep(made, DEEPEST)),
    "what would be the control directory elsewhere": tree_of(
        lambda made: made.node(BELOW, own=root(), below={BELOW.id: made.node(entry(".annexish", "1"))})
    ),
    "as many shards as a name has nibbles": tree_of(lambda made: _shards(made, 64)),
    "that name in other letters": _named(".Annexish"),
    "a foreign commit": _header(b"tree TREE\n" + WHO + b"encoding ISO-8859-1\ngpgsig x\n y\n \n z\n\n\xff\n"),
    "a blob that nobody knows": _row(b"100644", b"later"),
    "media tags": _with(
        lambda made: (BlobId(made.put(b"blob", encode_descriptive({object_id("a"): {"x": 1}}))), None)
    ),
    "the same tree at two places": tree_of(
        lambda made: made.node(BELOW, entry("e", {}), own=root(), below=dict.fromkeys(
            (BELOW.id, entry("e", {}).id), made.node()))
    ),
}  # fmt: skip
