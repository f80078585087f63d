"""What a repository tells others of itself, so that they can answer for it."""

from __future__ import annotations

from typing import NamedTuple

from annexish.model.ids import CommitId, ObjectId


class Disk(NamedTuple):
    """A file system: `id` is the same wherever it is mounted, "" where nobody knows; `label` says where it was."""

    id: str
    label: str


class Checked(NamedTuple):
    """How many contents were verified at least once, and when (s since 1970) the one that waits longest was."""

    contents: int
    since: int


NEVER = Checked(0, 0)


class Holdings(NamedTuple):
    """What a repository holds: what its scope wants of the snapshot of `head`, but for the exceptions.

    `id` is that of the repository in hexadecimal, `scope` what `codec/scope.py` makes of it; b"" is everything.
    `besides` are objects that are present though out of scope, `lacking` those that are absent though wanted;
    a directory stands for all that is in it.
    Of two from one repository the one with the higher `counter` is believed; `time` is when it was told, in s.
    """

    id: str
    name: str
    counter: int
    time: int
    head: CommitId | None
    scope: bytes
    besides: frozenset[ObjectId]
    lacking: frozenset[ObjectId]
    disk: Disk
    checked: Checked = NEVER
