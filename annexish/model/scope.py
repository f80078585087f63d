"""Which part of the files a repository wants to hold."""

from __future__ import annotations

from typing import NamedTuple, NewType

from annexish.model.entry import Extensions
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath

Pattern = NewType("Pattern", bytes)
"""One line in the syntax of `.gitignore`, with wildcards; from the top of the repository."""


class Anchor(NamedTuple):
    """An object, and the path at which it was last seen; its ids are sorted."""

    path: RepoPath
    ids: tuple[ObjectId, ...]


Rule = Anchor | Pattern
"""An object with all that is below it, wherever it is; or whatever a pattern matches."""


class Mark(NamedTuple):
    """Whether the contents of an object, and of all that is below it, are wanted here."""

    anchor: Anchor
    wanted: bool


class Scope(NamedTuple):
    """In scope is what an `only` rule covers (everything if there is none) and no `without` rule does."""

    only: tuple[Rule, ...] = ()
    without: tuple[Rule, ...] = ()
    marks: tuple[Mark, ...] = ()
    extensions: Extensions = ()


EVERYTHING = Scope()
