"""Snapshots drawn as dicts, over a store that is a dict.

    {"photos": {"a.jpg": "sunset"}, "notes": Thing("hello", mode=0o600)}

A dict is a directory, a text is a file with this content, a `Thing` is either with other fields.
An object is known by its name, wherever it is; `"beach.jpg #a.jpg"` is the object `a.jpg` under
the name `beach.jpg`, and `"beach.jpg #a.jpg #b.jpg"` is what `a.jpg` and `b.jpg` turned out to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple

from annexish.codec.entries import encode_entries, encode_split
from annexish.codec.objects import object_name
from annexish.codec.shards import shard_of
from annexish.codec.trees import TreeParts, encode_tree
from annexish.model.entry import Entry, Kind, Owner
from annexish.model.ids import ROOT, BlobId, Digest, ObjectId, TreeId
from annexish.model.node import FULL, Node

ShardOf = Callable[[bytes, int], int]
ADA = Owner(1000, 100, b"ada", b"users")


class Thing(NamedTuple):
    """What a name stands for, when a content is not all there is to say."""

    content: str | Picture
    kind: Kind = Kind.FILE
    mode: int = 0o644
    mtime_ns: int = 0
    owner: Owner = ADA
    attributes: Mapping[str, str] = MappingProxyType({})
    links: str | None = None


Picture = Mapping[str, "str | Picture | Thing"]


def object_id(word: str) -> ObjectId:
    """The object id that a word stands for."""
    return ObjectId(blake2b(word.encode("utf-8", "surrogateescape"), digest_size=16).digest())


def digest(content: str) -> Digest:
    """The digest that a content has in pictures."""
    return Digest(blake2b(content.encode(), digest_size=32).digest())


def entry(label: str, what: str | Picture | Thing = "") -> Entry:
    """The entry that a name and what it stands for are drawn for."""
    name, *words = label.split(" #")
    ids = tuple(sorted(object_id(word) for word in words or [name]))
    thing = what if isinstance(what, Thing) else Thing(what)
    kind = thing.kind if isinstance(thing.content, str) else Kind.DIRECTORY
    made = Entry(
        name.encode("utf-8", "surrogateescape"),
        kind,
        ids,
        thing.mode,
        thing.owner,
        thing.mtime_ns,
        attributes=tuple(sorted((key.encode(), value.encode()) for key, value in thing.attributes.items())),
        links=thing.links.encode() if thing.links else None,
    )
    if not isinstance(thing.content, str):
        return made
    if kind is Kind.SYMLINK:
        return made._replace(target=thing.content.encode())
    return made._replace(size=len(thing.content), digest=digest(thing.content))


def root(mode: int = 0o755) -> Entry:
    """The entry of a root directory."""
    return Entry(b"", Kind.DIRECTORY, (ROOT,), mode, ADA, 0)


class Nodes:
    """Holds nodes by the ids that Git gives them; `loaded` are those that were asked for."""

    def __init__(self, shard: ShardOf = shard_of) -> None:
        self._nodes: dict[TreeId, Node] = {}
        self._shard_of = shard
        self.loaded: list[TreeId] = []

    def load(self, tree: TreeId) -> Node:
        """Return a node that was saved."""
        self.loaded.append(tree)
        return self._nodes[tree]

    def save(self, node: Node) -> TreeId:
        """Hold a node under the name of its bytes, as the history does: a blob that is known is not made again."""
        blob = node.blob
        if blob is None:
            made = encode_split(node.total, node.own) if node.shards else encode_entries(node.entries, node.own)
            blob = BlobId(object_name(b"blob", made.data))
        parts = TreeParts(blob, node.subtrees, node.shards, node.descriptive, node.conflicts)
        tree = TreeId(object_name(b"tree", encode_tree(parts)))
        self._nodes[tree] = node._replace(blob=blob)
        return tree

    def snapshot(self, picture: Picture, own: Entry | None = None) -> TreeId:
        """Build a whole snapshot from nothing; deep pictures cost no stack."""
        todo: list[tuple[int, Entry, Picture]] = [(-1, own or root(), picture)]
        inside: list[list[Entry]] = []
        for number, (_, _, names) in enumerate(todo):
            inside.append([entry(label, what) for label, what in names.items()])
            for made, what in zip(inside[-1], names.values(), strict=True):
                content = what.content if isinstance(what, Thing) else what
                if not isinstance(content, str):
                    todo.append((number, made, content))
        below: dict[int, dict[ObjectId, TreeId]] = defaultdict(dict)
        tree = TreeId(b"")
        for number in range(len(todo) - 1, -1, -1):
            parent, one, _ = todo[number]
            tree = self.directory(inside[number], below.pop(number, {}), one if parent < 0 else None)
            below[parent][one.id] = tree
        return tree

    def directory(
        self, entries: Iterable[Entry], subtrees: Mapping[ObjectId, TreeId] | None = None, own: Entry | None = None
    ) -> TreeId:
        """Build one directory from nothing, split by the rule of docs/format.md."""
        ordered = sorted(entries, key=lambda one: one.name)
        assert len({one.name for one in ordered}) == len(ordered), "a name is there once"
        return self._node(ordered, subtrees or {}, own, 0)

    def _node(self, entries: list[Entry], subtrees: Mapping[ObjectId, TreeId], own: Entry | None, level: int) -> TreeId:
        if len(entries) <= FULL:
            here = {one.id: subtrees[one.id] for one in entries if one.kind is Kind.DIRECTORY}
            return self.save(Node(tuple(entries), here, {}, len(entries), own))
        parts: dict[int, list[Entry]] = defaultdict(list)
        for one in entries:
            parts[self._shard_of(one.name, level)].append(one)
        shards = {nibble: self._node(part, subtrees, None, level + 1) for nibble, part in parts.items()}
        return self.save(Node((), {}, shards, len(entries), own))
