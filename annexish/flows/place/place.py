"""Where a repository keeps its things, and how one is found."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from annexish.errors import Corrupt, Missing
from annexish.model.path import CONTROL
from annexish.store.head import loose_head
from annexish.store.settings import Settings

if TYPE_CHECKING:
    from annexish.model.ids import CommitId
    from annexish.model.scope import Scope
    from annexish.store.history import History

FORMAT = "1"


class Place(NamedTuple):
    """The paths of one repository; `root` is absolute, without links."""

    root: bytes

    @property
    def control(self) -> str:
        """The directory of everything that is not the user's."""
        return os.fsdecode(os.path.join(self.root, CONTROL))

    @property
    def history(self) -> History:
        """The history, opened when it is used."""
        from annexish.store.history import History

        return History(os.path.join(self.control, "history.git"))

    def head(self) -> CommitId | None:
        """Return the commit that the head names, None before the first one."""
        history = os.path.join(self.control, "history.git")
        return loose_head(history) or self.history.head()

    @property
    def cache(self) -> str:
        """The stat cache."""
        return os.path.join(self.control, "cache.sqlite")

    @property
    def verified(self) -> str:
        """When each content was last verified."""
        return os.path.join(self.control, "verified.sqlite")

    @property
    def lock(self) -> str:
        """The writers' lock."""
        return os.path.join(self.control, "lock")

    @property
    def settings(self) -> Settings:
        """The settings of this repository."""
        return Settings(os.path.join(self.control, "config.toml"))

    @property
    def scope(self) -> Scope:
        """Which part of the files this repository wants to hold; raise Corrupt if nobody can tell."""
        from annexish.store.scope import read_scope

        return read_scope(self.control)

    def identity(self) -> tuple[str, str]:
        """Return (id, name); raise Corrupt if the repository does not say who it is, or in a newer format."""
        settings = self.settings
        version = settings.get("repository.format")
        if version != FORMAT:
            found = version or "(none)"
            raise Corrupt(f"the repository has format {found}; this program knows {FORMAT}", hint="update annexish")
        id = settings.get("repository.id")
        if not re.fullmatch("[0-9a-f]{32}", id):
            hint = "the id stands in .annexish/config.toml: 32 hexadecimal digits"
            raise Corrupt("the repository does not say who it is", hint=hint)
        return id, settings.get("repository.name")


def enclosing(start: bytes) -> Place | None:
    """Return the repository that a directory is in, None if it is in none."""
    at = os.path.realpath(start)
    while True:
        if os.path.isdir(os.path.join(at, CONTROL, b"history.git")):
            return Place(at)
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above


def find(start: bytes) -> Place:
    """Return the repository that a directory is in; raise Missing."""
    if not os.path.isdir(start):
        raise Missing(f"{os.fsdecode(start)!r} is no directory")
    place = enclosing(start)
    if place is None:
        raise Missing(
            f"{os.fsdecode(os.path.realpath(start))!r} is in no annexish repository",
            hint="`annexish init` makes the current directory one",
        )
    return place
