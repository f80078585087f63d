"""Files that are one inode have one content."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from annexish.merge.objects import Object
from annexish.merge.outline import Outline
from annexish.model.change import content_of, metadata_of
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.state import State

Group = dict[ObjectId, State]


def settle_links(outline: Outline) -> None:
    """Let the names of one inode that a merge left with different contents be as many groups.

    A name that one side added to a group has what the group has, if only the other side edited it.
    What is left alone is a file of its own.
    """
    for mark, group in sorted(_groups(outline).items()):
        edited = {content_of(state.entry) for id, state in group.items() if _edited(outline.objects[id], state)}
        if len(edited) == 1:
            _let_follow(outline, group, next(iter(edited)))
        by_content: dict[tuple[object, ...], list[ObjectId]] = defaultdict(list)
        for id in sorted(group):
            state = outline.final[id]
            assert state is not None, "a group is of what is there"
            by_content[content_of(state.entry)].append(id)
        if len(by_content) > 1:
            for content, ids in by_content.items():
                _mark(outline, ids, _derived(mark, content))
        for ids in by_content.values():
            _dress_alike(outline, ids)


def drop_needless(outline: Outline, edits: list[ObjectId]) -> set[ObjectId]:
    """Delete those of the edited objects whose edit is there under another name of the same inode."""
    groups = _groups(outline)
    dropped = set()
    for id in edits:
        state = outline.final[id]
        if state is None or state.entry.links is None:
            continue
        group = groups[state.entry.links]
        rest = [each for each in group.values() if each is not state]
        if any(content_of(each.entry) == content_of(state.entry) for each in rest):
            outline.final[id] = None
            del group[id]
            dropped.add(id)
    return dropped


def _groups(outline: Outline) -> dict[bytes, Group]:
    groups: dict[bytes, Group] = defaultdict(dict)
    for id, state in outline.final.items():
        if state is not None and state.entry.links is not None:
            groups[state.entry.links][id] = state
    return groups


def _edited(one: Object, state: State) -> bool:
    return one.base is not None and content_of(one.base.entry) != content_of(state.entry)


def _let_follow(outline: Outline, group: Group, content: tuple[object, ...]) -> None:
    """Let new names of a group have the content that its other names have now."""
    source = next(state for state in group.values() if content_of(state.entry) == content)
    old = {content_of(one.base.entry) for id in group if (one := outline.objects[id]).base is not None}
    for id, state in group.items():
        if outline.objects[id].base is None and content_of(state.entry) in old:
            entry = source.entry._replace(name=state.entry.name, ids=state.entry.ids)
            outline.final[id] = state._replace(entry=entry)


def _mark(outline: Outline, ids: list[ObjectId], mark: bytes) -> None:
    for id in ids:
        state = outline.final[id]
        assert state is not None, "a group is of what is there"
        entry = state.entry._replace(links=mark if len(ids) > 1 else None)
        outline.final[id] = state._replace(entry=entry)


def _dress_alike(outline: Outline, ids: list[ObjectId]) -> None:
    """Give the names of one inode the metadata of one of them: the one that is known longest."""
    known = [id for id in ids if outline.objects[id].base is not None]
    model = outline.final[min(known or ids)]
    assert model is not None, "a group is of what is there"
    for id in ids:
        state = outline.final[id]
        assert state is not None, "a group is of what is there"
        if metadata_of(state.entry) != metadata_of(model.entry):
            outline.final[id] = state._replace(entry=_dressed(state.entry, model.entry))


def _dressed(entry: Entry, model: Entry) -> Entry:
    return model._replace(name=entry.name, ids=entry.ids, extensions=entry.extensions)


def _derived(mark: bytes, content: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(mark + repr(content).encode(), digest_size=16).digest()
