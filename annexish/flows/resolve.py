"""Settle conflicts: choose a version, as a new commit, and carry out here what that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from annexish.codec.commits import encode_commit
from annexish.codec.conflicts import encode_conflicts, pack_conflict
from annexish.diff.compare import compare
from annexish.diff.graft import graft
from annexish.diff.resolve import find_entry
from annexish.errors import AnnexishError, Missing
from annexish.flows import commit as commits
from annexish.flows.advance import advance
from annexish.flows.author import author
from annexish.flows.disputes import Found, find_objects, open_in, packed_in
from annexish.flows.held import Held
from annexish.flows.keeping import keep_of
from annexish.flows.merging import SHARDING
from annexish.flows.place import Place
from annexish.flows.settle import settle
from annexish.model.conflict import Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ROOT, CommitId, ObjectId, TreeId
from annexish.model.path import RepoPath, components, join, split, within
from annexish.model.report import Open, Progress, Resolved
from annexish.model.state import Edit, Position, State
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.pack import PackWriter


class Choice(StrEnum):
    """What a person wants."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    BASE = "base"
    AS_IS = "as-is"


@dataclass(frozen=True, slots=True)
class Request:
    """Which conflicts, and what to choose: a `label` names the version that is from there."""

    paths: Sequence[RepoPath]
    choice: Choice | None
    label: str | None = None
    about: Disagreement | None = None
    progress: Progress | None = None


def resolve(place: Place, request: Request) -> Resolved:
    """Settle the conflicts that concern some paths; raise Missing if there are none, an error for what cannot be."""
    first = commits.commit(
        place, commits.Request("before resolving", (), allow_mass_deletion=False, progress=request.progress)
    )
    with Lock(place.lock):
        settle(place)
        head = place.head()
        if head is None:
            raise Missing("nothing was committed here yet")
        commit, chosen = _resolved(place, request, head)
        done = advance(place, commit, "resolve")
    return Resolved(commit, first.commit, chosen, done)


def _resolved(place: Place, request: Request, head: CommitId) -> tuple[CommitId, list[Open]]:
    pack = PackWriter(place.history.packs)
    try:
        nodes, tree = Nodes(place.history, pack), place.history.commit(head).tree
        chosen = [each for each in open_in(nodes, tree) if _is_meant(each, request)]
        if not chosen:
            raise Missing("there is no such conflict", hint="`annexish conflicts` lists those that are open")
        snapshot = _Snapshot(nodes, tree, chosen, place)
        for each in chosen:
            snapshot.settle(each, request)
        made = snapshot.made(set(packed_in(nodes, tree)) - {pack_conflict(each.conflict) for each in chosen})
        counts = Counter(change.word for change in compare(nodes, tree, made, count_inside=False))
        repository, name = place.identity()
        message = _message(chosen, request)
        data = encode_commit(made, (head,), author(place), message, repository=repository, counts=counts, name=name)
        commit = CommitId(pack.put(b"commit", data).hex())
        pack.publish()
    finally:
        pack.abandon()
    place.history.refresh()
    return commit, chosen


def _is_meant(each: Open, request: Request) -> bool:
    if request.about is not None and each.conflict.about is not request.about:
        return False
    return any(within(path, one) for path in each.paths for one in request.paths)


def _message(chosen: Sequence[Open], request: Request) -> str:
    what = request.choice or f"from {request.label}"
    where = chosen[0].path.decode("utf-8", "backslashreplace") if len(chosen) == 1 else f"{len(chosen)} conflicts"
    return f"resolve {where}: {what}"


