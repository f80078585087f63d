"""The store in memory: what only it does."""

from __future__ import annotations

import threading

import pytest

from annexish.errors import Busy, Missing, Unreachable
from annexish.model.content import BLOCK
from annexish.model.ids import CommitId
from annexish.model.peer import Peer
from annexish.remote.memory import Memory
from annexish.remote.port import Need, Remote
from tests.foreign import HEAD, Made, history
from tests.giving import Giver, put, read
from tests.pictures import digest as drawn
from tests.remote.conformance.places import digest

ID = "a" * 32


def given(remote: Memory, data: bytes) -> None:
    """Everything that somebody does who gives a history and a content, and gets them back."""
    made = Made()
    _, head = history(made)
    with remote:
        remote.hello()
        remote.receive(made, {HEAD: head})
        assert list(remote.references()) == [HEAD]
        assert len(list(remote.objects([head], []))) == len({*made})
        with remote.locked():
            put(remote, digest(data), len(data), Giver([data[:BLOCK], data[BLOCK:]]))
            remote.settle()
        assert b"".join(read(remote, digest(data))) == data


def test_it_is_a_remote() -> None:
    """Types agree, too."""
    remote: Remote = Memory(ID)
    assert remote.hello() == Peer(ID, "memory", None, tree=False)


def test_what_takes_nothing_can_be_read() -> None:
    """It says so, and what is tried all the same changes nothing."""
    remote = Memory(ID, takes=False)
    remote.contents[digest(b"one")] = b"one"
    assert not remote.hello().takes
    with pytest.raises(Unreachable):
        remote.receive([], {})
    with pytest.raises(Unreachable):
        put(remote, digest(b"two"), 3, Giver([b"two"]))
    remote.settle()
    assert remote.lacks([digest(b"one"), digest(b"two")]) == [digest(b"two")]


def test_it_can_go_away_after_any_answer() -> None:
    """Each call counts, and each object and block; then everything ends in one error, and nothing is half there."""
    data = bytes(BLOCK + 1)
    answers, whole = 0, False
    while not whole:
        remote = Memory(ID, answers=answers)
        try:
            given(remote, data)
            whole = True
        except Unreachable:
            with pytest.raises(Unreachable):
                remote.hello()
        remote.answers = None
        assert len(remote.references()) == (not remote.lacks([]) and HEAD in remote.references())
        assert digest(data) not in remote.contents or remote.contents[digest(data)] == data
        given(remote, data)
        answers += 1
    assert answers > 20


def test_only_one_writes() -> None:
    """Another one is told, and does not wait."""
    remote = Memory(ID)
    found: list[type[BaseException]] = []

    def other() -> None:
        try:
            with remote.locked():
                pass
        except Busy as error:
            found.append(type(error))

    with remote.locked():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert found == [Busy]
    with remote.locked():
        pass


def test_what_it_needs_is_every_content() -> None:
    """A store wants all of a commit: each content that it lacks, once."""
    made = Made()
    _, head = history(made)
    remote = Memory(ID)
    remote.receive(made, {HEAD: head})
    assert remote.needs(head) == [Need(drawn("1"), 1)]
    remote.contents[drawn("1")] = b"1"
    assert remote.needs(head) == []
    with pytest.raises(Missing):
        remote.needs(CommitId("a" * 40))
