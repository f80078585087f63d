"""A remote by its name or its URL, open."""

from __future__ import annotations

import os

from annexish.errors import Missing, Unreachable, Usage
from annexish.flows.far import Far
from annexish.flows.place import Place
from annexish.model.path import CONTROL
from annexish.model.remotes import Known
from annexish.remote.port import Remote
from annexish.remote.url import Git, Local, Ssh, parse


def open_remote(remote: Known, *, alone: bool = False) -> Remote:
    """Return what answers there; it, or the first question, raises Unreachable if nobody does.

    `alone` is said where nobody can be asked for a password.
    """
    where = parse(remote.url)
    if isinstance(where, Ssh):
        from annexish.remote.ssh import PROGRAM, remote_at

        return remote_at(where, remote.program or PROGRAM, alone=alone)
    if isinstance(where, Git):
        raise Usage(f"{remote.url} is a Git server: it has the history, and no contents")
    return Far(place_at(where.path))


def open_source(remote: Known) -> Remote:
    """The same for a clone; raise Missing for a directory of this machine that is no repository."""
    where = parse(remote.url)
    return Far(source_at(where.path)) if isinstance(where, Local) else open_remote(remote)


def place_at(path: str) -> Place:
    """Return the repository in a directory of this machine.

    A mount point that is empty, or a directory that lost its control directory, is a remote that is away.
    """
    at = Place(os.path.realpath(os.fsencode(path)))
    if not os.path.isdir(path):
        raise Unreachable(f"{path} is not there", hint="connect the disk, or look at `annexish remote`")
    if not os.path.isdir(os.path.join(at.root, CONTROL, b"history.git")):
        raise Unreachable(f"{path} holds no annexish repository", hint="is its disk mounted?")
    return at


def source_at(path: str) -> Place:
    """The same for who expects one there; raise Missing if there is none."""
    try:
        return place_at(path)
    except Unreachable as error:
        hint = "name the top of a repository; --only takes a part of it" if os.path.isdir(path) else ""
        raise Missing(str(error), hint=hint) from error
