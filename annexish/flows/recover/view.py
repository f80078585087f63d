"""View: a directory of a snapshot in the time of making links."""

from __future__ import annotations

import os

from annexish.apply.filling import Purpose
from annexish.errors import Usage
from annexish.flows.place.place import Place
from annexish.flows.recover.extract import Wish, extract, outside
from annexish.model.path import within
from annexish.model.report import Restored

READ_ONLY = 0o555


def view(place: Place, wish: Wish, *, copy: bool) -> Restored:
    """Make read-only directories of reflinks, else of the kept inodes themselves.

    With `copy` files are copies that may be written to, and directories are as recorded.
    """
    if within(outside(wish.directory), place.root):
        shown = os.fsdecode(wish.directory)
        raise Usage(f"{shown!r} is in the working tree", hint="name a directory outside of it")
    return extract(place, wish, Purpose.RESTORE) if copy else extract(place, wish, Purpose.VIEW, READ_ONLY)
