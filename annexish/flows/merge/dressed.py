"""The descriptive blobs of a snapshot that was made of others: tags go where their objects go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from annexish.codec.descriptive import Tags, decode_descriptive, encode_descriptive
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.model.entry import Entry
from annexish.model.ids import BlobId, ObjectId, TreeId
from annexish.model.node import Load, Save
from annexish.model.path import RepoPath, split
from annexish.model.state import Edit
from annexish.store.history import Nodes


class Hands(NamedTuple):
    """What reads and writes nodes."""

    nodes: Nodes
    load: Load
    save: Save


class KnownTags:
    """The tags of what is at paths of snapshots."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._known: dict[tuple[TreeId, RepoPath], Mapping[ObjectId, Tags]] = {}

    def at(self, tree: TreeId, path: RepoPath, id: ObjectId) -> Tags:
        """Return the tags of an object that is at a path of a snapshot."""
        directory = split(path)[0]
        known = self._known.get((tree, directory))
        if known is None:
            found = find_entry(self._hands.load, tree, directory, nibbles)
            below = found[1] if found is not None else None
            known = decoded(self._hands.nodes, self._hands.load(below).descriptive) if below is not None else {}
            self._known[tree, directory] = known
        return known.get(id, {})


class Dressed:
    """Gives directories that are made again the tags of what is in them now."""

    def __init__(self, hands: Hands, edits: Iterable[Edit], tags_of: Callable[[Entry], Tags]) -> None:
        self._hands = hands
        self._tags_of = tags_of
        self._edits: dict[ObjectId, list[Edit]] = defaultdict(list)
        for edit in edits:
            homes = {state.position.parent for state in (edit.before, edit.after) if state and state.position}
            for home in homes:
                self._edits[home].append(edit)

    def dress(self, directory: ObjectId, tree: TreeId) -> TreeId:
        """Return a directory that was made again, with its tags."""
        edits = self._edits.get(directory)
        if not edits:
            return tree
        node = self._hands.load(tree)
        tags = dict(decoded(self._hands.nodes, node.descriptive))
        for edit in edits:
            if edit.before is not None and edit.before.position and edit.before.position.parent == directory:
                tags.pop(edit.before.entry.id, None)
            if edit.after is not None and edit.after.position and edit.after.position.parent == directory:
                found = self._tags_of(edit.after.entry)
                if found:
                    tags[edit.after.entry.id] = found
        blob = self._hands.nodes.put_blob(encode_descriptive(tags)) if tags else None
        return tree if blob == node.descriptive else self._hands.save(node._replace(descriptive=blob))


def decoded(nodes: Nodes, blob: bytes | None) -> Mapping[ObjectId, Tags]:
    """Return the tags of a directory by the ids of what is in it."""
    return decode_descriptive(nodes.blob(BlobId(blob))) if blob is not None else {}
