"""Which content that is here may be much the same as one that is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from annexish.codec.conflicts import unpack_conflict
from annexish.flows.contents.contents import Contents
from annexish.flows.state.disputes import packed_in
from annexish.model.conflict import Disagreement
from annexish.model.entry import Entry
from annexish.model.ids import Digest, TreeId
from annexish.store.history import Nodes
from annexish.system.chunks import WHOLE


class Kin:
    """Knows what the versions of a conflict began with, in one snapshot."""

    def __init__(self, here: Contents, nodes: Nodes, tree: TreeId) -> None:
        self._here = here
        self._nodes = nodes
        self._tree = tree

    def of(self, entry: Entry, before: Entry | None) -> Digest | None:
        """Return what its object had before, else another version of it; None if it is small, or neither is here."""
        if entry.size <= WHOLE or entry.digest is None:
            return None
        likely = () if before is None else (before,)
        return self._held(likely) or self._held(self._versions.get(entry.digest, ()))

    def _held(self, likely: Iterable[Entry]) -> Digest | None:
        digests = (each.digest for each in likely if each.size > WHOLE)
        return next((each for each in digests if each and not self._here.lacking((each,))), None)

    @cached_property
    def _versions(self) -> Mapping[Digest, Sequence[Entry]]:
        """What each version of a content may be like: the others, and what they began with."""
        found: dict[Digest, Sequence[Entry]] = {}
        for conflict in map(unpack_conflict, packed_in(self._nodes, self._tree)):
            if conflict.about is Disagreement.CONTENT:
                entries = [version.state.entry for version in conflict.versions]
                entries += [conflict.base.entry] if conflict.base is not None else []
                found.update({entry.digest: entries for entry in entries if entry.digest is not None})
        return found
