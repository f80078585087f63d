"""What the choice of a version changes in a snapshot: the objects that a conflict is about, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, NoReturn

from annexish.codec.descriptive import Tags
from annexish.diff.graft import graft
from annexish.diff.resolve import find_entry
from annexish.errors import AnnexishError
from annexish.flows.merge.dressed import Dressed, Hands, KnownTags
from annexish.flows.merge.merging import SHARDING
from annexish.flows.merge.parting import parted
from annexish.flows.state.disputes import Found, find_objects, found_at
from annexish.flows.tree.reshape import linked
from annexish.model.conflict import Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ROOT, ObjectId, TreeId
from annexish.model.path import TOP, RepoPath, components, join, split
from annexish.model.report import Open
from annexish.model.state import Edit, Position, State


class Choice(StrEnum):
    """What a person wants."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    BASE = "base"
    AS_IS = "as-is"


class Wish(NamedTuple):
    """A choice, or the label of the version that is wanted; `repository` is the one whose versions are ours."""

    choice: Choice | None
    label: str | None
    repository: bytes


class Choosing:
    """A snapshot while conflicts in it are settled; `is_here` tells whether the content of an entry can be had."""

    def __init__(self, hands: Hands, tree: TreeId, chosen: Sequence[Open], is_here: Callable[[Entry], bool]) -> None:
        self._hands = hands
        self._tree = tree
        self._is_here = is_here
        self._found = find_objects(hands.load, tree, _concerned(chosen))
        self._above = self._ways()
        self._edits: dict[ObjectId, Edit] = {}
        self._moved: dict[ObjectId, Open] = {}
        self._sources: dict[ObjectId, Found | None] = {}

    def settle(self, each: Open, wish: Wish) -> None:
        """Note what a choice changes; raise an error if it cannot be."""
        match wish.choice:
            case Choice.AS_IS:
                return
            case Choice.BOTH:
                if each.conflict.about in (Disagreement.PLACE, Disagreement.METADATA):
                    hint = "settle it by itself, by its path or with --kind: --ours, --theirs, --base or --as-is"
                    raise _no(each, "there is one object, and it cannot have both", hint=hint)
            case Choice.BASE:
                self._take_base(each)
            case _:
                self._take(each, _wanted(each, wish))

    def made(self) -> TreeId:
        """Return the snapshot with all that was noted; raise an error if two objects would have one name."""
        for id, each in self._moved.items():
            self._require_free(id, each)
        self._part_links()
        tags = Dressed(self._hands, self._edits.values(), self._tags_of)
        _, load, save = self._hands
        return graft(load, save, SHARDING, self._tree, self._edits.values(), self._above.__getitem__, tags.dress)

    def _take(self, each: Open, version: Version) -> None:
        match each.conflict.about:
            case Disagreement.CONTENT:
                held = self._held(each, version)
                if held.path != self._object(each).path and not self._is_here(self._now(held)):
                    raise _no(each, "its content is not here", hint="another repository may have it")
                self._set_content(each, self._now(held), held)
            case Disagreement.METADATA:
                self._set_fields(each, version.state.entry)
            case Disagreement.PLACE:
                self._move(each, self._object(each), version.state.position)
            case Disagreement.NAME:
                self._move(each, self._held(each, version), version.state.position)

    def _take_base(self, each: Open) -> None:
        base = each.conflict.base
        if base is None:
            raise _no(each, "both sides began with nothing")
        match each.conflict.about:
            case Disagreement.METADATA:
                self._set_fields(each, base.entry)
            case Disagreement.PLACE:
                self._move(each, self._object(each), base.position)
            case _:
                if not self._is_here(base.entry):
                    raise _no(each, "its content is not here", hint="another repository may have it")
                self._set_content(each, base.entry, None)

    def _object(self, each: Open) -> Found:
        """The object that both sides have."""
        ids = each.conflict.versions[0].state.entry.ids
        found = next((self._found[id] for id in ids if id in self._found), None)
        return found if found is not None else _gone(each, "it is no longer there")

    def _held(self, each: Open, version: Version) -> Found:
        found = self._found.get(version.holder)
        return found if found is not None else _gone(each, "that version is no longer there")

    def _set_content(self, each: Open, entry: Entry, source: Found | None) -> None:
        """Let the object have a content, and its tags; the other versions go to the keep."""
        one = self._object(each)
        self._change(one, _with_content(self._now(one), entry))
        self._sources[one.state.entry.id] = source
        for version in each.conflict.versions:
            held = self._found.get(version.holder)
            if held is not None and held.path != one.path:
                self._edits[held.state.entry.id] = Edit(held.state.entry.id, held.state, None)

    def _set_fields(self, each: Open, source: Entry) -> None:
        one = self._object(each)
        entry = self._now(one)
        for field in each.conflict.fields:
            entry = _with_field(entry, field, source)
        self._change(one, entry)

    def _move(self, each: Open, found: Found, position: Position | None) -> None:
        assert position is not None, "the root is nowhere else"
        home = self._found.get(position.parent)
        if home is None:
            raise _no(each, "the directory is no longer there")
        id, target = found.state.entry.id, Position(home.state.entry.id, position.name)
        if self._position(id) == target:
            return
        at: Position | None = target
        while at is not None:
            if at.parent == id:
                raise _no(each, "a directory cannot be in itself", hint=_BY_HAND)
            at = self._position(at.parent)
        self._edits[id] = Edit(id, found.state, State(target, self._now(found)._replace(name=position.name)))
        self._moved[id] = each

    def _require_free(self, id: ObjectId, each: Open) -> None:
        """Raise an error if something else has the name that an object is to have."""
        target = self._position(id)
        assert target is not None, "the root is not moved"
        parent = next(found for found in self._found.values() if found.state.entry.id == target.parent)
        there = find_entry(self._hands.load, self._tree, join(parent.path, target.name), SHARDING.nibbles)
        stays = there is not None and there[0].id not in self._edits
        if stays or any(other != id and self._position(other) == target for other in self._edits):
            raise _no(each, "its name is taken", hint="rename what has it, then repeat, or settle it with --as-is")

    def _part_links(self) -> None:
        """Let the names of one inode that differ from now on be as many groups."""
        befores = (edit.before for edit in self._edits.values())
        marks = {state.entry.links for state in befores if state is not None and state.entry.links is not None}
        load = self._hands.load
        names = [found for path, _ in linked(load, self._tree, marks) if (found := found_at(load, self._tree, path))]
        self._found |= {each.state.entry.id: each for each in names}
        self._above |= self._ways() if names else {}
        stay = [each for each in names if self._stays(each.state.entry.id)]
        for each, entry in zip(stay, parted([self._now(each) for each in stay]), strict=True):
            if entry != self._now(each):
                self._change(each, entry)

    def _stays(self, id: ObjectId) -> bool:
        edit = self._edits.get(id)
        return edit is None or edit.after is not None

    def _position(self, id: ObjectId) -> Position | None:
        """Where an object is with what was noted already; None for the root, and for what is gone."""
        edit = self._edits.get(id)
        if edit is None:
            return self._above[id]
        return edit.after.position if edit.after is not None else None

    def _now(self, found: Found) -> Entry:
        """What an object is, with what was noted already."""
        edit = self._edits.get(found.state.entry.id)
        return found.state.entry if edit is None or edit.after is None else edit.after.entry

    def _change(self, found: Found, entry: Entry) -> None:
        id = found.state.entry.id
        self._edits[id] = Edit(id, found.state, State(self._position(id) or found.state.position, entry))

    def _tags_of(self, entry: Entry) -> Tags:
        """The tags of the content that an object has now; nobody knows those of a base."""
        source = self._sources.get(entry.id, self._found.get(entry.id))
        if source is None:
            return {}
        return KnownTags(self._hands).at(self._tree, source.path, source.state.entry.id)

    def _ways(self) -> dict[ObjectId, Position | None]:
        """Where everything is that was found, and all directories above it."""
        above: dict[ObjectId, Position | None] = {ROOT: None}
        paths = {found.path for found in self._found.values()}
        for path in sorted({up for each in paths for up in _upwards(each)} - {TOP}, key=components):
            found = find_entry(self._hands.load, self._tree, path, SHARDING.nibbles)
            home = find_entry(self._hands.load, self._tree, split(path)[0], SHARDING.nibbles)
            assert found is not None, "it was found"
            assert home is not None, "things are in directories"
            above[found[0].id] = Position(home[0].id, found[0].name)
        return above


