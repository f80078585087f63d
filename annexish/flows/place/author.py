"""Who commits: annexish's own settings, else Git's, else login and host, never an error; and what that person signs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from annexish.codec.commits import encode_commit
from annexish.flows.place.place import Place
from annexish.model.commit import Signature
from annexish.model.ids import CommitId, TreeId


class Signing(NamedTuple):
    """A commit that is about to be made: its snapshot, its parents, what a person reads, how many changes by word."""

    tree: TreeId
    parents: Sequence[CommitId]
    message: str
    counts: Mapping[str, int]


def signed(place: Place, made: Signing, who: Signature) -> bytes:
    """Return the bytes of a commit that says who made it, and in which repository."""
    repository, name = place.identity()
    return encode_commit(
        made.tree, made.parents, who, made.message, repository=repository, counts=made.counts, name=name
    )


def author(place: Place) -> Signature:
    """Return the author of a commit that is made now."""
    settings = place.settings
    name, email = settings.get("user.name"), settings.get("user.email")
    if not (name and email):
        git_name, git_email = place.history.git_author()
        name, email = name or git_name or _login(), email or git_email or _address()
    now = int(time.time())
    return Signature(_clean(name), _clean(email), now, time.localtime(now).tm_gmtoff // 60)


def _address() -> str:
    import socket

    return f"{_login()}@{socket.gethostname()}"


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _clean(text: str) -> str:
    """What Git's commit header can hold: no angle brackets, no line ends."""
    return "".join(sign for sign in text if sign not in "<>\n\r\0").strip() or "unknown"
