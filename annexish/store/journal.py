"""What a command is about to do to the user's files: durable before the first step, gone after the last.

It holds the request and not its steps: carrying out a request again finishes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from annexish.errors import Corrupt
from annexish.model.ids import CommitId, TreeId
from annexish.model.path import RepoPath
from annexish.store.durable import durably, replace

JOURNAL = "journal"
VERSION = 1


class Request(NamedTuple):
    """Which journey, below which directory, about which objects: (snapshot, path in it).

    `base` is what paths leave out below `top`; `trees` are the snapshots before and after, where the journey has them;
    `head` and `commit` are those between which the head moves;
    `text` says what it is about, `number` is that of the operation that it is recorded as.
    """

    command: str
    top: bytes
    objects: tuple[tuple[TreeId, RepoPath], ...]
    base: RepoPath
    trees: tuple[TreeId, ...] = ()
    head: CommitId | None = None
    commit: CommitId | None = None
    text: str = ""
    number: int = 0


class Journal:
    """One file in the control directory; the writers' lock is held."""

    def __init__(self, control: str) -> None:
        self._directory = control
        self._path = os.path.join(control, JOURNAL)

    def write(self, request: Request) -> None:
        """Make a request durable."""
        import json

        replace(self._path, json.dumps({"version": VERSION, **_plain(request)}).encode("ascii"))

    def pending(self) -> str:
        """Return the command that was interrupted, "" if there is none; readers ask, so that nothing is raised."""
        try:
            found = self.read()
        except (Corrupt, OSError):
            return "command"
        return found.command if found else ""

    def read(self) -> Request | None:
        """Return the request that was not carried out to its end, None if there is none."""
        if not os.path.exists(self._path):
            return None
        import json

        try:
            with open(self._path, encoding="ascii") as file:
                found = json.load(file)
            if found["version"] != VERSION:
                raise Corrupt(f"the journal has version {found['version']}; this program knows {VERSION}")
            return _request(found)
        except (ValueError, KeyError, TypeError) as error:
            hint = f"move {self._path} away: the command that wrote it can be repeated"
            raise Corrupt("the journal of an interrupted command cannot be read", hint=hint) from error

    def clear(self) -> None:
        """Forget the request: it was carried out."""
        with durably(self._directory):
            os.unlink(self._path)


def _plain(request: Request) -> dict[str, object]:
    return {
        "command": request.command,
        "top": os.fsdecode(request.top),
        "objects": [[tree.hex(), os.fsdecode(path)] for tree, path in request.objects],
        "base": os.fsdecode(request.base),
        "trees": [tree.hex() for tree in request.trees],
        **({"head": request.head, "commit": request.commit} if request.commit else {}),
        "text": request.text,
        "number": request.number,
    }


def _request(found: Mapping[str, object]) -> Request:
    objects, trees = found["objects"], found["trees"]
    if not isinstance(objects, list) or not isinstance(trees, list):
        raise TypeError("they are no lists")
    return Request(
        command=str(found["command"]),
        top=os.fsencode(str(found["top"])),
        objects=tuple((TreeId(bytes.fromhex(tree)), RepoPath(os.fsencode(path))) for tree, path in objects),
        base=RepoPath(os.fsencode(str(found["base"]))),
        trees=tuple(TreeId(bytes.fromhex(tree)) for tree in trees),
        head=CommitId(str(found["head"])) if "head" in found else None,
        commit=CommitId(str(found["commit"])) if "commit" in found else None,
        text=str(found["text"]),
        number=int(str(found["number"])),
    )
