"""One object, before and after."""

from __future__ import annotations

from typing import NamedTuple

from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath


class Change(NamedTuple):
    """An object before and after; None on one side means that it was or is not there.

    `inside` counts the entries below a moved directory, at any depth, as they are after the move.
    `origin` is where the object was in the snapshot before, if only a directory above it moved.
    """

    before: Entry | None
    after: Entry | None
    path_before: RepoPath | None
    path: RepoPath
    inside: int = 0
    origin: RepoPath | None = None

    @property
    def old_path(self) -> RepoPath | None:
        """The path in the snapshot before, None for what was not there."""
        return self.path_before if self.origin is None else self.origin

    @property
    def word(self) -> str:
        """One of added, deleted, moved, moved+modified, modified, metadata.

        An object that is moved may have the path that it had: then the directory above is another object.
        """
        if self.before is None:
            return "added"
        if self.after is None:
            return "deleted"
        moved = self.path_before != self.path
        modified = content_of(self.before) != content_of(self.after)
        if moved:
            return "moved+modified" if modified else "moved"
        if modified:
            return "modified"
        return "metadata" if metadata_of(self.before) != metadata_of(self.after) else "moved"

    @property
    def entry(self) -> Entry:
        """What is there now, or what was there."""
        entry = self.after or self.before
        assert entry is not None, "a change has at least one side"
        return entry

    @property
    def kind(self) -> Kind:
        """The kind of the object now, or before if it is gone."""
        return self.entry.kind


def content_of(entry: Entry) -> tuple[object, ...]:
    """What an object consists of, apart from place and metadata."""
    return (entry.kind, entry.size, entry.digest, entry.target, entry.device)


def metadata_of(entry: Entry) -> tuple[object, ...]:
    """What is known of an object apart from place, content and identity.

    The time of a directory follows from what happens in it, so it is no change by itself.
    """
    time = None if entry.kind is Kind.DIRECTORY else entry.mtime_ns
    return (entry.mode, entry.owner, time, entry.attributes, entry.links)
