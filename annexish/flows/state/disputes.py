"""The conflicts that are open in a snapshot, and where what they are about is now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from annexish.codec.conflicts import decode_conflicts, encode_conflicts, unpack_conflict
from annexish.codec.shards import nibbles
from annexish.diff.pieces import pieces
from annexish.diff.resolve import find_entry
from annexish.flows.place.place import Place
from annexish.model.conflict import Conflict, Disagreement
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath, components, join, split, within
from annexish.model.report import Open
from annexish.model.state import Position, State
from annexish.store.history import Nodes


class Found(NamedTuple):
    """An object of a snapshot: where it is, and what."""

    path: RepoPath
    state: State


def disputes(place: Place, paths: Iterable[RepoPath] = ()) -> Iterator[Open]:
    """Yield what is to be decided in the newest commit, in tree order; with `paths` what concerns them."""
    head = place.head()
    if head is None:
        return
    nodes, tree = Nodes(place.history), place.history.commit(head).tree
    chosen = list(paths)
    for each in open_in(nodes, tree):
        if not chosen or any(within(path, one) for path in each.paths for one in chosen):
            yield each


def open_in(nodes: Nodes, tree: TreeId) -> list[Open]:
    """Return the conflicts of a snapshot in tree order."""
    packed = packed_in(nodes, tree)
    conflicts = [unpack_conflict(each) for each in packed]
    hints = {position.parent: split(each.path)[0] for each in conflicts for _, position in _moves(each)}
    hints |= {version.holder: version.path for conflict in conflicts for version in conflict.versions}
    hints |= {id: each.path for each in conflicts if each.base for id in each.base.entry.ids}
    found = find_objects(nodes, tree, hints)
    opened = [Open(conflict, *_where(conflict, found)) for conflict in conflicts]
    return sorted(opened, key=lambda each: (components(each.path), each.conflict.about))


def packed_in(nodes: Nodes, tree: TreeId) -> list[bytes]:
    """Return the conflicts of a snapshot as they are stored."""
    blob = nodes(tree).conflicts
    return [] if blob is None else decode_conflicts(nodes.blob(blob))


def checked_in(nodes: Nodes, tree: TreeId) -> list[bytes]:
    """Return the conflicts of a snapshot as they are stored; raise Corrupt if one is none."""
    packed = packed_in(nodes, tree)
    for each in packed:
        unpack_conflict(each)
    return packed


def with_conflicts(load: Load, nodes: Nodes, tree: TreeId, packed: Collection[bytes]) -> TreeId:
    """Make a snapshot in which other conflicts are open; `load` has it, and its blobs go where objects are built."""
    blob = nodes.put_blob(encode_conflicts(packed)) if packed else None
    node = load(tree)
    return tree if node.conflicts == blob else nodes.save(node._replace(conflicts=blob))


def number_in(nodes: Nodes, tree: TreeId) -> dict[str, str]:
    """Return how many conflicts a snapshot has, as a fact of the stat cache, from which `status` has it."""
    return {"conflicts": str(len(packed_in(nodes, tree)))}


def find_objects(load: Load, tree: TreeId, hints: Mapping[ObjectId, RepoPath | None]) -> dict[ObjectId, Found]:
    """Return where objects are, by each of their ids that was asked for.

    Where they may be is looked at first; only for those that are not there the snapshot is read, once.
    """
    found: dict[ObjectId, Found] = {}
    for id, path in hints.items():
        here = None if path is None else found_at(load, tree, path)
        if here is not None and id in here.state.entry.ids:
            found[id] = here
    wanted = hints.keys() - found.keys()
    for piece in pieces(load, tree) if wanted else ():
        if piece.path == TOP and piece.first and not wanted.isdisjoint(piece.own.ids):
            found |= {id: Found(TOP, State(None, piece.own)) for id in piece.own.ids}
        for entry in piece.entries:
            for id in entry.ids:
                if id in wanted:
                    found[id] = Found(join(piece.path, entry.name), _state(piece.own, entry))
    return found


def found_at(load: Load, tree: TreeId, path: RepoPath) -> Found | None:
    """Return what is at a path, None if nothing is."""
    here = find_entry(load, tree, path, nibbles)
    if here is None:
        return None
    if not path:
        return Found(path, State(None, here[0]))
    above = find_entry(load, tree, split(path)[0], nibbles)
    assert above is not None, "what is there is in something"
    return Found(path, _state(above[0], here[0]))


def _where(conflict: Conflict, found: dict[ObjectId, Found]) -> tuple[RepoPath, tuple[RepoPath | None, ...]]:
    """Where a conflict is now, and each of its versions, or where that wants it to be; None for what is gone."""
    places = [found[each.holder].path if each.holder in found else None for each in conflict.versions]
    for number, (parent, name) in _moves(conflict):
        places[number] = join(found[parent].path, name) if parent in found else None
    ids = conflict.base.entry.ids if conflict.base is not None else ()
    now = next((found[id].path for id in ids if id in found), None)
    return now if now is not None else conflict.path, tuple(places)


def _moves(conflict: Conflict) -> Iterator[tuple[int, Position]]:
    """Yield where each version wants an object that both sides moved."""
    for number, version in enumerate(conflict.versions):
        if conflict.about is Disagreement.PLACE and version.state.position is not None:
            yield number, version.state.position


def _state(directory: Entry, entry: Entry) -> State:
    return State(Position(directory.id, entry.name), entry)
