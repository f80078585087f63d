"""A merge of real commits by object, beside what Git makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from annexish.diff.graft import graft
from annexish.flows.merge.merging import Head
from annexish.merge.decide import Content
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from tests.merge.git import File, Merge, Repository, Tree
from tests.merge.known import Known, known_in_base, known_on_side, parent
from tests.merge.pictures import SHARDING, flat
from tests.merge.reasons import Reasons
from tests.merge.whole import merge_trees
from tests.pictures import Nodes, Thing, digest

Drawn = dict[str, "str | Drawn | Thing"]
MODES = {"100644": 0o644, "100755": 0o755, "120000": 0o777, "160000": 0o700}
WORDS = {mode: word for word, mode in MODES.items()}


class Replayed(NamedTuple):
    """Why each path that differs from Git's tree does; whether Git asks a person, and whether we do."""

    differs: Mapping[str, str]
    clean: bool
    ours_clean: bool
    moves: int


def replay(repository: Repository, merge: Merge) -> Replayed:
    """Merge as annexish does and as Git does, and compare."""
    base, *sides = (repository.files(commit) for commit in merge)
    renames = [repository.renames(merge.base, side) for side in (merge.first, merge.later)]
    known = [known_in_base(base), *(known_on_side(base, sides[n], renames[n], n) for n in range(2))]
    nodes = Nodes()
    trees = [nodes.snapshot(drawn(*each)) for each in zip((base, *sides), known, strict=True)]
    contents = Contents(repository, {file.blob for tree in (base, *sides) for file in tree.values()})
    made = merge_trees(nodes.load, trees[0], Head(trees[1], b"A"), Head(trees[2], b"B"), contents.together)
    one, other = (
        graft(nodes.load, nodes.save, SHARDING, side, edits, made.elsewhere)
        for side, edits in zip(trees[1:], (made.for_first, made.for_later), strict=True)
    )
    assert one == other, "both sides converge"
    found = flat(nodes, one)
    said = repository.merged(merge)
    reasons = Reasons(base, sides, files_of(found, contents.blobs), said, known, made.conflicts, found)
    return Replayed(reasons.of_all(), said.clean, not made.conflicts, sum(map(len, renames)))


class Contents:
    """Contents by the digests that pictures have for them, and what Git makes of two of them line by line."""

    def __init__(self, repository: Repository, blobs: Iterable[str]) -> None:
        self._repository = repository
        self.blobs = {digest(blob): blob for blob in blobs}

    def together(self, was: Entry, here: Entry, there: Entry) -> Content | None:
        """Merge text."""
        if not was.kind == here.kind == there.kind == Kind.FILE or WORDS[there.mode] == "160000":
            return None
        blob = self._repository.together(*(self.blobs[each.digest] for each in (was, here, there) if each.digest))
        if blob is None:
            return None
        self.blobs[digest(blob)] = blob
        return Content(len(blob), digest(blob))


def drawn(tree: Tree, known: Known) -> Drawn:
    """A snapshot as a picture; the content of a file is the name of its blob."""
    top: Drawn = {}
    inside: dict[str, Drawn] = {"": top}
    for path in sorted(known.directories, key=lambda one: one.count("/")):
        inside[path] = {}
        inside[parent(path)][f"{path.rpartition('/')[2]} #{known.directories[path]}"] = inside[path]
    for path, file in tree.items():
        kind = Kind.SYMLINK if file.mode == "120000" else Kind.FILE
        label = f"{path.rpartition('/')[2]} #{known.files[path]}"
        inside[parent(path)][label] = Thing(file.blob, kind=kind, mode=MODES[file.mode])
    return top


def files_of(found: Mapping[str, Entry], blobs: Mapping[Digest, str]) -> dict[str, File]:
    """A merged snapshot in Git's words."""
    return {
        path: File(WORDS[entry.mode], blobs[entry.digest] if entry.digest else (entry.target or b"").decode())
        for path, entry in found.items()
        if entry.kind is not Kind.DIRECTORY
    }
