"""What two sides want differently of one object, or two objects of one name: data, carried until a person decides."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath
from annexish.model.state import State


class Disagreement(StrEnum):
    """What a conflict is about."""

    CONTENT = "content"
    """Both sides edited an object: the later version has its path, the other one lies beside it."""
    METADATA = "metadata"
    """Both sides set the same field; that of the later side is in force."""
    PLACE = "place"
    """Both sides moved an object, or one moved two directories into each other; it is where the later side has it."""
    NAME = "name"
    """Objects of both sides want the same name of the same directory."""


class Version(NamedTuple):
    """What one side has.

    `label` says in words where it is from and `repository` which one that is (16 bytes, or empty).
    `holder` is the object that has it in the merged snapshot.
    """

    label: bytes
    repository: bytes
    path: RepoPath
    holder: ObjectId
    state: State


class Conflict(NamedTuple):
    """What is to be decided: `base` is what both sides began with, if there was something.

    `versions` are sorted, so that it does not matter on which side a merge was made.
    `fields` names what of the metadata differs.
    """

    about: Disagreement
    path: RepoPath
    base: State | None
    versions: tuple[Version, ...]
    fields: tuple[bytes, ...] = ()
