"""What every remote does with histories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.codec.commits import links_in
from annexish.codec.objects import object_name
from annexish.codec.trees import rows_in
from annexish.errors import Corrupt, Missing, Refused
from annexish.model.objects import GitObject
from annexish.model.published import HEADS, HOLDINGS
from annexish.remote.port import Remote
from tests.foreign import ATTACKS, HEAD, OTHER, RIGHT, THIRD, Made, history, holdings


def names(objects: list[GitObject]) -> list[str]:
    """What the objects are called."""
    return [object_name(*each).hex() for each in objects]


def test_a_remote_says_who_it_is(remote: Remote) -> None:
    """An id that stays, in 32 hexadecimal digits; before the first commit it has no head and publishes nothing."""
    peer = remote.hello()
    assert (len(bytes.fromhex(peer.id)), peer.id.lower(), peer.head, peer.takes) == (16, peer.id, None, True)
    assert remote.hello()._replace(free=peer.free) == peer
    assert remote.references() == {}


def test_a_history_comes_back(remote: Remote) -> None:
    """Every object once, and the references as they were told."""
    made = Made()
    _, head = history(made)
    told = holdings(1, head)
    references = {HEAD: str(head), HEADS + THIRD: str(head), HOLDINGS + OTHER: object_name(*told).hex()}
    remote.receive([*made, told], references)
    assert remote.references() == references
    came = list(remote.objects(sorted(set(references.values())), []))
    assert sorted(names(came)) == sorted({*names(made), object_name(*told).hex()})


def test_what_is_named_comes_first(remote: Remote) -> None:
    """So that who takes it can check each object as it comes."""
    made = Made()
    _, head = history(made)
    remote.receive(made, {HEAD: head})
    known: set[bytes] = set()
    for kind, data in remote.objects([head], []):
        if kind == b"tree":
            assert {name for _, name in rows_in(data)} <= known
        elif kind == b"commit":
            tree, parents = links_in(data)
            assert {tree, *map(bytes.fromhex, parents)} <= known
        known.add(object_name(kind, data))


def test_only_what_lacks_comes(remote: Remote) -> None:
    """Of what the asker has some may be unknown, or be no name at all."""
    made = Made()
    first, head = history(made)
    remote.receive(made, {HEAD: head})
    before = set(names(list(remote.objects([first], []))))
    assert set(names(list(remote.objects([head], [first, "f" * 40, "no name"])))) == {*names(made)} - before
    assert list(remote.objects([head], [head])) == []
    assert list(remote.objects([], [])) == []


@pytest.mark.parametrize("wanted", ["f" * 40, "", "HEAD", "x" * 40])
def test_what_is_not_there_is_missing(remote: Remote, wanted: str) -> None:
    """Whoever asks for it is told."""
    with pytest.raises(Missing):
        list(remote.objects([wanted], []))


def test_what_is_there_need_not_come_again(remote: Remote) -> None:
    """What is new may name what came before; the same may come twice."""
    made = Made()
    first, head = history(made)
    split = next(at for at, each in enumerate(made) if object_name(*each).hex() == first) + 1
    remote.receive(made[:split], {HEAD: first})
    remote.receive(made[split:], {HEAD: head})
    remote.receive([*made, *made], {HEAD: head})
    remote.receive([], {HEADS + THIRD: first})
    assert remote.references() == {HEAD: head, HEADS + THIRD: first}


def test_nothing_goes_back(remote: Remote) -> None:
    """An older head, or older holdings, are passed over."""
    made = Made()
    first, head = history(made)
    newer, older = holdings(2, head), holdings(1, first)
    remote.receive([*made, newer], {HEAD: head, HOLDINGS + OTHER: object_name(*newer).hex()})
    before = remote.references()
    remote.receive([older], {HEAD: first, HOLDINGS + OTHER: object_name(*older).hex()})
    assert remote.references() == before


def test_nobody_tells_a_remote_of_itself(remote: Remote) -> None:
    """It knows that better."""
    made = Made()
    _, head = history(made)
    id = remote.hello().id
    told = holdings(7, head, id)
    remote.receive([*made, told], {HEADS + id: head, HOLDINGS + id: object_name(*told).hex(), HEAD: head})
    assert remote.references() == {HEAD: head}
    assert remote.hello().head is None


@pytest.mark.parametrize("case", ATTACKS)
def test_what_is_no_history_is_refused(remote: Remote, case: str) -> None:
    """And nothing is published of it."""
    made = Made()
    references = ATTACKS[case](made)
    with pytest.raises((Corrupt, Refused)):
        remote.receive(made, references)
    assert remote.references() == {}


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_a_history_is_taken(remote: Remote, case: str) -> None:
    """What looks odd and may be."""
    made = Made()
    references = RIGHT[case](made)
    remote.receive(made, references)
    assert remote.references() == references


@pytest.mark.parametrize("reference", ["refs/heads/main", "HEAD", HEADS + "x", HEADS + "../../heads/main", ""])
def test_other_references_are_refused(remote: Remote, reference: str) -> None:
    """All are looked at before one is set."""
    made = Made()
    _, head = history(made)
    with pytest.raises(Refused):
        remote.receive(made, {HEAD: head, reference: head})
    assert remote.references() == {}


def test_who_ends_in_the_middle_begins_again(remote: Remote) -> None:
    """Wherever it was: nothing is published, and the next try is taken."""
    made = Made()
    _, head = history(made)
    for end in range(len(made) + 1):
        with pytest.raises(KeyboardInterrupt):
            remote.receive(_broken(made[:end]), {HEAD: head})
        assert remote.references() == {}
    remote.receive(made, {HEAD: head})
    assert remote.references() == {HEAD: head}


def _broken(objects: list[GitObject]) -> Iterator[GitObject]:
    yield from objects
    raise KeyboardInterrupt
