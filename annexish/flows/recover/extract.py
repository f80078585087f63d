"""A snapshot, or paths of it, as plain files in a directory of its own: what restore and view share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from annexish.apply.filling import Purpose
from annexish.apply.staged import leftovers, staged
from annexish.apply.tree import Manner, Source, make_tree
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import Missing, Usage
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import commit_at
from annexish.flows.place.sources import present_files
from annexish.flows.state.outset import scan_of
from annexish.model.path import CONTROL, TOP, RepoPath
from annexish.model.report import Problem, Progress, Restored, Step, Tick
from annexish.store.history import Nodes

Tell = Callable[[Step], object]


class Wish(NamedTuple):
    """Which snapshot, which paths of it (all without any), in which directory, and whom to tell."""

    revision: str
    paths: tuple[RepoPath, ...]
    directory: bytes
    tell: Tell | None = None
    progress: Progress | None = None


def outside(directory: bytes) -> bytes:
    """Return the real path of a directory; raise Usage if it is in the control directory of a repository."""
    real = at = os.path.realpath(directory)
    while at != os.path.dirname(at):
        above, name = os.path.split(at)
        if name == CONTROL and os.path.isdir(os.path.join(at, b"history.git")):
            shown = os.fsdecode(directory)
            raise Usage(f"{shown!r} is in the control directory of a repository", hint="name a directory outside of it")
        at = above
    return real


def source_of(place: Place, wish: Wish) -> Source:
    """Find a snapshot; raise Missing if it, or a path in it, does not exist."""
    root = commit_at(place.history, wish.revision).tree
    paths = wish.paths or (TOP,)
    nodes = Nodes(place.history)
    for path in paths:
        if find_entry(nodes, root, path, nibbles) is None:
            raise Missing(f"there is no {path.decode(errors='replace')!r} in this snapshot")
    return Source(
        root,
        paths,
        nodes=lambda: Nodes(place.history),
        keep=lambda: keep_of(place),
        find=lambda wanted: present_files(place, wanted),
    )


def extract(place: Place, wish: Wish, way: Purpose, directories: int | None = None) -> Restored:
    """Make the directory, which is whole or absent at every moment; `directories` replaces the modes of those in it."""
    directory = outside(wish.directory)
    source = source_of(place, wish)
    processes = scan_of(place, thorough=False).processes
    manner = Manner(way, directories, processes, steps=wish.tell is not None)
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    size = 0
    with staged(directory) as stage:
        for made in make_tree(source, stage.path, manner):
            counts += made.counts
            size += made.size
            problems += made.problems
            if wish.tell is not None:
                for step in made.steps:
                    wish.tell(step)
            if wish.progress is not None:
                wish.progress(Tick(way.value, b"", counts.total() - counts["mkdir"], None, size, None))
        # a view is made again as fast as it was made
        stage.publish(durable=way is not Purpose.VIEW)
    return Restored(directory, counts, size, (*problems, *_left_beside(directory)))


def _left_beside(directory: bytes) -> list[Problem]:
    found: list[bytes] = []
    with suppress(OSError):  # the directory is there by now
        found = leftovers(directory)
    return [
        Problem(TOP, "note", f"an interrupted command left {os.fsdecode(each)}; it may be removed") for each in found
    ]
