"""Let a remote verify what it holds; what it has no good copy of is healed from what is here."""

from __future__ import annotations

from contextlib import suppress

from annexish.errors import AnnexishError
from annexish.flows.contents.contents import Contents
from annexish.flows.place.place import Place
from annexish.flows.remotes.meeting import fetch_history
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import met, remote
from annexish.flows.verify.verify import Request
from annexish.model.report import Verified
from annexish.remote.port import Remote
from annexish.store.lock import Lock


def verify_there(place: Place, name: str, request: Request) -> Verified:
    """Return what a remote found, and learn when it was verified; raise Missing if there is no remote of this name."""
    known = remote(place, name)
    with open_remote(known) as far, Contents(place) as here:
        peer = far.hello()
        met(place, name, peer)
        lender = here if request.repair else None
        done = far.verify(request.paths, request.budget, lender=lender, progress=request.progress)
        if peer.takes:
            _learn(place, far)
    return done


def _learn(place: Place, far: Remote) -> None:
    """Take what is told there; what cannot be had now comes with the next sync."""
    with suppress(AnnexishError, OSError), Lock(place.lock, wait=0):
        fetch_history(place, far)
