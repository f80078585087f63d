"""Names that the file system here cannot hold are told before anything is copied."""

from __future__ import annotations

import os
from collections.abc import Iterator

from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap
from annexish.model.path import RepoPath, components, in_control, join
from annexish.model.report import Problem
from annexish.plan.names import Folding, unholdable

_ODD = b'annexish <>:"\\|?*\x01\xff. '
"""A name that takes all that is taken on file systems of Unix, and nothing else."""


def folding_of(place: Place) -> Folding | None:
    """Ask the file system about names; None for one that takes all of them as they are."""
    folds = _made(place, b"Case", b"cASE")[1]
    if _made(place, _ODD)[0] and not folds:
        return None
    return Folding(lambda name: _made(place, name)[0], folds)


def _made(place: Place, name: bytes, other: bytes = b"\0") -> tuple[bool, bool]:
    """Make a directory of a name, and remove it: is that possible, and did another name lead to it?"""
    probe = os.path.join(os.fsencode(place.control), b"names.%d" % os.getpid())
    os.mkdir(probe, 0o700)
    try:
        path = os.path.join(probe, name)
        os.mkdir(path, 0o700)
        there = other != b"\0" and os.path.exists(os.path.join(probe, other))
        os.rmdir(path)
    except OSError:
        return False, False
    finally:
        os.rmdir(probe)
    return True, there


def told(gap: Gap, system: Folding) -> Iterator[Problem]:
    """Yield what cannot be held of a directory, and the directory itself if its own name cannot be."""
    if gap.path:
        own = RepoPath(gap.path.rpartition(b"/")[2])
        for _, reason in unholdable([own], system._replace(folds=False)):
            yield Problem(gap.path, "failed", reason)
    for name, reason in unholdable([entry.name for entry in gap.entries], system):
        yield Problem(join(gap.path, name), "failed", reason)
    for top in {components(join(gap.path, entry.name))[0] for entry in gap.entries} | {*components(gap.path)[:1]}:
        if in_control(top):
            yield Problem(RepoPath(top), "failed", "on this file system it may be the control directory")
