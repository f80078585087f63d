"""Two repositories that began with the same files, and what is in them."""

from __future__ import annotations

import os
from pathlib import Path

from annexish.codec.descriptive import Tags, decode_descriptive
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.flows.place import place as places
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.model.report import MergeDone
from annexish.store.history import Nodes
from tests.flows.two import carry, copied, fetch, rename_repository
from tests.trees import Picture, Tree


class Pair:
    """Two repositories that began with the same files; what one fetches comes with the contents."""

    def __init__(self, top: Path, picture: Picture) -> None:
        self.here = Tree(top, picture)
        self.here.commit()
        self.there = copied(self.here, "there")
        rename_repository(self.there, self.here.repository.id)
        self.there = Tree.opened(self.there.top)

    def merge(
        self,
        *,
        back: bool = False,
        contents: bool = True,
        adopt: bool = False,
        dry_run: bool = False,
        allow_mass_deletion: bool = False,
    ) -> MergeDone:
        """Commit there, and merge that here; `back` the other way round."""
        one, other = (self.there, self.here) if back else (self.here, self.there)
        other.commit(allow_mass_deletion=True)
        fetch(one, other)
        if contents:
            carry(other, one)
        return one.repository.merge(
            "refs/remotes/other/main", adopt=adopt, dry_run=dry_run, allow_mass_deletion=allow_mass_deletion
        )


def tagged(tree: Tree) -> dict[str, Tags]:
    """The tags of every object of the newest commit, by path."""
    place = places.find(os.fsencode(tree.top))
    head = place.head()
    assert head is not None
    nodes = Nodes(place.history)
    found: dict[str, Tags] = {}
    for path in ["", *(path for path, entry in tree.ls().items() if entry.kind is Kind.DIRECTORY)]:
        entry = find_entry(nodes, place.history.commit(head).tree, RepoPath(path.encode()), nibbles)
        assert entry is not None
        assert entry[1] is not None
        node = nodes(entry[1])
        tags = decode_descriptive(nodes.blob(node.descriptive)) if node.descriptive else {}
        found |= {f"{path}/{each.name.decode()}": tags.pop(each.id, {}) for each in node.entries}
        assert not tags, "only what is there has tags"
    return found


def drawn(tree: Tree) -> dict[str, str]:
    """The files of a working tree."""
    found = {}
    for at, directories, names in os.walk(tree.top):
        directories[:] = [name for name in directories if name != ".annexish"]
        for name in names:
            path = os.path.join(at, name)
            found[os.path.relpath(path, tree.top)] = Path(path).read_text()
    return found
