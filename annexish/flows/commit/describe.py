"""Tags follow their objects: those of new files are read, those of moved ones carried along."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from annexish.codec.descriptive import Tags, decode_descriptive, encode_descriptive
from annexish.flows.commit.identity import Identity
from annexish.flows.state.past import Past
from annexish.model.change import content_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import BlobId, ObjectId
from annexish.model.path import join
from annexish.model.report import Problem
from annexish.scan.media.kinds import may_have_tags
from annexish.scan.media.protocol import OpenFile
from annexish.scan.survey import Listing
from annexish.store.history import Nodes
from annexish.system.descend import Descent

if TYPE_CHECKING:
    from annexish.scan.media.reader import MediaReader

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WORKERS = 2


class Describer:
    """Makes the descriptive blob of each directory that is built. With `read` off nothing new is looked at."""

    def __init__(self, root: bytes, past: Past, nodes: Nodes, identity: Identity, *, read: bool) -> None:
        self._past = past
        self._nodes = nodes
        self._identity = identity
        self._descent = Descent(root) if read else None
        self._reader = _reader() if read else None
        self.problems: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.close()
        if self._descent is not None:
            self._descent.close()

    def wants(self, names: Sequence[bytes]) -> bool:
        """Whether a new directory with these files has something to read."""
        return self._reader is not None and any(map(may_have_tags, names))

    def __call__(self, listing: Listing, fresh: Sequence[tuple[int, Entry]], gone: set[ObjectId]) -> BlobId | None:
        """Return the blob of a directory that the objects `gone` are no longer in; None to leave what it has."""
        before = self._tags_of(listing.row)
        tags = {id: known for id, known in before.items() if id not in gone}
        tags.update(self._carried(listing, fresh))
        for at, entry in fresh:
            if self._is_other_content(listing, at, entry):
                tags.pop(entry.id, None)
        tags.update(self._read(listing, fresh))
        if tags == before:
            return None
        return BlobId(self._nodes.put_blob(encode_descriptive(tags)))

    def _tags_of(self, row: int) -> dict[ObjectId, Tags]:
        blob = self._past.node(self._past.tree(row)).descriptive if row else None
        return decode_descriptive(self._nodes.blob(blob)) if blob is not None else {}

    def _carried(self, listing: Listing, fresh: Sequence[tuple[int, Entry]]) -> Iterator[tuple[ObjectId, Tags]]:
        """The tags of objects that came from another directory."""
        for at, entry in fresh:
            lost = self._identity.at((listing.number, at))
            if lost is not None and lost.row != listing.row:
                known = self._tags_of(lost.row).get(entry.id)
                if known is not None:
                    yield entry.id, known

    def _was(self, listing: Listing, at: int) -> Entry | None:
        lost = self._identity.at((listing.number, at))
        if lost is not None:
            return self._past.entry(lost.row, lost.name)
        return self._past.entry(listing.row, listing.names[at]) if listing.row else None

    def _is_other_content(self, listing: Listing, at: int, entry: Entry) -> bool:
        was = self._was(listing, at)
        return was is None or content_of(was) != content_of(entry)

    def _read(self, listing: Listing, fresh: Sequence[tuple[int, Entry]]) -> Iterator[tuple[ObjectId, Tags]]:
        """Read the tags of new contents whose names promise some."""
        if self._reader is None:
            return
        wanted = [
            entry
            for at, entry in fresh
            if entry.kind is Kind.FILE
            and entry.size
            and may_have_tags(entry.name)
            and self._is_other_content(listing, at, entry)
        ]
        if not wanted:
            return
        opened: list[Entry] = []
        results = self._reader.read_all(self._open_all(listing, wanted, opened))
        for at, (_, outcome) in enumerate(results):
            entry = opened[at]
            if outcome.note:
                self.problems.append(Problem(join(listing.path, entry.name), "note", outcome.note))
            if outcome.tags:
                yield entry.id, outcome.tags

    def _open_all(self, listing: Listing, wanted: Sequence[Entry], opened: list[Entry]) -> Iterator[OpenFile]:
        """Open one file after the other, as they are asked for; those that are not what they were are left out."""
        for entry in wanted:
            descriptor = self._open(listing, entry)
            if descriptor is not None:
                opened.append(entry)
                yield OpenFile(descriptor, entry.name, entry.size)

    def _open(self, listing: Listing, entry: Entry) -> int | None:
        assert self._descent is not None, "reading is on"
        try:
            descriptor = os.open(entry.name, _FLAGS, dir_fd=self._descent.open(listing.path))
        except OSError:
            return None
        found = os.fstat(descriptor)
        if modes.S_ISREG(found.st_mode) and found.st_size == entry.size:
            return descriptor
        os.close(descriptor)
        return None


def _reader() -> MediaReader:
    from annexish.scan.media.reader import MediaReader

    return MediaReader(workers=_WORKERS)
