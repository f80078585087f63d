"""Present files that should have a content which the keep lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator

from annexish.diff.pieces import pieces
from annexish.flows.place import Place
from annexish.model.entry import Kind
from annexish.model.ids import Digest, TreeId
from annexish.model.node import Load
from annexish.store.history import Nodes
from annexish.system.descend import Descent

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def present_files(place: Place, wanted: frozenset[Digest]) -> Iterator[tuple[Digest, int]]:
    """Yield (digest, descriptor) of the files that had one of these contents at the last commit and are still there."""
    head = place.head()
    if head is not None and wanted:
        history = place.history
        yield from files_with(place.root, Nodes(history), history.commit(head).tree, wanted)


def files_with(root: bytes, load: Load, tree: TreeId, wanted: frozenset[Digest]) -> Iterator[tuple[Digest, int]]:
    """Yield (digest, descriptor) of the files that have one of these contents in a snapshot and are still there.

    Nobody knows what bytes they have now: whoever takes them hashes them. Each is open until the next one.
    """
    with Descent(root) as descent:
        for piece in pieces(load, tree):
            for entry in piece.entries:
                if entry.kind is not Kind.FILE or entry.digest not in wanted or entry.digest is None:
                    continue
                try:
                    descriptor = os.open(entry.name, _FLAGS, dir_fd=descent.open(piece.path))
                except OSError:
                    continue
                try:
                    if os.fstat(descriptor).st_size == entry.size:
                        yield entry.digest, descriptor
                finally:
                    os.close(descriptor)
