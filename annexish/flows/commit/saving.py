"""What is not committed is committed before a sync, on either side; an empty directory has nothing to say yet."""

from __future__ import annotations

import os
from collections import Counter

from annexish.flows.commit.commit import Request, commit
from annexish.flows.place.place import Place
from annexish.model.path import CONTROL
from annexish.model.report import Committed, Difference, Progress


def save(place: Place, message: str, *, allow_mass_deletion: bool, progress: Progress | None = None) -> Committed:
    """Commit what changed; where nothing ever was, the first commit is left to a repository that has files."""
    if is_blank(place):
        return Committed(None, Difference((), Counter()), ())
    return commit(place, Request(message, (), allow_mass_deletion, progress))


def is_blank(place: Place) -> bool:
    """Whether nothing was committed here yet, and there is nothing to commit."""
    return place.head() is None and os.listdir(place.root) == [CONTROL]
