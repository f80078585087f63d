"""The remotes of a repository: a TOML file with a table for each, under its name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from annexish.errors import Corrupt
from annexish.model.remotes import Known
from annexish.store.durable import replace
from annexish.store.tables import quoted, read_tables

_ID = re.compile("[0-9a-f]{32}|")


class Remotes:
    """Reads the file each time; the writers' lock is held when it is written."""

    def __init__(self, path: str) -> None:
        self._path = path

    def all(self) -> list[Known]:
        """Return all remotes, sorted by name; raise Corrupt if the file is not what annexish writes."""
        return sorted(self._known(name, values) for name, values in read_tables(self._path).items())

    def get(self, name: str) -> Known | None:
        """Return the remote of a name, None if there is none."""
        return next((one for one in self.all() if one.name == name), None)

    def write(self, remotes: Iterable[Known]) -> None:
        """Let these be the remotes, durably."""
        replace(self._path, "\n".join(map(_table, sorted(remotes))).encode())

    def _known(self, name: str, values: dict[str, str]) -> Known:
        url, id = values.get("url", ""), values.get("repository", "")
        if not url or not _ID.fullmatch(id):
            raise Corrupt(f"{self._path} says nothing useful of the remote {name!r}", hint="repair the file by hand")
        return Known(name, url, id, values.get("program", ""))


def _table(one: Known) -> str:
    table = f"[{quoted(one.name)}]\nurl = {quoted(one.url)}\nrepository = {quoted(one.id)}\n"
    return table + f"program = {quoted(one.program)}\n" * bool(one.program)
