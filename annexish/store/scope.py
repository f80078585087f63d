"""The scope of a repository, at rest: one file in the control directory; without it, everything is in scope."""

from __future__ import annotations

import os

from annexish.codec.scope import decode_scope, encode_scope
from annexish.model.scope import EVERYTHING, Scope
from annexish.store.durable import replace

FILE = "scope"


def read_scope(control: str) -> Scope:
    """Return which part of the files a repository wants to hold; raise Corrupt if the file does not say."""
    data = _stored(control)
    return decode_scope(data) if data is not None else EVERYTHING


def write_scope(control: str, scope: Scope) -> None:
    """Let a repository want another part, durably; the writers' lock is held. Nothing is written that is so already."""
    data, stored = encode_scope(scope), _stored(control)
    if data != (stored if stored is not None else encode_scope(EVERYTHING)):
        replace(os.path.join(control, FILE), data)


def _stored(control: str) -> bytes | None:
    try:
        with open(os.path.join(control, FILE), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
