"""Texts that both sides edited, put together where their edits are in different lines."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

from blake3 import blake3

from annexish.apply.keeps import Keeps
from annexish.errors import Unreachable
from annexish.merge.decide import Content
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.kept import Put
from annexish.store.spool import Spool
from annexish.store.text import LARGEST, merge_texts

Fetch = Callable[[Digest, int], object]
"""Tries to let the keep have a content of so many bytes."""


class Texts:
    """Makes one text of two versions and their base, as far as the keep has all three.

    What is made is held until `keep_all` gives it its name in the keep, from where it is brought as any other content.
    `directory` is one on the file system of the keep, for files that have no name yet. What the keep lacks `fetch`
    may bring there.
    """

    def __init__(self, keep: Keeps, directory: str, *, wanted: bool, fetch: Fetch | None = None) -> None:
        self._keep = keep
        self._wanted = wanted
        self._fetch = fetch
        self._directory = directory
        self._spool = Spool()
        self._made: dict[Digest, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()
        self._keep.close()

    def __call__(self, base: Entry, first: Entry, later: Entry) -> Content | None:
        """Return the content that three versions of a file make, None if a person has to decide."""
        texts = [self._text(entry) if self._wanted else None for entry in (base, first, later)]
        old, one, other = texts
        if old is None or one is None or other is None:
            return None
        made = merge_texts(old, one, other)
        if made is None:
            return None
        digest = Digest(blake3(made).digest())
        if digest not in self._made:
            self._made[digest] = (self._spool.append(made), len(made))
        return Content(len(made), digest)

    def made(self, digest: Digest) -> bool:
        """Whether a content was put together."""
        return digest in self._made

    def keep_all(self) -> None:
        """Give what was made its names in the keep, durably."""
        for digest, place in self._made.items():
            self._keep_one(digest, self._spool.read(*place))
        self._keep.sync()

    def _keep_one(self, digest: Digest, data: bytes) -> None:
        flags = os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC
        descriptor = os.open(self._directory, flags, 0o600)
        with open(descriptor, "r+b") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            put = self._keep.put(file.fileno(), digest, len(data))
        if put is Put.UNPROTECTED or (put in (Put.TWIN, Put.LIE) and not self._keep.holds(digest)):
            raise Unreachable(
                "a text that both sides edited cannot be kept here",
                hint="`annexish config set merge.text off` keeps both versions",
            )

    def _text(self, entry: Entry) -> bytes | None:
        """The bytes of a version, checked; None if they are not kept, or no text."""
        if entry.kind is not Kind.FILE or entry.digest is None or entry.size > LARGEST:
            return None
        if not entry.size:
            return b""
        descriptor = self._keep.open(entry.digest)
        if descriptor is None and self._fetch is not None:
            self._fetch(entry.digest, entry.size)
            descriptor = self._keep.open(entry.digest)
        if descriptor is None:
            return None
        with open(descriptor, "rb") as file:
            data = file.read(LARGEST + 1)
        return data if blake3(data).digest() == entry.digest else None
