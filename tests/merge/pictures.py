"""Merges of pictures: what comes out, in few words.

assert merged({"a": "1"}, {"b #a": "1"}, {"a": "2"}) == Result({"b": "2"})
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annexish.codec.shards import nibbles, shard_of
from annexish.diff.graft import Sharding, graft
from annexish.diff.resolve import walk
from annexish.flows.merge.merging import Head
from annexish.merge.merge import Merged
from annexish.model.conflict import Conflict
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest, TreeId
from annexish.model.path import TOP
from tests.merge.whole import merge_trees
from tests.pictures import Nodes, Picture, Thing, digest

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


def contents_in(*pictures: Picture) -> dict[Digest, str]:
    """Every content of some pictures, by digest."""
    found: dict[Digest, str] = {}
    todo = list(pictures)
    while todo:
        for what in todo.pop().values():
            content = what.content if isinstance(what, Thing) else what
            if isinstance(content, str):
                found[digest(content)] = content
            else:
                todo.append(content)
    return found


def told(entry: Entry, contents: dict[Digest, str]) -> str:
    """What an entry is, as in a picture."""
    if entry.kind is Kind.DIRECTORY:
        return "/"
    return contents[entry.digest] if entry.digest else (entry.target or b"").decode()


class Trees(NamedTuple):
    """A merge, and what it makes of either side."""

    made: Merged
    one: TreeId
    other: TreeId


def both_trees(
    nodes: Nodes,
    base: TreeId,
    first: TreeId,
    later: TreeId,
    *,
    labels: tuple[bytes, bytes] = (b"A", b"B"),
    answered: Sequence[Conflict] = (),
) -> Trees:
    """Merge, and carry out what each side lacks."""
    made = merge_trees(nodes.load, base, Head(first, labels[0]), Head(later, labels[1]), answered=answered)
    trees = [
        graft(nodes.load, nodes.save, SHARDING, side, edits, made.elsewhere)
        for side, edits in ((first, made.for_first), (later, made.for_later))
    ]
    return Trees(made, trees[0], trees[1])


def merged(base: Picture, first: Picture, later: Picture, *, labels: tuple[bytes, bytes] = (b"A", b"B")) -> Result:
    """What a merge makes of pictures."""
    nodes = Nodes()
    trees = map(nodes.snapshot, (base, first, later))
    return result_of(nodes, both_trees(nodes, *trees, labels=labels), contents_in(base, first, later))


def result_of(nodes: Nodes, trees: Trees, contents: dict[Digest, str]) -> Result:
    """What a merge made, in few words; both sides come to the same snapshot."""
    made, one, other = trees
    assert flat(nodes, one) == flat(nodes, other), "both sides converge"
    assert one == other, "both sides converge"
    return Result(
        {path: told(entry, contents) for path, entry in flat(nodes, one).items()},
        [f"{each.about} {each.path.decode()}" for each in made.conflicts],
        sorted(each.path.decode() for each in made.notes),
    )
