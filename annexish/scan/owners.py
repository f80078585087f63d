"""Owners by number, with the names that this system gives them."""

from __future__ import annotations

import grp
import os
import pwd

from annexish.model.entry import Owner


class Owners:
    """Looks each number up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Owner] = {}

    def of(self, uid: int, gid: int) -> Owner:
        """Return the owner of these numbers; a name that is not known is empty."""
        owner = self._known.get((uid, gid))
        if owner is None:
            owner = Owner(uid, gid, _user(uid), _group(gid))
            self._known[uid, gid] = owner
        return owner


def _user(uid: int) -> bytes:
    try:
        return os.fsencode(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return b""


def _group(gid: int) -> bytes:
    try:
        return os.fsencode(grp.getgrgid(gid).gr_name)
    except KeyError:
        return b""
