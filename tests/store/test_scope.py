"""The scope of a repository in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish.errors import Corrupt
from annexish.model.scope import EVERYTHING
from annexish.store.scope import read_scope, write_scope
from tests.codec.golden import LATER_SCOPE, SCOPE, stored
from tests.limited import no_more_files


def test_without_a_file_everything_is_in_scope(tmp_path: Path) -> None:
    """A repository that nobody gave a scope holds all; to say so once more writes nothing."""
    assert read_scope(str(tmp_path)) == EVERYTHING
    write_scope(str(tmp_path), EVERYTHING)
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """As a whole: the bytes are those of the format, and nothing else is left."""
    for scope in (SCOPE, LATER_SCOPE, EVERYTHING, SCOPE):
        write_scope(str(tmp_path), scope)
        assert read_scope(str(tmp_path)) == scope
    assert (tmp_path / "scope").read_bytes() == stored("scope.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["scope"]


def test_a_file_that_says_something_else_is_corrupt(tmp_path: Path) -> None:
    """Nobody takes it for everything, or for nothing."""
    (tmp_path / "scope").write_bytes(b"")
    with pytest.raises(Corrupt):
        read_scope(str(tmp_path))
    write_scope(str(tmp_path), SCOPE)
    assert read_scope(str(tmp_path)) == SCOPE


def test_a_scope_that_cannot_be_made_durable_stays_as_it_was(tmp_path: Path) -> None:
    """What is to be fetched or dropped is told by what is at rest."""
    write_scope(str(tmp_path), SCOPE)
    with no_more_files(), pytest.raises(OSError, match="Too many open files"):
        write_scope(str(tmp_path), EVERYTHING)
    assert read_scope(str(tmp_path)) == SCOPE
