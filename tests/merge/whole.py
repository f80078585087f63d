"""A merge of two heads as values: no commits, and nothing that is at rest."""

from __future__ import annotations

from collections.abc import Iterable

from annexish.flows.merge.merging import Head, at, changes_of, side_of
from annexish.merge.decide import Reconcile
from annexish.merge.merge import Merged, merge, never
from annexish.model.conflict import Conflict
from annexish.model.ids import TreeId
from annexish.model.node import Load


def merge_trees(
    load: Load,
    base: TreeId,
    first: Head,
    later: Head,
    reconcile: Reconcile = never,
    answered: Iterable[Conflict] = (),
) -> Merged:
    """Merge what two heads made of a base, of which `answered` are the conflicts that are open in neither head."""
    done = [changes_of(load, base, head) for head in (first, later)]
    sides = [side_of(load, head, each) for head, each in zip((first, later), done, strict=True)]
    before = at(load, base, {**done[0].before, **done[1].before})
    return merge(before, sides[0], sides[1], reconcile, answered)
