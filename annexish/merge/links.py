"""Files that are one inode have one content and one metadata."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from annexish.merge.objects import Object, states
from annexish.merge.outline import Outline
from annexish.model.change import content_of, metadata_of
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.state import State

Content = tuple[object, ...]
Group = dict[ObjectId, State]
Seen = dict[tuple[Content, Content], Entry]
"""What a group was in the three snapshots: an entry for each content and metadata."""


def settle_links(outline: Outline) -> None:
    """Let the names of one inode that a merge left with different contents be as many groups.

    A name that one side added to a group has what the group has, if only the other side edited it.
    What is left alone is a file of its own.
    """
    groups = _groups(outline)
    seen = _seen(outline.objects.values()) if groups else {}
    elsewhere = _marks_elsewhere(outline.objects.values()) if groups else set()
    for mark, group in sorted(groups.items()):
        edited = {content_of(state.entry) for id, state in group.items() if _edited(outline.objects[id], state)}
        if len(edited) == 1:
            _let_follow(outline, group, next(iter(edited)))
        by_content: dict[Content, list[ObjectId]] = defaultdict(list)
        for id in sorted(group):
            by_content[content_of(_entry(outline, id))].append(id)
        # a group that is everywhere the same may have names that no side changed: they keep mark and metadata
        values = list(seen.get(mark, {}).values())
        model = values[0] if len(values) == 1 else None
        for content, ids in by_content.items():
            alone = len(ids) == 1 and mark not in elsewhere
            stays = not alone and model is not None and content_of(model) == content
            if alone or (not stays and (model is not None or len(by_content) > 1)):
                _mark(outline, ids, derived_mark(mark, content))
            _dress_alike(outline, ids, model if stays else None)


def drop_needless(outline: Outline, edits: list[ObjectId]) -> set[ObjectId]:
    """Delete those of the edited objects that a side deleted, whose edit is there under a name that it left."""
    names: dict[bytes, set[ObjectId]] = defaultdict(set)
    for one in outline.objects.values():
        for state in states(one):
            if state is not None and state.entry.links is not None:
                names[state.entry.links].add(one.id)
    dropped = set()
    for id in edits:
        state = outline.final[id]
        if state is None or state.entry.links is None:
            continue
        rest = (outline.final[each] for each in names[state.entry.links].difference(edits))
        if any(content_of(each.entry) == content_of(state.entry) for each in rest if each is not None):
            outline.final[id] = None
            dropped.add(id)
    return dropped


def _groups(outline: Outline) -> dict[bytes, Group]:
    groups: dict[bytes, Group] = defaultdict(dict)
    for id, state in outline.final.items():
        if state is not None and state.entry.links is not None:
            groups[state.entry.links][id] = state
    return groups


def _seen(objects: Iterable[Object]) -> dict[bytes, Seen]:
    seen: dict[bytes, Seen] = defaultdict(dict)
    for one in objects:
        for state in (one.base, *states(one)):
            if state is not None and state.entry.links is not None:
                value = content_of(state.entry), metadata_of(state.entry)
                seen[state.entry.links].setdefault(value, state.entry)
    return seen


def _marks_elsewhere(objects: Iterable[Object]) -> set[bytes]:
    """Return the marks that names which no side changed may have: those of the base.

    A mark that is one name's on a side is the base's too, or it would be no group there.
    """
    marks: set[bytes] = set()
    counts: Counter[tuple[int, bytes]] = Counter()
    for one in objects:
        if one.base is not None and one.base.entry.links is not None:
            marks.add(one.base.entry.links)
        for number, state in enumerate(states(one)):
            if state is not None and state.entry.links is not None:
                counts[number, state.entry.links] += 1
    return marks | {mark for (_, mark), names in counts.items() if names == 1}


def _edited(one: Object, state: State) -> bool:
    return one.base is not None and content_of(one.base.entry) != content_of(state.entry)


def _let_follow(outline: Outline, group: Group, content: Content) -> None:
    """Let new names of a group have the content that its other names have now."""
    source = next(state for state in group.values() if content_of(state.entry) == content)
    old = {content_of(one.base.entry) for id in group if (one := outline.objects[id]).base is not None}
    for id, state in group.items():
        if outline.objects[id].base is None and content_of(state.entry) in old:
            entry = source.entry._replace(name=state.entry.name, ids=state.entry.ids)
            outline.final[id] = state._replace(entry=entry)


def _entry(outline: Outline, id: ObjectId) -> Entry:
    state = outline.final[id]
    assert state is not None, "a group is of what is there"
    return state.entry


def _put(outline: Outline, id: ObjectId, entry: Entry) -> None:
    state = outline.final[id]
    assert state is not None, "a group is of what is there"
    outline.final[id] = state._replace(entry=entry)


def _mark(outline: Outline, ids: list[ObjectId], mark: bytes) -> None:
    for id in ids:
        _put(outline, id, _entry(outline, id)._replace(links=mark if len(ids) > 1 else None))


def _dress_alike(outline: Outline, ids: list[ObjectId], model: Entry | None) -> None:
    """Give the names of one inode the metadata of the group, or of the one of them that is known longest."""
    known = [id for id in ids if outline.objects[id].base is not None]
    model = model or _entry(outline, min(known or ids))
    for id in ids:
        entry = _entry(outline, id)
        if metadata_of(entry) != metadata_of(model):
            _put(outline, id, model._replace(name=entry.name, ids=entry.ids, extensions=entry.extensions))


def derived_mark(mark: bytes, content: Content) -> bytes:
    """Return the mark of those names of a group that are something else: the same wherever they are parted."""
    return hashlib.blake2b(mark + repr(content).encode(), digest_size=16).digest()
