"""What repositories tell of themselves, as references of the history."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.codec.holdings import encode_holdings
from annexish.errors import Corrupt
from annexish.model.holdings import Disk, Holdings
from annexish.model.ids import CommitId
from annexish.store.history import History
from annexish.store.holdings import KnownHoldings, head_reference
from annexish.store.sound import file_flaws, object_flaws
from tests.store.repositories import bare, commit, git

OWN, OTHER = "aa" * 16, "bb" * 16
HOUR, DAY = 3600, 86_400
NOW = 1_700_000_000


def told(id: str, *, counter: int = 0, time: int = NOW, name: str = "disk", head: CommitId | None = None) -> Holdings:
    """Holdings of which little matters."""
    return Holdings(id, name, counter, time, head, b"", frozenset(), frozenset(), Disk("f00d", "here"))


@pytest.fixture
def history(tmp_path: Path) -> History:
    """An empty history."""
    bare(tmp_path / "history.git")
    return History(str(tmp_path / "history.git"))


@pytest.fixture
def known(history: History) -> KnownHoldings:
    """What is known here, which is nothing yet."""
    return KnownHoldings(history, OWN)


def test_what_was_published_is_known_with_a_counter(known: KnownHoldings) -> None:
    """Each time something differs it is one more."""
    assert known.get(OWN) is None
    assert known.publish(told(OWN)).counter == 1
    assert known.publish(told(OWN, name="other")).counter == 2
    assert known.get(OWN) == told(OWN, name="other", counter=2)
    assert known.ids() == [OWN]


def test_nothing_new_is_not_published(known: KnownHoldings) -> None:
    """But for once an hour, and when the clock went back: others ask how old the answer is."""
    first = known.publish(told(OWN))
    assert known.publish(told(OWN, time=NOW + HOUR - 1)) == first
    assert known.publish(told(OWN, time=NOW + HOUR)).counter == 2
    assert known.publish(told(OWN, time=NOW)).counter == 3


def test_the_head_can_be_reached(known: KnownHoldings, history: History) -> None:
    """A reference names it, so nothing removes its objects; what is no commit here is refused."""
    head = commit(history, {"a": "1"})
    known.publish(told(OWN, head=head))
    assert history.target(head_reference(OWN)) == head
    assert known.accept(encode_holdings(told(OTHER, counter=1, head=head)))
    assert list(history.heads(but=head_reference(OWN))) == [head, head]
    with pytest.raises(Corrupt, match="not in the history"):
        known.accept(encode_holdings(told(OTHER, counter=2, head=CommitId("12" * 20))))


def test_the_higher_counter_is_believed(known: KnownHoldings) -> None:
    """Whoever brings it, and in which order; the same again is nothing new."""
    assert known.accept(encode_holdings(told(OTHER, counter=5)))
    assert not known.accept(encode_holdings(told(OTHER, counter=5, name="again")))
    assert not known.accept(encode_holdings(told(OTHER, counter=4, time=NOW + DAY)))
    assert known.accept(encode_holdings(told(OTHER, counter=6, time=NOW - DAY)))
    assert known.get(OTHER) == told(OTHER, counter=6, time=NOW - DAY)


def test_nobody_tells_of_this_repository(known: KnownHoldings) -> None:
    """Neither what it published before, nor what somebody made up."""
    known.publish(told(OWN))
    assert not known.accept(encode_holdings(told(OWN, counter=99)))
    assert known.get(OWN) == told(OWN, counter=1)


def test_who_was_put_back_counts_on_from_what_others_know(known: KnownHoldings) -> None:
    """Else nobody would believe it; what is older, of somebody else or a number made up changes nothing."""
    first = known.publish(told(OWN))
    for other in (told(OWN, counter=1), told(OTHER, counter=7), told(OWN, counter=(1 << 63) - 1)):
        known.overtake(encode_holdings(other))
    known.overtake(b"nonsense")
    assert known.last() == first
    known.overtake(encode_holdings(told(OWN, counter=7, name="other")))
    assert known.last() == first._replace(counter=8)
    assert known.publish(told(OWN, name="again")).counter == 9


def test_who_never_told_anything_was_not_put_back(known: KnownHoldings) -> None:
    """Whatever others say that it told."""
    known.overtake(encode_holdings(told(OWN, counter=7)))
    assert known.last() is None


def test_what_is_no_holdings_is_refused(known: KnownHoldings, history: History) -> None:
    """And what was written by hand under another id is not believed."""
    with pytest.raises(Corrupt):
        known.accept(b"nonsense")
    history.point(f"refs/annexish/holdings/{OTHER}", history.add_blob(encode_holdings(told(OWN))).hex())
    with pytest.raises(Corrupt, match="another one"):
        known.get(OTHER)
    assert known.accept(encode_holdings(told(OTHER, counter=1)))


def test_own_holdings_that_are_broken_are_told_anew(known: KnownHoldings, history: History) -> None:
    """Nobody else could."""
    history.point(f"refs/annexish/holdings/{OWN}", history.add_blob(b"broken").hex())
    assert known.publish(told(OWN)).counter == 1


def test_old_blobs_go(known: KnownHoldings, history: History) -> None:
    """A day after they were replaced, and nothing else does; Git finds nothing missing."""
    mine = history.add_blob(b"somebody's own")
    for name in "abc":
        known.publish(told(OWN, name=name, head=commit(history, {"a": name})))
    objects = Path(history.path, "objects")
    for path in objects.glob("??/*"):
        os.utime(path, (1, 1))

    known.publish(told(OWN, name="d"))

    left = {path.parent.name + path.name for path in objects.glob("??/*")}
    assert left == {mine.hex(), history.target(f"refs/annexish/holdings/{OWN}")}
    assert "missing" not in git(history.path, "fsck", "--strict")
    assert not file_flaws(history)
    assert not list(object_flaws(history))


def test_a_lock_of_a_killed_command_does_not_stay(known: KnownHoldings, history: History) -> None:
    """The writers' lock is held, so nobody else has it."""
    known.publish(told(OWN))
    Path(history.path, f"refs/annexish/holdings/{OWN}.lock").touch()
    assert known.publish(told(OWN, name="b")).counter == 2
