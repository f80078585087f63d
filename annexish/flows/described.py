"""The descriptive blobs of a merged snapshot: tags go where their objects go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from annexish.codec.descriptive import Tags, decode_descriptive, encode_descriptive
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.merge.tags import merge_tags
from annexish.model.change import Change
from annexish.model.ids import BlobId, ObjectId, TreeId
from annexish.model.node import Load, Save
from annexish.model.path import RepoPath, split
from annexish.model.state import Edit
from annexish.store.history import Nodes


class Sided(NamedTuple):
    """A side of a merge: its snapshot, and its changes against the base."""

    tree: TreeId
    changes: Sequence[Change]


class Described:
    """Gives directories that are made again the tags of what is in them now."""

    def __init__(
        self, nodes: Nodes, hands: tuple[Load, Save], base: TreeId, sides: tuple[Sided, Sided], edits: Iterable[Edit]
    ) -> None:
        self._nodes = nodes
        self._load, self._save = hands
        self._base = base
        self._sides = sides
        self._changes = [_by_id(side.changes) for side in sides]
        self._known: dict[tuple[TreeId, RepoPath], Mapping[ObjectId, Tags]] = {}
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
        node = self._load(tree)
        tags = dict(self._decoded(node.descriptive))
        for edit in edits:
            if edit.before is not None and edit.before.position and edit.before.position.parent == directory:
                tags.pop(edit.before.entry.id, None)
            if edit.after is not None and edit.after.position and edit.after.position.parent == directory:
                merged = self._merged(edit.after.entry.ids)
                if merged:
                    tags[edit.after.entry.id] = merged
        blob = self._nodes.put_blob(encode_descriptive(tags)) if tags else None
        return tree if blob == node.descriptive else self._save(node._replace(descriptive=blob))

    def _merged(self, ids: Sequence[ObjectId]) -> Tags:
        """The tags of one object: three-way, where a side that did not change it has those of the base."""
        changes = [next((known[id] for id in ids if id in known), None) for known in self._changes]
        old = next((change for change in changes if change is not None and change.before is not None), None)
        base = self._at(self._base, old.old_path, old.before.ids) if old is not None and old.before else {}
        each = [
            base if change is None
            else self._at(side.tree, change.path, change.after.ids) if change.after is not None
            else base
            for side, change in zip(self._sides, changes, strict=True)
        ]  # fmt: skip
        return merge_tags(base, *each)

    def _at(self, tree: TreeId, path: RepoPath | None, ids: Sequence[ObjectId]) -> Tags:
        """The tags of what is at a path of a snapshot."""
        assert path is not None, "it is there"
        known = self._inside(tree, split(path)[0])
        return known.get(ids[0], {})

    def _inside(self, tree: TreeId, directory: RepoPath) -> Mapping[ObjectId, Tags]:
        known = self._known.get((tree, directory))
        if known is None:
            found = find_entry(self._load, tree, directory, nibbles)
            below = found[1] if found is not None else None
            known = self._decoded(self._load(below).descriptive) if below is not None else {}
            self._known[tree, directory] = known
        return known

    def _decoded(self, blob: bytes | None) -> Mapping[ObjectId, Tags]:
        return decode_descriptive(self._nodes.blob(BlobId(blob))) if blob is not None else {}


def _by_id(changes: Iterable[Change]) -> dict[ObjectId, Change]:
    return {id: change for change in changes for entry in (change.before, change.after) if entry for id in entry.ids}
