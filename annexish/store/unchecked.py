"""A bare Git repository for objects of others that nobody checked yet; it lies beside the history and is thrown away.

The history lends it its objects, so that only what lacks there is fetched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from annexish.codec.commits import links_in
from annexish.codec.intake import LIMITS
from annexish.codec.trees import rows_in
from annexish.errors import Corrupt, Refused, Unreachable
from annexish.model.ids import CommitId
from annexish.model.objects import GitObject
from annexish.store.history import History
from annexish.store.references import reference_names

_BEGIN = "unchecked."
_LENT = "../../history.git/objects\n"
"""From its objects to those of the history: no byte of a user's path stands in the file."""


class Unchecked:
    """Exists for the time of a context. The writers' lock is held."""

    def __init__(self, control: str) -> None:
        self._control = control
        self.path = os.path.join(control, f"{_BEGIN}{os.getpid()}")

    def __enter__(self) -> Self:
        shutil.rmtree(self.path, ignore_errors=True)
        History.create(self.path)
        try:
            with open(os.path.join(self.path, "objects", "info", "alternates"), "w", encoding="ascii") as file:
                file.write(_LENT)
        except OSError as error:
            raise Unreachable(f"nothing can be fetched: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def references(self) -> dict[str, str]:
        """Return what came: reference to object name."""
        came = _Strangers(self.path)
        return {name: found for name in reference_names(self.path) if (found := came.target(name)) is not None}

    def objects(self, history: History, wants: Sequence[str]) -> Iterator[GitObject]:
        """Yield what commits and blobs lead to and the history lacks, each object after what it names.

        What the history has is complete, so nothing below it is looked at: the cost is that of what came, however
        often that names the same. Raise Corrupt for what is neither a commit nor a blob.
        """
        came = _Strangers(self.path)
        kinds = {name: came.kind(bytes.fromhex(name)) for name in wants}
        for name, kind in kinds.items():
            if kind not in (b"commit", b"blob"):
                raise Corrupt(f"a reference names {name}, which is neither a commit nor a blob")
        commits = [CommitId(name) for name, kind in kinds.items() if kind == b"commit"]
        seen: set[bytes] = set()
        for commit in came.between(commits, history.heads()) if commits else ():
            if not history.has(bytes.fromhex(commit)):
                data = came.raw(bytes.fromhex(commit), b"commit")
                yield from _below(came, history, links_in(data)[0], seen)
                yield GitObject(b"commit", data)
        for name, kind in kinds.items():
            if kind == b"blob":
                yield GitObject(kind, came.raw(bytes.fromhex(name), kind))


def sweep(control: str) -> None:
    """Remove what killed commands left; the writers' lock is held."""
    for name in os.listdir(control):
        if name.startswith(_BEGIN) and name != f"{_BEGIN}{os.getpid()}":
            shutil.rmtree(os.path.join(control, name), ignore_errors=True)


class _Strangers(History):
    """Objects of others: their sizes are looked at before their bytes are."""

    def raw(self, name: bytes, kind: bytes) -> bytes:
        """Return the bytes of an object; raise Refused for more than a history may have in one."""
        if self.size(name) > LIMITS.object:
            raise Refused(f"object {name.hex()} is larger than a history may have", hint="ask whoever has that server")
        return super().raw(name, kind)


def _below(came: History, history: History, tree: bytes, seen: set[bytes]) -> Iterator[GitObject]:
    """Yield a tree and what is below it, as far as the history lacks it and it was not yielded before."""
    todo: list[tuple[bytes, bytes | None]] = [(tree, None)]
    while todo:
        name, data = todo.pop()
        if data is not None:
            for row, blob in rows_in(data):
                if row[-1:] != b"/" and blob not in seen and not history.has(blob):
                    seen.add(blob)
                    yield GitObject(b"blob", came.raw(blob, b"blob"))
            yield GitObject(b"tree", data)
        elif name not in seen and not history.has(name):
            seen.add(name)
            data = came.raw(name, b"tree")
            todo.append((name, data))
            todo += [(below, None) for row, below in rows_in(data) if row[-1:] == b"/"]
