"""The far end of a connection: a repository of this machine, asked over two streams."""

from __future__ import annotations

import os
from typing import NamedTuple

from annexish.errors import Refused
from annexish.flows.remotes.far import Far
from annexish.flows.remotes.opened import source_at
from annexish.model.path import RepoPath
from annexish.remote.answering import Answering, Rights
from annexish.remote.frames import Frames


class Allowed(NamedTuple):
    """What may be asked: for repositories in a directory only, if there is one, and with which rights."""

    directory: bytes | None = None
    rights: Rights = Rights()


def serve(source: int, target: int, allowed: Allowed = Allowed()) -> None:  # noqa: B008 - never changes
    """Answer what comes from one descriptor to the other, until it ends."""
    Answering(Frames(source, target), lambda path: _opened(RepoPath(path), allowed), allowed.rights).run()


def _opened(path: RepoPath, allowed: Allowed) -> Far:
    """Open what the other side names, as seen from the directory, or from where this command was started."""
    if 0 in path:
        raise Refused("a path has a zero byte")
    within: bytes | None = None if allowed.directory is None else os.path.realpath(allowed.directory)
    start = within or os.getcwdb()
    if path.startswith((b"~/", b"/~/")):
        # as people write it for a shell, which never reads it
        start, path = within or os.path.expanduser(b"~"), RepoPath(path.lstrip(b"/")[2:])
    found = os.path.realpath(os.path.join(start, path))
    if within is not None and found != within and not found.startswith(within.rstrip(b"/") + b"/"):
        raise Refused("this connection may not use that directory", hint="ask whoever has the machine")
    return Far(source_at(os.fsdecode(found)), takes=allowed.rights.adds)