class _Snapshot:
    """The newest snapshot while conflicts in it are settled."""

    def __init__(self, nodes: Nodes, tree: TreeId, chosen: Sequence[Open], place: Place) -> None:
        self._nodes = nodes
        self._load = Held(nodes)
        self._save = self._load.saving(nodes.save)
        self._tree = tree
        self._place = place
        self._repository = bytes.fromhex(place.identity()[0])
        conflicts = [each.conflict for each in chosen]
        wanted = {version.holder for each in conflicts for version in each.versions}
        wanted |= {id for each in conflicts for version in each.versions for id in version.state.entry.ids}
        wanted |= {
            state.position.parent
            for each in conflicts
            for state in (*(version.state for version in each.versions), each.base)
            if state is not None and state.position is not None
        }
        self._found = find_objects(self._load, tree, dict.fromkeys(wanted))
        self._edits: dict[ObjectId, Edit] = {}

    def settle(self, each: Open, request: Request) -> None:
        """Note what a choice changes."""
        conflict = each.conflict
        if request.choice in (Choice.AS_IS, Choice.BOTH):
            if request.choice is Choice.BOTH and conflict.about in (Disagreement.PLACE, Disagreement.METADATA):
                raise _no(each, "there is one object, and it cannot have both")
            return
        if request.choice is Choice.BASE:
            self._take_base(each)
            return
        chosen = self._chosen(each, request)
        match conflict.about:
            case Disagreement.CONTENT:
                self._take_content(each, chosen)
            case Disagreement.METADATA:
                self._take_fields(each, chosen.state.entry)
            case Disagreement.PLACE:
                self._move(each, self._object(each), chosen.state.position)
            case Disagreement.NAME:
                self._move(each, self._held(each, chosen), chosen.state.position)

    def made(self, packed: set[bytes]) -> TreeId:
        """Return the snapshot with all that was noted, and the conflicts that are left."""
        above = self._above()
        tree = graft(self._load, self._save, SHARDING, self._tree, self._edits.values(), lambda id: above[id])
        blob = self._nodes.put_blob(encode_conflicts(packed)) if packed else None
        return self._save(self._load(tree)._replace(conflicts=blob))

    def _chosen(self, each: Open, request: Request) -> Version:
        versions = list(each.conflict.versions)
        if request.label is not None:
            label = request.label.encode("utf-8", "surrogateescape")
            named = [version for version in versions if version.label == label]
            if not named:
                labels = ", ".join(repr(version.label.decode("utf-8", "backslashreplace")) for version in versions)
                raise _no(each, f"none of its versions is from {request.label!r}, but from {labels}")
            return named[0]
        ours = [version for version in versions if version.repository == self._repository]
        if len(ours) != 1:
            raise _no(each, "which version is ours cannot be told", hint="name where it is from: --from LABEL")
        others = [version for version in versions if version is not ours[0]]
        if request.choice is Choice.OURS:
            return ours[0]
        if len(others) != 1:
            raise _no(each, "there are several versions that are not ours", hint="name one: --from LABEL")
        return others[0]

    def _object(self, each: Open) -> Found:
        """The object that both sides have."""
        ids = each.conflict.versions[0].state.entry.ids
        found = next((self._found[id] for id in ids if id in self._found), None)
        if found is None:
            raise _no(each, "it is no longer there", hint="`--as-is` leaves the files as they are")
        return found

    def _held(self, each: Open, version: Version) -> Found:
        found = self._found.get(version.holder)
        if found is None:
            raise _no(each, "that version is no longer there", hint="`--as-is` leaves the files as they are")
        return found

    def _take_content(self, each: Open, chosen: Version) -> None:
        """Let the object have the version that was chosen, wherever that is now; the other one goes to the keep."""
        self._set_content(each, self._now(self._held(each, chosen)))

    def _set_content(self, each: Open, source: Entry) -> None:
        one = self._object(each)
        self._change(one, _with_content(self._now(one), source))
        for version in each.conflict.versions:
            held = self._found.get(version.holder)
            if held is not None and held.path != one.path:
                self._edits[held.state.entry.id] = Edit(held.state.entry.id, held.state, None)

    def _take_fields(self, each: Open, source: Entry) -> None:
        one = self._object(each)
        entry = self._now(one)
        for field in each.conflict.fields:
            entry = _with_field(entry, field, source)
        self._change(one, entry)

    def _take_base(self, each: Open) -> None:
        base = each.conflict.base
        if base is None:
            raise _no(each, "both sides began with nothing")
        match each.conflict.about:
            case Disagreement.METADATA:
                self._take_fields(each, base.entry)
            case Disagreement.PLACE:
                self._move(each, self._object(each), base.position)
            case _:
                if not self._is_here(base.entry):
                    raise _no(each, "its content is not here", hint="another repository may have it")
                self._set_content(each, base.entry)

    def _is_here(self, entry: Entry) -> bool:
        if entry.digest is None or not entry.size:
            return True
        with keep_of(self._place) as keep:
            return keep.find(entry.digest) is not None

    def _move(self, each: Open, found: Found, position: Position | None) -> None:
        assert position is not None, "the root is nowhere else"
        home = self._found.get(position.parent)
        if home is None:
            raise _no(each, "the directory is no longer there")
        target = join(home.path, position.name)
        if target == found.path:
            return
        if within(home.path, found.path):
            raise _no(each, "a directory cannot be in itself")
        taken = find_entry(self._load, self._tree, target, SHARDING.nibbles)
        if taken is not None or any(_is_at(edit, home, position.name) for edit in self._edits.values()):
            raise _no(each, "its name is taken", hint="rename what has it, then repeat, or settle it with --as-is")
        entry = self._now(found)._replace(name=position.name)
        id = found.state.entry.id
        self._edits[id] = Edit(id, found.state, State(Position(home.state.entry.id, position.name), entry))

    def _now(self, found: Found) -> Entry:
        """What an object is, with what was noted already."""
        edit = self._edits.get(found.state.entry.id)
        return found.state.entry if edit is None or edit.after is None else edit.after.entry

    def _change(self, found: Found, entry: Entry) -> None:
        id = found.state.entry.id
        edit = self._edits.get(id)
        position = found.state.position if edit is None or edit.after is None else edit.after.position
        self._edits[id] = Edit(id, found.state, State(position, entry))

    def _above(self) -> dict[ObjectId, Position | None]:
        """Where all directories are that lie above something that is edited."""
        above: dict[ObjectId, Position | None] = {ROOT: None}
        paths = {found.path for found in self._found.values()}
        for path in sorted({up for each in paths for up in _ancestors(each)} | paths, key=components):
            found = find_entry(self._load, self._tree, path, SHARDING.nibbles)
            home = find_entry(self._load, self._tree, split(path)[0], SHARDING.nibbles)
            if path and found is not None and home is not None:
                above[found[0].id] = Position(home[0].id, found[0].name)
        return above


