"""A remote by its name or its URL, open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from annexish.errors import Missing, Unreachable, Usage
from annexish.flows.place.place import Place
from annexish.flows.remotes.far import Far
from annexish.model.path import CONTROL
from annexish.model.remotes import Known
from annexish.remote.port import Remote
from annexish.remote.url import Git, Local, Ssh, parse

if TYPE_CHECKING:
    from annexish.remote.wire import Wire


def open_remote(remote: Known) -> Remote:
    """Return what answers there; it, or the first question, raises Unreachable if nobody does."""
    where = parse(remote.url)
    if isinstance(where, Ssh):
        from annexish.remote.ssh import Settings, remote_at

        return remote_at(where, Settings(remote.program, remote.limit))
    if isinstance(where, Git):
        raise Usage(f"{remote.url} is a Git server: it has the history, and no contents")
    return Far(place_at(where.path))


def connections_to(remote: Known, count: int) -> list[Wire]:
    """Return more connections to another machine, each for another process; they ask nobody for a password."""
    from annexish.remote.ssh import Settings, remote_at

    where = parse(remote.url)
    assert isinstance(where, Ssh), "it is another machine"
    settings = Settings(remote.program, remote.limit, alone=True)
    return [remote_at(where, settings) for _ in range(count)]


def open_source(remote: Known) -> Remote:
    """The same for a clone; raise Missing for a directory of this machine that is no repository."""
    where = parse(remote.url)
    return Far(source_at(where.path)) if isinstance(where, Local) else open_remote(remote)


def place_at(path: str) -> Place:
    """Return the repository in a directory of this machine.

    A mount point that is empty, or a directory that lost its control directory, is a remote that is away.
    """
    at = Place(os.path.realpath(os.fsencode(path)))
    if os.path.isdir(path) and not os.access(path, os.X_OK):
        raise Unreachable(f"{path} may not be entered: permission denied", hint="ask whoever owns it")
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
        top, away = (
            "name the top of a repository; --only takes a part of it",
            "is the path right, and its disk mounted?",
        )
        hint = top if os.path.isdir(path) else away
        raise Missing(str(error), hint=hint) from error
