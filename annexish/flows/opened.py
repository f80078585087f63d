"""A remote by its name or its URL, open."""

from __future__ import annotations

import os

from annexish.errors import Missing, Unreachable
from annexish.flows.far import Far
from annexish.flows.place import Place
from annexish.flows.remotes import directory_of
from annexish.model.path import CONTROL
from annexish.model.remotes import Known
from annexish.remote.port import Remote


def open_remote(remote: Known) -> Remote:
    """Return what answers there; raise Unreachable if nobody does."""
    return Far(place_of(remote))


def place_of(remote: Known) -> Place:
    """Return the repository at a remote of this machine.

    A mount point that is empty, or a directory that lost its control directory, is a remote that is away.
    """
    directory = directory_of(remote)
    at = Place(os.path.realpath(directory))
    if not os.path.isdir(directory):
        raise Unreachable(f"{remote.url} is not there", hint="connect the disk, or look at `annexish remote`")
    if not os.path.isdir(os.path.join(at.root, CONTROL, b"history.git")):
        raise Unreachable(f"{remote.url} holds no annexish repository", hint="is its disk mounted?")
    return at


def source_of(url: str) -> Place:
    """Return the repository that a path names, for a clone; raise Missing if there is none."""
    try:
        return place_of(Known("origin", url))
    except Unreachable as error:
        hint = "name the top of a repository; --only takes a part of it" if os.path.isdir(url) else ""
        raise Missing(str(error), hint=hint) from error
