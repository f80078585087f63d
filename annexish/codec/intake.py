"""Objects that come from elsewhere: each is checked against what came before it and what is here.

An object is named from its bytes, and what it names must be there already, so nothing can lead in a
circle, and nothing that was put lacks anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, NoReturn

from annexish.codec.commits import check_commit, links_in
from annexish.codec.confirmed import decode_confirmed
from annexish.codec.conflicts import decode_conflicts, unpack_conflict
from annexish.codec.descriptive import decode_descriptive
from annexish.codec.entries import decode_entries, names_in
from annexish.codec.holdings import decode_holdings
from annexish.codec.objects import object_name
from annexish.codec.shards import way_of
from annexish.codec.trees import CONFIRMED, CONFLICTS, DESCRIPTIVE, TreeParts, decode_tree, rows_in
from annexish.errors import Corrupt, Refused
from annexish.model.entry import Kind
from annexish.model.ids import ObjectId, TreeId
from annexish.model.objects import GitObject
from annexish.model.path import CONTROL
from annexish.model.published import HOLDINGS


class Limits(NamedTuple):
    """How many bytes one object may have, and all together; each counts as `overhead` more."""

    object: int = 256 << 20
    total: int = 32 << 30
    overhead: int = 4 << 10


LIMITS = Limits()
DEEPEST = 2000
"""Levels of directories in a snapshot."""
_NIBBLES = 64
"""Levels of shards in a directory: a name has no more."""
_WAITING = 8 << 20
"""Bytes of blobs that may wait for their tree."""
_REMEMBERED = 64
_TWICE = 1000
"""So many trees may be at a place more than they are; every object is at one, but what is empty looks alike."""


class _Came(NamedTuple):
    """An object that came.

    Of a tree: how many levels of directories and of shards are below, how many trees with something in them it is,
    counted at each place, and whether it is a root.
    """

    kind: bytes
    levels: int = 0
    shards: int = 0
    places: int = 0
    root: bool = False

    @property
    def split(self) -> bool:
        return self.shards > 0


_BLOB, _TREE, _COMMIT = _Came(b"blob"), _Came(b"tree"), _Came(b"commit")
"""What has nothing more to tell; also a tree that is here already."""


class _Inside(NamedTuple):
    """What matters of an entries blob."""

    total: int
    directories: frozenset[ObjectId]
    split: bool
    root: bool
    control: bool


class Place(NamedTuple):
    """Where objects are, and where those that come are put.

    `kind` is None of what is not here; `load` finds also what was put; `put` takes a name, a kind, bytes, and how many
    of them, at the end, are not worth the time to compress them.
    """

    kind: Callable[[bytes], bytes | None]
    load: Callable[[bytes, bytes], bytes]
    put: Callable[[bytes, bytes, bytes, int], object]


class Intake:
    """Takes objects, parents and what is named first. Blobs that are holdings are not put, but held in `holdings`."""

    def __init__(self, place: Place, holdings: Collection[bytes] = (), limits: Limits = LIMITS) -> None:
        self._place = place
        self._limits = limits
        self._wanted = frozenset(holdings)
        self.holdings: dict[bytes, bytes] = {}
        self._size = 0
        self._trees = 0
        self._came: dict[bytes, _Came] = {}
        self._waiting: dict[bytes, bytes] = {}
        self._waiting_size = 0
        self._insides: dict[bytes, _Inside] = {}
        self._sound: set[bytes] = set()

    def put(self, given: GitObject) -> None:
        """Check an object and write it; raise Corrupt or Refused, naming it."""
        kind, data = given
        name = object_name(kind, data)
        try:
            self._count(len(data))
            if name not in self._came:
                self._put(kind, name, data)
        except (Corrupt, Refused) as error:
            raise type(error)(f"object {name.hex()} from elsewhere: {error}", hint=error.hint) from error

    def finish(self) -> None:
        """Write what waits for a tree that did not come."""
        for name in list(self._waiting):
            self._write(name)

    def refer(self, reference: str, name: bytes) -> None:
        """Raise Corrupt if a reference may not name an object; what it tells is in `holdings` then."""
        if reference.startswith(HOLDINGS):
            self._refer_holdings(reference[len(HOLDINGS) :], name)
        elif self.kind(name) != b"commit":
            _corrupt(f"{reference} names {name.hex()}, which is no commit that is here")

    def _refer_holdings(self, id: str, name: bytes) -> None:
        if name not in self.holdings:
            if self._place.kind(name) != b"blob":
                _corrupt(f"the holdings of {id} are in {name.hex()}, which is no blob that is here")
            self.holdings[name] = self._place.load(name, b"blob")
        told = decode_holdings(self.holdings[name])
        if told.id != id:
            _corrupt(f"the holdings of {id} tell of {told.id}")
        if told.head is not None and self.kind(bytes.fromhex(told.head)) != b"commit":
            _corrupt(f"the holdings of {id} name a head that is not here")

    def kind(self, name: bytes) -> bytes | None:
        """Return the kind of an object that came or is here, None if there is none of this name."""
        came = self._came.get(name)
        return came.kind if came else self._place.kind(name)

    def _require(self, name: bytes, kind: bytes) -> None:
        found = self.kind(name)
        if found != kind:
            _corrupt(f"it names {name.hex()}, which is " + ("missing" if found is None else f"no {kind.decode()}"))

    def _count(self, size: int) -> None:
        self._size += size + self._limits.overhead
        if size > self._limits.object or self._size > self._limits.total:
            raise Refused("there is more than a history may have", hint="ask whoever has that repository")

    def _put(self, kind: bytes, name: bytes, data: bytes) -> None:
        if kind == b"blob" and name in self._wanted:
            decode_holdings(data)
            self.holdings[name] = data
            if sum(map(len, self.holdings.values())) > self._limits.object:
                raise Refused("there are more holdings than can be taken at once")
        elif kind == b"blob":
            self._came[name] = _BLOB
            self._wait(name, data)
        elif kind == b"tree":
            self._came[name] = self._tree(data)
            self._place.put(name, kind, data, 0)
        elif kind == b"commit":
            self._commit(data)
            self._came[name] = _COMMIT
            self._place.put(name, kind, data, 0)
        else:
            raise Refused(f"{kind!r} is no kind of object that a history has")

    def _wait(self, name: bytes, data: bytes) -> None:
        """Hold a blob until its tree comes, which says what is in it."""
        if self._waiting_size > _WAITING:
            self.finish()
        self._waiting[name] = data
        self._waiting_size += len(data)

    def _write(self, name: bytes, random: int = 0) -> None:
        data = self._waiting.pop(name, None)
        if data is not None:
            self._waiting_size -= len(data)
            self._place.put(name, b"blob", data, random)

    def _tree(self, data: bytes) -> _Came:
        parts, rows = decode_tree(data), rows_in(data)
        for row, target in rows:
            self._require(target, b"tree" if row[-1:] == b"/" else b"blob")
        inside = self._inside(parts.entries)
        if inside.directories != parts.subtrees.keys() or inside.split != bool(parts.shards):
            _corrupt("the tree and its entries do not belong together")
        for row, target in rows:
            if row[-1:] != b"/":
                self._check_blob(row, target)
        return self._above(parts, inside)

    def _above(self, parts: TreeParts, inside: _Inside) -> _Came:
        """Return what is known of a tree from what is below it. What is here already counts as one level."""
        shards = [self._came.get(tree, _TREE) for tree in parts.shards.values()]
        below = [self._came.get(tree, _TREE) for tree in parts.subtrees.values()]
        levels = max([1 + each.levels for each in below] + [each.levels for each in shards], default=0)
        nibbles = max((1 + each.shards for each in shards), default=0)
        if levels > DEEPEST or nibbles > _NIBBLES:
            _corrupt(f"it is deeper than {DEEPEST} levels")
        if any(each.root for each in (*below, *shards)):
            _corrupt("a root is inside of a directory")
        for tree, each in zip(parts.subtrees.values(), below, strict=True):
            if each.split:
                self._check_ways(tree)
        places = sum([each.places for each in (*below, *shards)]) + (inside.total > 0)
        self._trees += inside.total > 0
        if places > self._trees + _TWICE:
            _corrupt("it has the same directories at many places")
        return _Came(b"tree", levels, nibbles, places, inside.root)

    def _check_ways(self, directory: TreeId) -> None:
        """Raise Corrupt if a name is in a shard in which nobody looks for it: it could be there twice."""
        todo = [(directory, "")]
        while todo:
            tree, way = todo.pop()
            checked = b"way " + way.encode() + tree
            if checked not in self._sound:
                parts = decode_tree(self._data(tree, b"tree"))
                todo += [(shard, f"{way}{nibble:x}") for nibble, shard in parts.shards.items()]
                if any(not way_of(name).startswith(way) for name in names_in(self._data(parts.entries, b"blob"))):
                    _corrupt("a name is in the wrong shard of its directory")
                self._sound.add(checked)

    def _check_blob(self, row: bytes, name: bytes) -> None:
        """Raise Corrupt if a blob is not what its name in a tree says."""
        decode = _DECODE.get(row)
        if decode is not None and row + name not in self._sound:
            decode(self._data(name, b"blob"))
            self._sound.add(row + name)
        self._write(name)

    def _commit(self, data: bytes) -> None:
        check_commit(data)
        tree, parents = links_in(data)
        self._require(tree, b"tree")
        for parent in parents:
            self._require(bytes.fromhex(parent), b"commit")
        self._check_root(tree)

    def _check_root(self, root: TreeId) -> None:
        """Raise Corrupt if a tree is not the root of a snapshot, or one that has the control directory in it."""
        todo = [root]
        while todo:
            tree = todo.pop()
            checked = (b"root" if tree == root else b"shard") + tree
            if checked in self._sound:
                continue
            parts = decode_tree(self._data(tree, b"tree"))
            inside = self._inside(parts.entries)
            if inside.root != (tree == root):
                _corrupt("its tree is not the root of a snapshot")
            if inside.control:
                _corrupt("its tree has the control directory in it")
            todo += parts.shards.values()
            self._sound.add(checked)
        came = self._came.get(root)
        if came and came.split:
            self._check_ways(root)

    def _inside(self, blob: bytes) -> _Inside:
        """Return what matters of an entries blob; write it, if it waits, with what is random told apart."""
        found = self._insides.get(blob)
        if found is None:
            data = self._data(blob, b"blob")
            entries, total, own = decode_entries(data)
            directories = frozenset([entry.ids[0] for entry in entries if entry.kind is Kind.DIRECTORY])
            control = CONTROL in data and any(entry.name == CONTROL for entry in entries)
            found = _Inside(total, directories, total > len(entries), own is not None, control)
            files = [entry.kind for entry in entries].count(Kind.FILE)
            self._write(blob, 16 * len(entries) + 32 * files)
            if len(self._insides) >= _REMEMBERED:
                del self._insides[next(iter(self._insides))]
            self._insides[blob] = found
        return found

    def _data(self, name: bytes, kind: bytes) -> bytes:
        """Return the bytes of an object that came or is here."""
        data = self._waiting.get(name)
        return self._place.load(name, kind) if data is None else data


def _check_conflicts(data: bytes) -> None:
    for packed_conflict in decode_conflicts(data):
        unpack_conflict(packed_conflict)


_DECODE = {CONFIRMED: decode_confirmed, CONFLICTS: _check_conflicts, DESCRIPTIVE: decode_descriptive}


def _corrupt(why: str) -> NoReturn:
    raise Corrupt(why)