def _concerned(chosen: Sequence[Open]) -> dict[ObjectId, RepoPath | None]:
    """The objects that conflicts are about, those that hold the versions, and the directories that they want.

    With each is a path where it may be.
    """
    hints: dict[ObjectId, RepoPath | None] = {}
    for each in chosen:
        versions, base = each.conflict.versions, each.conflict.base
        states = [version.state for version in versions] + ([base] if base is not None else [])
        homes = {state.position.parent for state in states if state.position is not None}
        hints |= dict.fromkeys(homes, split(each.path)[0])
        hints |= {version.holder: place for version, place in zip(versions, each.places, strict=True)}
        hints |= {id: each.path for version in versions for id in version.state.entry.ids}
    return hints


def _wanted(each: Open, wish: Wish) -> Version:
    """The version that a choice means."""
    versions = each.conflict.versions
    if wish.label is not None:
        label = wish.label.encode("utf-8", "surrogateescape")
        found = [version for version in versions if version.label == label]
        labels = ", ".join(sorted({repr(version.label.decode("utf-8", "backslashreplace")) for version in versions}))
        if not found:
            raise _no(each, f"none of its versions is from {wish.label!r}, but from {labels}")
        if len(found) > 1:
            raise _no(each, f"{len(found)} of its versions are from {wish.label!r}", hint=_BY_HAND)
        return found[0]
    ours = [version for version in versions if version.repository == wish.repository]
    others = [version for version in versions if version not in ours]
    meant = ours if wish.choice is Choice.OURS else others
    if len(meant) != 1 or not ours:
        raise _no(each, f"which version is {wish.choice} cannot be told", hint="name where it is from: --from LABEL")
    return meant[0]


_BY_HAND = "move the files to where you want them, then settle it with --as-is"


def _upwards(path: RepoPath) -> list[RepoPath]:
    """A path and all above it, but for the top."""
    found = []
    while path:
        found.append(path)
        path = split(path)[0]
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
            attributes = {**dict(entry.attributes), name: dict(source.attributes).get(name)}
            kept = tuple(sorted((key, value) for key, value in attributes.items() if value is not None))
            return entry._replace(attributes=kept)
        case _:
            extensions = {**dict(entry.extensions), int(name): dict(source.extensions).get(int(name))}
            return entry._replace(
                extensions=tuple(sorted((key, value) for key, value in extensions.items() if value is not None))
            )


def _gone(each: Open, what: str) -> NoReturn:
    raise _no(each, what, hint="`--as-is` leaves the files as they are")


def _no(each: Open, why: str, *, hint: str = "") -> AnnexishError:
    path = each.path.decode("utf-8", "backslashreplace") or "."
    return AnnexishError(
        f"{path!r} ({each.conflict.about}): {why}", hint=hint or "`annexish resolve --help` tells the choices"
    )