def _is_at(edit: Edit, home: Found, name: bytes) -> bool:
    return edit.after is not None and edit.after.position == Position(home.state.entry.id, name)


def _ancestors(path: RepoPath) -> list[RepoPath]:
    found = []
    while path:
        path = split(path)[0]
        found.append(path)
    return found


def _with_content(entry: Entry, source: Entry) -> Entry:
    """An entry with the content of another one, and the time that belongs to it."""
    return entry._replace(
        kind=source.kind, size=source.size, digest=source.digest, target=source.target, device=source.device,
        holes=source.holes, mtime_ns=source.mtime_ns,
    )  # fmt: skip


def _with_field(entry: Entry, field: bytes, source: Entry) -> Entry:
    """An entry with one field of another one, by the name that conflicts give it."""
    kind, _, name = field.partition(b" ")
    match kind:
        case b"mode":
            return entry._replace(mode=source.mode)
        case b"owner":
            return entry._replace(owner=source.owner)
        case b"attribute":
            values = {**dict(entry.attributes), name: dict(source.attributes).get(name)}
            return entry._replace(
                attributes=tuple(sorted((key, each) for key, each in values.items() if each is not None))
            )
        case _:
            number = int(name)
            more = {**dict(entry.extensions), number: dict(source.extensions).get(number)}
            return entry._replace(
                extensions=tuple(sorted((key, each) for key, each in more.items() if each is not None))
            )


def _no(each: Open, why: str, *, hint: str = "") -> AnnexishError:
    path = each.path.decode("utf-8", "backslashreplace")
    return AnnexishError(
        f"{path!r} ({each.conflict.about}): {why}", hint=hint or "`annexish resolve --help` tells the choices"
    )
