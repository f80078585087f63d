"""How every remote is entered, locked and left."""

from __future__ import annotations

from typing import Self

import pytest

from annexish.errors import AnnexishError
from annexish.model.ids import CommitId
from annexish.remote.port import Remote, Saved
from tests.foreign import HEAD, Made, history
from tests.giving import Giver, put
from tests.remote.conformance.conftest import Given
from tests.remote.conformance.places import digest


class Ended(Exception):
    """Something else went wrong."""

    def __enter__(self) -> Self:
        return self


def test_leaving_hides_no_error(given: Given) -> None:
    """A remote is closed, and what went wrong goes on."""
    with pytest.raises(Ended), given.remote:
        raise Ended


def test_what_was_told_is_there_the_next_time(given: Given) -> None:
    """A session ends, and what it gave stays."""
    made = Made()
    _, head = history(made)
    with given.remote as remote:
        remote.receive(made, {HEAD: head})
        with remote.locked():
            put(remote, digest(b"one"), 3, Giver([b"one"]))
            remote.settle()
    with given.remote as remote:
        assert remote.references() == {HEAD: head}
        assert remote.lacks([digest(b"one")]) == []


def test_who_locks_may_write(remote: Remote) -> None:
    """And lock again; afterwards everybody may."""
    made = Made()
    _, head = history(made)
    with remote.locked():
        remote.receive(made, {HEAD: head})
        with remote.locked():
            put(remote, digest(b"one"), 3, Giver([b"one"]))
        remote.settle()
    with pytest.raises(Ended), remote.locked():
        raise Ended
    with remote.locked():
        assert remote.references() == {HEAD: head}


def test_what_has_no_tree_makes_no_commits(remote: Remote) -> None:
    """A store says so, and goes nowhere."""
    if remote.hello().tree:
        pytest.skip("it has a working tree")
    assert remote.commit("x").result() == Saved(None, made=False, problems=())
    with pytest.raises(AnnexishError):
        remote.advance(None, CommitId("a" * 40))
