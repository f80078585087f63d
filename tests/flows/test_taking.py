"""Contents come from who can give them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from annexish.errors import Corrupt
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.taking import Taking, incoming_into, way_of
from annexish.flows.place.place import Place
from annexish.model.content import Holder, Want
from annexish.model.ids import Digest
from tests.giving import Bytes
from tests.remote.conformance.places import digest
from tests.trees import Tree

DATA = b"wanted"


class Broken(Bytes):
    """Has a disk that cannot be read."""

    def __init__(self, error: int) -> None:
        super().__init__(DATA)
        self._error = error

    def descriptor(self, digest: Digest) -> int | None:
        """Try."""
        raise OSError(self._error, os.strerror(self._error))


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES, errno.ENOENT])
@pytest.mark.parametrize("others", [[Bytes(DATA)], []])
def test_a_disk_that_cannot_be_read_is_not_the_only_one(tmp_path: Path, error: int, others: list[Holder]) -> None:
    """The next one is asked; without one the content is named, and nothing else ends."""
    tree = Tree(tmp_path, {"a": "a"})
    tree.commit()
    place = Place(os.fsencode(tree.top))
    with Contents(place) as here:
        taking = Taking(here, [Broken(error), *others], incoming_into(here, way_of(place)))
        (taken,) = taking.take_all([Want(digest(DATA), len(DATA))])
        if others:
            assert taken.error is None
        else:
            assert isinstance(taken.error, Corrupt)
            assert os.strerror(error) in str(taken.error)
