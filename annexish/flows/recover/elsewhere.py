"""Restore: a directory that is exactly a snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from annexish.apply.filling import Purpose
from annexish.apply.staged import require_free
from annexish.apply.tree import Source
from annexish.diff.pieces import pieces
from annexish.flows.place.place import Place
from annexish.flows.recover.extract import Wish, extract, outside, source_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, join
from annexish.model.report import Problem, Restored, Step

_WORDS = {Kind.FILE: "copy", Kind.DIRECTORY: "mkdir", Kind.SYMLINK: "symlink"}


def restore_elsewhere(place: Place, wish: Wish) -> Restored:
    """Make a new directory of a snapshot; contents that are nowhere here are named, and all else is there."""
    return extract(place, wish, Purpose.RESTORE)


def plan_elsewhere(place: Place, wish: Wish) -> Restored:
    """Tell what would be made, and which contents are nowhere here; nothing is written, no content read."""
    directory = outside(wish.directory)
    require_free(directory)
    source = source_of(place, wish)
    counts: Counter[str] = Counter()
    size = 0
    lacking: dict[Digest, list[tuple[RepoPath, Entry]]] = {}
    with source.keep() as keep:
        for path, entry in _entries(source):
            word = _WORDS.get(entry.kind, "special")
            if wish.tell is not None:
                wish.tell(Step(word, path, entry.kind, entry.size))
            counts[word] += 1
            size += entry.size
            if entry.digest is not None and entry.size and keep.find(entry.digest) is None:
                lacking.setdefault(entry.digest, []).append((path, entry))
    for digest, _ in source.find(frozenset(lacking)):
        lacking.pop(digest, None)
    return Restored(directory, counts, size, tuple(_absent(lacking)))


def _absent(lacking: dict[Digest, list[tuple[RepoPath, Entry]]]) -> Iterator[Problem]:
    for digest, places in lacking.items():
        for path, entry in places:
            reason = f"its content is not here ({entry.size:,} bytes, digest {digest.hex()})"
            yield Problem(path, "absent", reason)


def _entries(source: Source) -> Iterator[tuple[RepoPath, Entry]]:
    for piece in pieces(source.nodes(), source.root, source.paths):
        for entry in piece.entries:
            yield join(piece.path, entry.name), entry
