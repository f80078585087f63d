"""How every remote verifies what it holds."""

from __future__ import annotations

from contextlib import suppress
from itertools import repeat

import pytest

from annexish.errors import Missing, Unreachable
from annexish.model.budget import Budget
from annexish.model.content import BLOCK, Holder
from annexish.model.path import RepoPath
from annexish.model.report import Tick, Verified
from annexish.remote.port import Remote
from tests.giving import Bytes, Giver, Nothing
from tests.remote.conformance.conftest import Given
from tests.remote.conformance.places import digest
from tests.store.repositories import noise

GOOD = noise(2 * BLOCK + 7)
EVERYTHING = Budget()


def damage(done: Verified) -> list[tuple[str, bool]]:
    """What a verification found, in few words."""
    return [(problem.code, problem.healed) for problem in done.problems]


def test_an_empty_one_is_well(remote: Remote) -> None:
    """There is nothing to read."""
    assert remote.verify((), EVERYTHING) == Verified(0, 0, (), 0, 0, 0)


def test_everything_is_read(given: Given) -> None:
    """Each content once, and who asks may hear how far that is."""
    for data in (b"one", b"three", GOOD):
        given.hold(data)
    ticks: list[Tick] = []
    with given.remote as remote:
        assert remote.verify((), EVERYTHING, progress=ticks.append) == Verified(3, 8 + len(GOOD), (), 0, 0, 0)
        assert remote.verify((), EVERYTHING).files == 3
    assert {tick.stage for tick in ticks} == {"verifying"}
    assert all(tick.files <= 3 and tick.size <= 8 + len(GOOD) for tick in ticks)


def test_a_budget_is_kept(given: Given) -> None:
    """Of bytes, in turn, so that everything is read in the end; or of time."""
    for number in range(4):
        given.hold(noise(100 + number))
    with given.remote as remote:
        assert remote.verify((), Budget(0.0)) == Verified(0, 0, (), 0, 0, 4)
        read = [remote.verify((), Budget(None, 150)).files for _ in range(2)]
        assert read == [2, 2]


def test_what_is_at_no_path_is_missing(given: Given) -> None:
    """Whatever leads out of it, too; and then something else may be asked."""
    given.hold(b"one")
    with given.remote as remote:
        for path in (b"nowhere", b"../..", b"/etc/passwd", b".annexish", b"a//b", b"a\0b", b"\xff" * 70_000):
            with pytest.raises(Missing):
                remote.verify([RepoPath(path)], EVERYTHING)
        assert remote.verify((), EVERYTHING).files == 1


def test_rot_is_found(given: Given) -> None:
    """Each time, and nothing is healed unasked."""
    given.hold(GOOD)
    given.hold(b"sound")
    given.rot(digest(GOOD))
    with given.remote as remote:
        for _ in range(2):
            assert damage(remote.verify((), EVERYTHING)) == [("kept", False)]
        assert remote.prove([digest(GOOD)]) == []


def test_rot_is_healed_from_what_is_lent(given: Given) -> None:
    """The next time all is well."""
    given.hold(GOOD)
    given.hold(b"sound")
    given.rot(digest(GOOD))
    with given.remote as remote:
        assert damage(remote.verify((), EVERYTHING, lender=Bytes(GOOD))) == [("kept", True)]
        assert damage(remote.verify((), EVERYTHING)) == []
        assert remote.prove([digest(GOOD)]) == [digest(GOOD)]


LENDERS: dict[str, Holder] = {
    "nothing": Nothing(),
    "nothing in the end": Nothing(GOOD[:BLOCK]),
    "no bytes": Giver([]),
    "other bytes": Giver([bytes(len(GOOD))]),
    "too few": Giver([GOOD[:-1]]),
    "too many": Giver([GOOD, b"x"]),
    "endless": Giver(repeat(bytes(BLOCK))),
}


@pytest.mark.parametrize("case", LENDERS)
def test_what_is_no_good_copy_heals_nothing(given: Given, case: str) -> None:
    """The verification goes on, and the next lender is believed as little."""
    for data in (GOOD, GOOD[::-1], b"sound"):
        given.hold(data)
    given.rot(digest(GOOD))
    given.rot(digest(GOOD[::-1]))
    with given.remote as remote:
        done = remote.verify((), EVERYTHING, lender=LENDERS[case])
        assert (damage(done), done.files) == ([("kept", False)] * 2, 3)
        assert remote.prove([digest(GOOD), digest(b"sound")]) == [digest(b"sound")]


def test_a_lender_that_goes_away(given: Given) -> None:
    """Ends it, or leaves what it was to heal; what can be asked afterwards is answered."""
    given.hold(GOOD)
    given.rot(digest(GOOD))
    with given.remote as remote:
        with suppress(Unreachable):
            assert damage(remote.verify((), EVERYTHING, lender=Bytes(GOOD, ends=BLOCK))) == [("kept", False)]
        assert remote.prove([digest(GOOD)]) == []
