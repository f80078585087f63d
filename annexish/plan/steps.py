"""A list of changes as the steps that make them: what a person is shown before they are done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.model.path import components
from annexish.model.report import Step

_MADE = {Kind.FILE: "copy", Kind.DIRECTORY: "mkdir", Kind.SYMLINK: "symlink"}
_ORDER = ("mkdir", "move", "copy", "symlink", "special", "metadata", "delete")


def steps_of(changes: Iterable[Change], lacks: Callable[[Change], bool]) -> list[Step]:
    """Return steps in the order in which they are safe: directories, moves, contents, metadata, removals.

    Parents are made before what is in them, and removed after it. What a change `lacks`, because its content is
    not here, is not made, and what it should replace goes.
    """
    found = [step for change in changes for step in (_without(change) if lacks(change) else _steps(change))]
    found.sort(key=lambda each: components(each.path))
    removals = [step for step in reversed(found) if step.word == "delete"]
    rest = [step for step in found if step.word != "delete"]
    return [*sorted(rest, key=lambda each: _ORDER.index(each.word)), *removals]


def _without(change: Change) -> Iterator[Step]:
    """A file whose content is not here: it is absent, and what was in its place is in the keep."""
    if change.before is not None:
        yield Step("delete", change.path, change.kind, change.before.size)


def _steps(change: Change) -> Iterator[Step]:
    entry, word = change.entry, change.word
    if word == "deleted":
        yield Step("delete", change.path, entry.kind, entry.size)
    elif word == "added":
        yield Step(_MADE.get(entry.kind, "special"), change.path, entry.kind, entry.size)
    elif word == "metadata":
        yield Step("metadata", change.path, entry.kind, entry.size)
    else:
        if "moved" in word:
            yield Step("move", change.path, entry.kind, entry.size)
        if "modified" in word:
            yield Step(_MADE.get(entry.kind, "special"), change.path, entry.kind, entry.size)
