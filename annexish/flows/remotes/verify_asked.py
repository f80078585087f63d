"""What a repository does that another one asks to verify itself: it reads here, and heals from what it is lent."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from annexish.apply.lent import NOBODY, Lenders
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import AnnexishError, Missing
from annexish.flows.contents.telling import tell
from annexish.flows.place.place import Place
from annexish.flows.verify.verify import Request, verify
from annexish.model.budget import Budget
from annexish.model.content import Holder
from annexish.model.path import RepoPath
from annexish.model.report import Progress, Verified
from annexish.store.history import Nodes

_NOBODY = "no good copy of it is there or here"


def verify_asked(
    place: Place,
    paths: Sequence[RepoPath],
    budget: Budget,
    *,
    lender: Holder | None,
    progress: Progress | None,
    writes: bool,
) -> Verified:
    """Verify, with a lender heal; unless nothing may be written, remember it and tell others with what is held.

    Raise Missing for a path that is not in the newest commit: nobody asks from elsewhere what else is on the disk.
    """
    _require(place, paths)
    lenders = NOBODY if lender is None else Lenders(lambda _: (lender,), _NOBODY)
    done = verify(place, Request(paths, budget, lender is not None, progress, lenders, writes))
    if writes and os.access(place.control, os.W_OK):
        # what cannot be told because something is broken here is told by the next sync
        with suppress(AnnexishError):
            tell(place)
    return done


def _require(place: Place, paths: Sequence[RepoPath]) -> None:
    head = place.head() if paths else None
    for path in paths:
        load = Nodes(place.history)
        if head is None or find_entry(load, place.history.commit(head).tree, path, nibbles) is None:
            shown = os.fsdecode(path)
            raise Missing(f"there is no {shown!r} in the newest commit there", hint="`annexish ls -R` there lists all")
