"""The tags of a merged snapshot: of each object three-way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from annexish.codec.descriptive import Tags
from annexish.flows.merge.dressed import Dressed, Hands, KnownTags
from annexish.merge.merge import Merged
from annexish.merge.tags import merge_tags
from annexish.model.change import Change
from annexish.model.conflict import Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId, TreeId


class Sided(NamedTuple):
    """A side of a merge: its snapshot, its changes against the base, and what conflicts call it."""

    tree: TreeId
    changes: Sequence[Change]
    label: bytes


class Described:
    """Gives directories that are made again the tags that two sides made of those of the base."""

    def __init__(self, hands: Hands, base: TreeId, sides: tuple[Sided, Sided], merged: Merged) -> None:
        self._tags = KnownTags(hands)
        self._base = base
        self._sides = sides
        self._changes = [_by_id(side.changes) for side in sides]
        self._versions = {
            version.holder: version
            for each in merged.conflicts
            if each.about is Disagreement.CONTENT
            for version in each.versions
        }
        self.dress = Dressed(hands, merged.for_first, self._merged).dress

    def _merged(self, entry: Entry) -> Tags:
        """The tags of one object: a side that did not change it has those of the base.

        Of a content that both edited each version has those of its side: they were read from it.
        """
        version = next((self._versions[id] for id in entry.ids if id in self._versions), None)
        if version is not None:
            return self._of(version)
        changes = [next((known[id] for id in entry.ids if id in known), None) for known in self._changes]
        old = next((change for change in changes if change is not None and change.before is not None), None)
        base: Tags = {}
        if old is not None and old.before is not None:
            base = self._tags.at(self._base, old.old_path or old.path, old.before.id)
        each = [
            base if change is None or change.after is None else self._tags.at(side.tree, change.path, change.after.id)
            for side, change in zip(self._sides, changes, strict=True)
        ]
        return merge_tags(base, *each)

    def _of(self, version: Version) -> Tags:
        number = [side.label for side in self._sides].index(version.label)
        change = self._changes[number][version.state.entry.id]
        return self._tags.at(self._sides[number].tree, change.path, version.state.entry.id)


def _by_id(changes: Iterable[Change]) -> dict[ObjectId, Change]:
    return {id: change for change in changes for entry in (change.before, change.after) if entry for id in entry.ids}
