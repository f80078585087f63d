"""From one snapshot to the next in a working tree: what differs, found once for all who ask on the way."""

from __future__ import annotations

from functools import cached_property

from annexish.diff.compare import compare, with_times
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.state.passing import passing_between
from annexish.model.change import Change
from annexish.model.ids import CommitId, Digest, TreeId
from annexish.plan.here import Passing
from annexish.store.history import Nodes

_ENTRIES = 100_000
"""What is compared is soon asked for again, directory by directory: both ends of some 3,000 changed ones, 50 MiB."""


class Journey:
    """One that nobody makes twice: what was found is held.

    The stat cache describes the snapshot `before`; nobody writes here while the journey is used.
    """

    def __init__(self, place: Place, before: TreeId, after: TreeId) -> None:
        self.place = place
        self.before = before
        self.after = after
        self.load = Held(Nodes(place.history), _ENTRIES)
        self.hashed: set[Digest] = set()
        """Contents that were hashed on their way into the keep, under the lock that is still held."""

    def is_between(self, before: TreeId, after: TreeId) -> bool:
        """Whether it is the journey from one snapshot to another."""
        return (self.before, self.after) == (before, after)

    @classmethod
    def to(cls, place: Place, commit: CommitId) -> Journey | None:
        """Return the journey from the head to a commit; None before the first commit."""
        head, history = place.head(), place.history
        return None if head is None else cls(place, history.commit(head).tree, history.commit(commit).tree)

    @cached_property
    def changes(self) -> list[Change]:
        """What differs between the snapshots; the time of a directory is a change here."""
        return list(compare(self.load, self.before, self.after, count_inside=False, differ=with_times))

    @cached_property
    def passing(self) -> Passing:
        """What changes here, where perhaps a part is held."""
        return passing_between(self.place, self.load, self.before, self.after, self.changes)
