"""The names of all references, as the files say them: Git's library leaves out directories that it cannot list."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NoReturn

from annexish.errors import Corrupt, Unreachable


def reference_names(path: str) -> list[str]:
    """Return the names of the references of a bare Git repository, sorted; raise Unreachable if one may be missing."""
    names: set[str] = set()
    lines: list[bytes] = []
    for directory, _, files in os.walk(os.path.join(path, "refs"), onerror=_refuse):
        names.update(
            os.path.relpath(os.path.join(directory, name), path) for name in files if not name.endswith(".lock")
        )
    try:
        with suppress(FileNotFoundError), open(os.path.join(path, "packed-refs"), "rb") as file:
            lines = [line for line in file.read().splitlines() if line[:1] not in b"#^"]
    except OSError as error:
        _refuse(error)
    if any(b" " not in line for line in lines):
        raise Corrupt("the references of the history are malformed", hint="`git fsck` on the history says more")
    return sorted(names.union(os.fsdecode(line.partition(b" ")[2]) for line in lines))


def _refuse(error: OSError) -> NoReturn:
    raise Unreachable(f"the references of the history cannot be read: {error.strerror}") from error
