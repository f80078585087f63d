"""Where a remote is, as a person writes it: a path, `ssh://[user@]host[:port]/path` or `user@host:path`.

A Git server, which holds histories only, is told by the user `git`, a path that ends in `.git`, or by `git://`,
`https://` and `git+ssh://`; on this machine also by what is in the directory.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from annexish.errors import Usage

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_PASSWORD = re.compile(r"^(?:[A-Za-z0-9+.-]+://)?[^@/:]*:[^@/]+@")
_HOST = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^@/:\[\]]+)(?::(?P<port>\d{1,5}))?")
_KINDS = "a path, ssh://[user@]host[:port]/path, user@host:path, or a Git server: git@host:path, https://host/path"
_OF_GIT = ("git", "https", "git+ssh")
_CONTROL, _PARTS = ".annexish", ("objects", "refs")


class Local(NamedTuple):
    """A directory of this machine, absolute."""

    path: str


class Ssh(NamedTuple):
    """A directory of another machine; `user` and `port` are "" and 0 where the person said none."""

    user: str
    host: str
    port: int
    path: str


class Git(NamedTuple):
    """A bare Git repository, as the program `git` is told of it; `host` is "" for a directory of this machine."""

    url: str
    host: str = ""


def parse(url: str) -> Local | Ssh | Git:
    """Return what a URL means; raise Usage for one that means nothing.

    Nothing in it can be taken for an option of another program: no part begins with a dash.
    """
    if not url.isprintable():
        raise Usage(f"{url!r} is no URL: it has characters that cannot be printed, or is no UTF-8")
    if _PASSWORD.search(url):
        raise Usage("a URL has no password in it", hint="ssh asks for it, or takes a key: `ssh-copy-id HOST`")
    with_scheme = _SCHEME.fullmatch(url)
    if with_scheme:
        scheme, rest = with_scheme.groups()
        if scheme != "ssh" and scheme not in _OF_GIT:
            raise Usage(f"{url!r} is of a kind that is not known", hint=f"a URL is {_KINDS}")
        place, slash, path = rest.partition("/")
        found = _ssh(url, place, slash + path)
        return Git(url.removeprefix("git+"), found.host) if scheme in _OF_GIT else _told_apart(url, found)
    place, colon, path = url.partition(":")
    if path.startswith(":"):
        raise Usage(f"{url!r} is of a kind that is not known", hint=f"a URL is {_KINDS}")
    if colon and "/" not in place:
        return _told_apart(url, _ssh(url, place, path))
    if not url:
        raise Usage("an empty word is no URL", hint=f"a URL is {_KINDS}")
    return _of_git(url) if _is_git(url) else Local(url)


def absolute(url: str, here: bytes) -> str:
    """Return a URL that means the same wherever it is read; paths are taken from a directory. Raise Usage for none."""
    where = parse(url)
    if isinstance(where, Ssh) or (isinstance(where, Git) and where.host):
        return url
    path = os.fsdecode(os.path.normpath(os.path.join(here, os.fsencode(url))))
    parse(path)
    return path


def _told_apart(url: str, found: Ssh) -> Ssh | Git:
    """A Git server or another machine with annexish."""
    return _of_git(url, found.host) if found.user == "git" or found.path.rstrip("/").endswith(".git") else found


def _of_git(url: str, host: str = "") -> Git:
    if _CONTROL in re.split("[:/]", url):
        raise Usage(f"{url!r} is the history of a repository", hint="name the top of the repository")
    return Git(url, host)


def _is_git(path: str) -> bool:
    """Whether a path of this machine is that of a bare Git repository; one that ends in `.git` need not be there."""
    if os.path.isdir(os.path.join(path, _CONTROL)):
        return False
    parts = (os.path.isfile(os.path.join(path, "HEAD")), *(os.path.isdir(os.path.join(path, one)) for one in _PARTS))
    return path.rstrip("/").endswith(".git") or all(parts)


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
