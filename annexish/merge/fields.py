"""Two versions of one object: what of each is in force, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, TypeVar

from annexish.model.change import content_of
from annexish.model.entry import Entry

Value = TypeVar("Value")
Key = TypeVar("Key", bytes, int)


class Joined(NamedTuple):
    """One entry out of two; `other` is the version whose content is not in it, `fields` are those set twice."""

    entry: Entry
    other: Entry | None
    fields: tuple[bytes, ...]


def join_entries(base: Entry | None, first: Entry, later: Entry, answered: Collection[bytes] = ()) -> Joined:
    """Return what two versions make; where they contradict each other, `later` is in force.

    Without a base only a different content is a contradiction: two who index the same file see other metadata.
    Of what was `answered` on both sides (`content`, fields) the base says nothing.
    Name and ids are those of `first`: they are no matter of versions.
    """
    content, other = _content(base if b"content" not in answered else None, first, later)
    choice = _Choice(answered)
    mode = choice.of(b"mode", base and base.mode, first.mode, later.mode)
    owner = choice.of(b"owner", base and base.owner, first.owner, later.owner)
    attributes = choice.each(
        b"attribute ", *(dict(entry.attributes) if entry else {} for entry in (base, first, later))
    )
    extensions = choice.each(
        b"extension ", *(dict(entry.extensions) if entry else {} for entry in (base, first, later))
    )
    entry = content._replace(
        name=first.name,
        ids=first.ids,
        mode=mode,
        owner=owner,
        mtime_ns=content.mtime_ns if other else _time(base, first, later),
        attributes=tuple(sorted(attributes.items())),
        links=_links(base, first, later),
        extensions=tuple(sorted(extensions.items())),
    )
    return Joined(entry, other, tuple(choice.twice) if base else ())


def _content(base: Entry | None, first: Entry, later: Entry) -> tuple[Entry, Entry | None]:
    """The version whose content is in force, and the other one if both are wanted."""
    if content_of(first) == content_of(later):
        return later, None
    if base is not None and content_of(first) == content_of(base):
        return later, None
    if base is not None and content_of(later) == content_of(base):
        return first, None
    return later, first


def _time(base: Entry | None, first: Entry, later: Entry) -> int:
    if base is not None and first.mtime_ns == base.mtime_ns:
        return later.mtime_ns
    if base is not None and later.mtime_ns == base.mtime_ns:
        return first.mtime_ns
    return max(first.mtime_ns, later.mtime_ns)


def _links(base: Entry | None, first: Entry, later: Entry) -> bytes | None:
    """The group of hard links: a name that only machines see, so two names are no contradiction."""
    if base is not None and first.links == base.links:
        return later.links
    if base is not None and later.links == base.links:
        return first.links
    return max(first.links or b"", later.links or b"") or None


class _Choice:
    """Chooses values field by field; `twice` are the fields that both sides set, and differently."""

    def __init__(self, answered: Collection[bytes]) -> None:
        self.twice: list[bytes] = []
        self._answered = answered

    def of(self, name: bytes, base: Value | None, first: Value, later: Value) -> Value:
        if first == later:
            return later
        if name not in self._answered and base in (first, later):
            return later if first == base else first
        self.twice.append(name)
        # what one side removed and the other one set stays
        return first if later is None else later

    def each(
        self, prefix: bytes, base: Mapping[Key, Value], first: Mapping[Key, Value], later: Mapping[Key, Value]
    ) -> dict[Key, Value]:
        """The same for each of several fields; None stands for one that is not there."""
        chosen: dict[Key, Value] = {}
        for key in sorted(base.keys() | first.keys() | later.keys()):
            name = prefix + (key if isinstance(key, bytes) else b"%d" % key)
            value = self.of(name, base.get(key), first.get(key), later.get(key))
            if value is not None:
                chosen[key] = value
        return chosen
