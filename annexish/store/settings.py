"""Settings of a repository: a TOML file of tables and plain values, replaced whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from annexish.errors import Missing, Usage
from annexish.model.path import RepoPath
from annexish.store.durable import replace
from annexish.store.tables import quoted, read_tables


class Known(NamedTuple):
    """A setting: what it is when nobody set it, which values it takes, what it is for; `words` for the pattern."""

    default: str
    pattern: str
    purpose: str
    words: str = ""


_SWITCH = "on|off"
_AMOUNT = r"off|[1-9]\d{0,14}[KMGT]?|[1-9]\d?%"
_COMPONENT = r"(?!\.{0,2}(/|:|$)|\.annexish(/|:|$))[^/:]+"
_PATH = f"{_COMPONENT}(/{_COMPONENT})*/?"
_PERIOD = r"(hourly|daily|weekly|monthly|yearly)=[1-9]\d{0,3}"
_COUNT = r"[1-9]\d?"
_TEXT = "text in one line, with at least one character"
_SIZE = "bytes, also with K, M, G or T, or a part of the disk from 1% to 99%, or off"
KNOWN: Mapping[str, Known] = {
    "user.name": Known("", ".+", "author of commits; Git's user.name if not set", _TEXT),
    "user.email": Known("", ".+", "address of the author; Git's user.email if not set", _TEXT),
    "media.tags": Known("on", _SWITCH, "read tags of new audio, image and video files at commit"),
    "scan.one-file-system": Known("off", _SWITCH, "leave out what is mounted inside the tree"),
    "scan.cachedir-tag": Known("off", _SWITCH, "leave out directories that carry a CACHEDIR.TAG"),
    "scan.processes": Known(
        "auto", r"auto|[1-9]\d?", "processes that scan and read at the same time", "a number from 1 to 99, or auto"
    ),
    "guard.max_deletions": Known(
        "50%",
        r"\d{1,9}%?",
        "refuse a commit that deletes more files than this, or more than this part of them; the same of received "
        "confirmations",
        "a number of files, or a part of them, as 50%",
    ),
    "copies.minimum": Known(
        "1",
        rf"{_COUNT}(:{_PATH}={_COUNT})*",
        "copies elsewhere that a file needs before it may go here; of directories others, as 1:Photos=2:Photos/raw=3",
        "a number from 1 to 99, then PATH=NUMBER from the top of the repository, with a colon between them",
    ),
    "merge.text": Known("on", _SWITCH, "put texts together that both sides edited, where their edits do not touch"),
    "keep.mode": Known("auto", "auto|link|off", "keep contents: as reflinks where possible, as hard links, not at all"),
    "keep.copy-below": Known(
        "0", r"\d{1,12}", "bytes; smaller files are copied to the keep, where reflinks are not", "a number of bytes"
    ),
    "keep.mounts": Known(
        "off",
        f"off|{_PATH}(:{_PATH})*",
        "mounted file systems with a keep of their own, as Photos:Videos/old",
        "paths from the top of the repository, with a colon between them, or off",
    ),
    "keep.expire-after-commits": Known(
        "off", r"off|[1-9]\d{0,8}", "let losses go after so many commits", "a number from 1, or off"
    ),
    "keep.expire-after": Known(
        "off",
        r"off|[1-9]\d{0,5}[hdwmy]",
        "let losses go after a time, as 90d",
        "a number with h, d, w, m or y behind it, or off",
    ),
    "keep.calendar": Known(
        "off",
        f"off|{_PERIOD}( {_PERIOD})*",
        "let all but one version go of each period, as 'daily=7 monthly=12'",
        "hourly, daily, weekly, monthly or yearly, each with = and a number from 1, and spaces between them, or off",
    ),
    "keep.max-share": Known(
        "off", _AMOUNT, "let losses go that take more than this of the disk, as 20% or 100G", _SIZE
    ),
    "keep.min-free": Known("off", _AMOUNT, "let losses go only where less is free, as 5% or 10G", _SIZE),
    "repository.directory": Known("", ".+", "by which signs a copy of the repository is told from it (set by init)"),
    "repository.format": Known("", r"\d+", "format of the repository (set by init)"),
    "repository.id": Known("", "[0-9a-f]{32}", "id of the repository (set by init)"),
    "repository.name": Known("", ".+", "name of the repository", _TEXT),
}
_FIXED = ("repository.directory", "repository.format", "repository.id")


class Settings:
    """Reads the file once, when it is first asked."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._values: dict[str, str] | None = None

    def get(self, key: str) -> str:
        """Return a setting, its default if it is not set; raise Missing for one that does not exist."""
        known = _known(key)
        return self._read().get(key, known.default)

    def on(self, key: str) -> bool:
        """Return whether a switch is on."""
        return self.get(key) == "on"

    def set(self, key: str, value: str) -> None:
        """Set one setting; raise Usage for a value that it does not take. The writers' lock is held."""
        self.check(key, value)
        self.write({key: value})

    def check(self, key: str, value: str) -> None:
        """Raise Usage for a value that a setting does not take."""
        known = _known(key)
        if key in _FIXED:
            raise Usage(f"{key} cannot be changed")
        import re

        text = value.encode(errors="ignore").decode() == value
        if not text or not re.fullmatch(known.pattern, value):
            raise Usage(
                f"{key} does not take {value!r}; it takes {known.words or known.pattern}",
                hint=f"`annexish config get {key}` shows what it is now",
            )

    def all(self) -> list[tuple[str, str, str]]:
        """Return (key, value, what it is for) of every setting, sorted by key."""
        return [(key, self.get(key), known.purpose) for key, known in sorted(KNOWN.items())]

    def write(self, values: Mapping[str, str]) -> None:
        """Replace settings, durably; the writers' lock is held."""
        merged = {**self._read(), **values}
        text, table = "", ""
        for key in sorted(merged):
            above, _, name = key.rpartition(".")
            if above != table:
                text += f"{chr(10) if text else ''}[{above}]\n"
                table = above
            text += f"{name} = {quoted(merged[key])}\n"
        replace(self._path, text.encode())
        self._values = merged

    def _read(self) -> dict[str, str]:
        if self._values is None:
            self._values = {
                f"{table}.{name}": value
                for table, values in read_tables(self._path).items()
                for name, value in values.items()
            }
        return self._values


def mounts_in(value: str) -> list[RepoPath]:
    """Return the paths in a value of `keep.mounts`, from the top of the repository."""
    return [] if value == "off" else [RepoPath(os.fsencode(path.rstrip("/"))) for path in value.split(":")]


def _known(key: str) -> Known:
    if key not in KNOWN:
        raise Missing(f"there is no setting {key!r}", hint="`annexish config list` shows all")
    return KNOWN[key]
