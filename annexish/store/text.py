"""Two versions of a text to one: libgit2's three-way merge of lines, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pygit2

LARGEST = 1 << 20
"""Bytes of the largest text that is merged."""


def is_text(data: bytes) -> bool:
    """Whether a content is taken for a text: UTF-8 without NUL."""
    try:
        return b"\0" not in data and bool(data.decode() or not data)
    except UnicodeDecodeError:
        return False


def merge_texts(base: bytes, first: bytes, later: bytes) -> bytes | None:
    """Return what two versions of a text make, None if they change the same lines or one is no text."""
    if not all(len(data) <= LARGEST and is_text(data) for data in (base, first, later)):
        return None
    import pygit2

    repository = _in_memory()
    old, one, other = (
        pygit2.IndexEntry("text", repository.odb.write(pygit2.enums.ObjectType.BLOB, data), pygit2.enums.FileMode.BLOB)
        for data in (base, first, later)
    )
    result = repository.merge_file_from_index(old, one, other, use_deprecated=False)
    return result.contents.encode() if result.automergeable else None


def _in_memory() -> pygit2.Repository:
    import pygit2

    class Memory(pygit2.OdbBackend):
        """Holds blobs in a dict."""

        def __init__(self) -> None:
            super().__init__()
            self._held: dict[str, tuple[int, bytes]] = {}

        def read_cb(self, oid: pygit2.Oid) -> tuple[int, bytes]:
            return self._held[str(oid)]

        def exists_cb(self, oid: pygit2.Oid) -> bool:
            return str(oid) in self._held

        def write_cb(self, oid: pygit2.Oid, data: bytes, kind: int) -> None:
            self._held[str(oid)] = (kind, data)

        def refresh_cb(self) -> None:
            """Nobody else writes here."""

    objects = pygit2.Odb()
    objects.add_backend(Memory(), 1)
    repository = pygit2.Repository()
    repository.set_odb(objects)
    return repository
