"""Where a remote is, as a person writes it: a path, `ssh://[user@]host[:port]/path` or `user@host:path`."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from annexish.errors import Usage

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_HOST = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^@/:\[\]]+)(?::(?P<port>\d{1,5}))?")
_KINDS = "a path, ssh://[user@]host[:port]/path or user@host:path"


class Local(NamedTuple):
    """A directory of this machine, absolute."""

    path: str


class Ssh(NamedTuple):
    """A directory of another machine; `user` and `port` are "" and 0 where the person said none."""

    user: str
    host: str
    port: int
    path: str


def parse(url: str) -> Local | Ssh:
    """Return what a URL means; raise Usage for one that means nothing.

    Nothing in it can be taken for an option of another program: no part begins with a dash.
    """
    if not url.isprintable():
        raise Usage(f"{url!r} is no URL: it has characters that cannot be printed, or is no UTF-8")
    with_scheme = _SCHEME.fullmatch(url)
    if with_scheme:
        scheme, rest = with_scheme.groups()
        if scheme != "ssh":
            raise Usage(f"{url!r} is of a kind that is not known", hint=f"a URL is {_KINDS}")
        place, slash, path = rest.partition("/")
        return _ssh(url, place, slash + path)
    place, colon, path = url.partition(":")
    if colon and "/" not in place:
        return _ssh(url, place, path)
    if not url:
        raise Usage("an empty word is no URL", hint=f"a URL is {_KINDS}")
    return Local(url)


def absolute(url: str, here: bytes) -> str:
    """Return a URL that means the same wherever it is read; paths are taken from a directory. Raise Usage for none."""
    where = parse(url)
    if isinstance(where, Ssh):
        return url
    path = os.fsdecode(os.path.normpath(os.path.join(here, os.fsencode(where.path))))
    parse(path)
    return path


def _ssh(url: str, place: str, path: str) -> Ssh:
    found = _HOST.fullmatch(place)
    if found is None or not path:
        raise Usage(f"{url!r} is no URL: it names no host, or no path", hint=f"a URL is {_KINDS}")
    user, host, port = found["user"] or "", found["host"].strip("[]"), int(found["port"] or 0)
    if any(part.startswith("-") for part in (user, host, path)) or " " in place:
        raise Usage(f"{url!r} is no URL: no part of it may begin with a dash, and no host has spaces")
    if not 0 <= port < 1 << 16 or found["port"] == "0":
        raise Usage(f"{url!r} is no URL: there is no port {port}")
    return Ssh(user, host, port, path)
