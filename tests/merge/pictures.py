"""Merges of pictures: what comes out, in few words.

assert merged({"a": "1"}, {"b #a": "1"}, {"a": "2"}) == Result({"b": "2"})
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annexish.codec.shards import nibbles, shard_of
from annexish.diff.graft import Sharding, graft
from annexish.diff.resolve import walk
from annexish.flows.merging import Head, merge_trees
from annexish.merge.merge import Merged
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.path import TOP
from tests.pictures import Nodes, Picture, digest

CONTENTS = {digest(word): word for word in map(str, range(100))}
SHARDING = Sharding(shard_of, nibbles)


@dataclass(frozen=True)
class Result:
    """What is where in a merged snapshot, what is to be decided (`content a`), and of which paths something is said."""

    there: dict[str, str]
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def flat(nodes: Nodes, tree: TreeId) -> dict[str, Entry]:
    """A snapshot by path."""
    return {path.decode(): entry for path, entry in walk(nodes.load, tree, TOP, recursive=True)}


def told(entry: Entry) -> str:
    """What an entry is, as in a picture."""
    if entry.kind is Kind.DIRECTORY:
        return "/"
    return CONTENTS[entry.digest] if entry.digest else (entry.target or b"").decode()


def both_trees(nodes: Nodes, base: TreeId, first: TreeId, later: TreeId) -> tuple[Merged, TreeId, TreeId]:
    """A merge, and what it makes of either side."""
    made = merge_trees(nodes.load, base, Head(first, b"A"), Head(later, b"B"))
    trees = [
        graft(nodes.load, nodes.save, SHARDING, side, edits, made.elsewhere)
        for side, edits in ((first, made.for_first), (later, made.for_later))
    ]
    return made, trees[0], trees[1]


def merged(base: Picture, first: Picture, later: Picture) -> Result:
    """What a merge makes of pictures; both sides come to the same snapshot."""
    nodes = Nodes()
    made, one, other = both_trees(nodes, *(nodes.snapshot(picture) for picture in (base, first, later)))
    assert flat(nodes, one) == flat(nodes, other), "both sides converge"
    assert one == other, "both sides converge"
    return Result(
        {path: told(entry) for path, entry in flat(nodes, one).items()},
        [f"{each.about} {each.path.decode()}" for each in made.conflicts],
        sorted(each.path.decode() for each in made.notes),
    )
