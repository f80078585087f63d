"""Ask for keeps on file systems that are mounted inside the tree, or no longer."""

from __future__ import annotations

import os

from annexish.apply.keep import Keep
from annexish.apply.mounted import make_keep, open_keep
from annexish.errors import Missing, Refused
from annexish.flows.place.place import Place
from annexish.model.path import KEEP, RepoPath
from annexish.store.lock import Lock
from annexish.store.settings import mounts_in


def ask(place: Place, value: str) -> None:
    """Make the keeps that a value of `keep.mounts` names; the keep of a mount that it leaves out must be empty.

    A mount that had a keep before may be away.
    """
    settings = place.settings
    settings.check("keep.mounts", value)
    before, wanted = mounts_in(settings.get("keep.mounts")), mounts_in(value)
    repository = settings.get("repository.id")
    with Lock(place.lock):
        for mount in before:
            if mount not in wanted:
                _require_empty(place, mount, repository)
        for mount in wanted:
            try:
                make_keep(place.root, mount, repository)
            except Missing:
                if mount not in before:
                    raise


def _require_empty(place: Place, mount: RepoPath, repository: str) -> None:
    top = open_keep(place.root, mount, repository)
    if not isinstance(top, int):
        return
    with Keep(f"/proc/self/fd/{top}", top=top) as keep:
        if next(keep.digests(), None) is not None:
            shown = os.fsdecode(mount + b"/" + KEEP)
            raise Refused(
                f"{shown!r} still holds contents",
                hint="remove that directory first, if you mean it: what only it holds is gone then",
            )
