"""Histories between repositories, and what is refused of what comes from elsewhere."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from annexish.codec.confirmed import encode_confirmed
from annexish.codec.holdings import decode_holdings
from annexish.codec.intake import Limits
from annexish.codec.messages import CONFIRMS, encode_message
from annexish.codec.objects import object_name
from annexish.codec.shards import shard_of
from annexish.codec.trees import with_confirmed
from annexish.diff.patch import Put, patch
from annexish.errors import AnnexishError, Corrupt, Missing, Refused, Unreachable
from annexish.model.entry import Entry
from annexish.model.ids import BlobId, CommitId, TreeId
from annexish.model.objects import GitObject
from annexish.model.published import HEADS, HOLDINGS
from annexish.store.exchange import objects_between, published, take
from annexish.store.history import History, Nodes
from annexish.store.holdings import KnownHoldings
from annexish.store.pack import PackWriter
from tests.foreign import ATTACKS, BELOW, FILE, HEAD, OTHER, OWN, RIGHT, THIRD, Made, holdings, tree_of
from tests.pictures import entry, object_id, root
from tests.store.repositories import commit, commit_bytes, git


@pytest.fixture
def here(tmp_path: Path) -> History:
    """The repository that takes."""
    return History.create(str(tmp_path / "here.git"))


@pytest.fixture
def there(tmp_path: Path) -> History:
    """The repository that gives."""
    return History.create(str(tmp_path / "there.git"))


def fetch(here: History, there: History, wants: list[str], haves: list[str]) -> list[GitObject]:
    """What comes over; one head of them is known afterwards."""
    objects = list(objects_between(there, wants, haves))
    commits = [name for name in wants if there.kind(bytes.fromhex(name)) == b"commit"]
    take(here, objects, {HEAD: commits[-1]} if commits else {}, own=OWN)
    return objects


def names(objects: list[GitObject]) -> list[str]:
    """What the objects are called."""
    return [object_name(*each).hex() for each in objects]


def held(history: History) -> set[str]:
    """The names of all objects that Git finds."""
    lines = git(history.path, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
    return {line.split()[0] for line in lines}


# What is given


def test_a_history_goes_over(here: History, there: History) -> None:
    """All that leads to a head, each object after what it names; Git agrees."""
    one = commit(there, {"a": "1"}, "one")
    two = commit(there, {f"{number:05}": "1" for number in range(5000)}, "two", one)
    three = commit(there, {"a": "3"}, "three", one)
    four = commit(there, {"b": "4"}, "four", two, three)
    came = fetch(here, there, [four], [])
    assert held(here) == held(there)
    assert len(set(names(came))) == len(came)
    git(here.path, "fsck", "--strict", "--full")
    assert Nodes(here)(here.commit(two).tree).total == 5001
    known: set[str] = set()
    for name, each in zip(names(came), came, strict=True):
        words = git(there.path, "cat-file", "-p", name).split() if each.kind != b"blob" else []
        assert set(words) & held(there) <= known | {name}
        known.add(name)


def test_only_what_lacks_goes_over(here: History, there: History) -> None:
    """The commits after the known ones, and of their trees what is new; of what is had some may be unknown."""
    one = commit(there, {"a": "1"}, "one")
    fetch(here, there, [one], [])
    two = commit(there, {"a": "2"}, "two", one)
    came = fetch(here, there, [two], [one, "f" * 40, "no name"])
    assert [each.kind for each in came] == [b"blob", b"tree", b"commit"]
    assert fetch(here, there, [two], [two]) == []
    assert held(here) == held(there)


def test_many_commits_go_over_at_once(here: History, there: History) -> None:
    """Of each what is new since the one before, whether a directory is split or not."""
    split = {f"{number}": "1" for number in range(4200)}
    head: list[CommitId] = []
    for number in range(80):
        head = [snapshot(there, {f"{number}": "1", "d": split, "e": {"f": {f"{number}": "1"}}}, *head)]
    came = fetch(here, there, list(head), [])
    assert held(here) == held(there)
    assert len(came) < 80 * 7 + 40


def test_a_confirmation_goes_over_whole(here: History, there: History) -> None:
    """Its blob is part of its tree only, and the snapshot is that of its parent."""
    one = commit(there, {"a": "1"}, "one")
    made = Made()
    losses = BlobId(made.put(b"blob", encode_confirmed([(object_id("a"), None)])))
    tree = TreeId(made.put(b"tree", with_confirmed(there.tree(there.commit(one).tree), losses)))
    two = made.commit(tree, encode_message("x", "r", {CONFIRMS: 1}).encode(), one)
    put(there, *made)
    three = commit(there, {"a": "2"}, "three", CommitId(two))
    fetch(here, there, [three], [])
    assert held(here) == held(there)
    assert here.confirmed(CommitId(two)) == encode_confirmed([(object_id("a"), None)])
    assert here.commit(CommitId(two)).tree == here.commit(one).tree


def test_a_blob_is_wanted_by_itself(here: History, there: History) -> None:
    """Holdings are blobs that no tree names."""
    (told,) = put(there, holdings())
    assert list(objects_between(there, [told.hex()], [])) == [holdings()]
    assert list(objects_between(there, [told.hex()], [told.hex()])) == []
    take(here, objects_between(there, [told.hex()], []), {HOLDINGS + OTHER: told.hex()}, own=OWN)
    assert published(here, OWN, None) == {HOLDINGS + OTHER: told.hex()}
    take(here, [], {HOLDINGS + OTHER: told.hex()}, own=OWN)


@pytest.mark.parametrize("wanted", ["f" * 40, "", "HEAD", "F" * 40, "a" * 39])
def test_what_is_not_here_cannot_be_wanted(there: History, wanted: str) -> None:
    """One error, whatever was asked for."""
    commit(there, {"a": "1"}, "one")
    with pytest.raises(Missing):
        list(objects_between(there, [wanted], []))


def test_a_tree_cannot_be_wanted(there: History) -> None:
    """References name commits and blobs."""
    tree = there.commit(commit(there, {"a": "1"}, "one")).tree.hex()
    with pytest.raises(Missing):
        list(objects_between(there, [tree], []))


def put(history: History, *objects: GitObject) -> list[bytes]:
    """Put objects into a pack, unchecked; return their names."""
    pack = PackWriter(history.packs)
    made = [pack.put(kind, data) for kind, data in objects]
    pack.publish()
    history.refresh()
    return made


def snapshot(history: History, picture: dict[str, object], *parents: CommitId) -> CommitId:
    """Record directories of directories; a number is how many files are in one, all called after it."""
    pack = PackWriter(history.packs)
    nodes = Nodes(history, pack)
    made = CommitId(pack.put(b"commit", commit_bytes(_tree(nodes, picture, root()), "x", *parents)).hex())
    pack.publish()
    history.refresh()
    return made


def _tree(nodes: Nodes, picture: dict[str, object], own: Entry | None = None) -> TreeId:
    delta = {}
    for label, what in picture.items():
        one = entry(label, {} if isinstance(what, dict) else str(what))
        delta[one.name] = Put(one, _tree(nodes, what)) if isinstance(what, dict) else Put(one)
    return patch(nodes, nodes.save, shard_of, None, delta, own).tree


MANY = {f"d{number}": {f"{number}-{each}": "1" for each in range(3)} for number in range(50)}
MOVES: dict[str, tuple[dict[str, object], dict[str, object], int]] = {
    "renamed": ({"a": MANY}, {"b #a": MANY}, 2),
    "into another directory": ({"a": MANY, "b": {}}, {"b": {"a": MANY}}, 4),
    "into a new directory": ({"a": MANY}, {"n": {"m": {"a": MANY}}}, 6),
    "out of one that is gone": ({"p": {"q": {"a": MANY}}}, {"a": MANY}, 2),
    "from one that is gone to one that is new": ({"p": {"q": {"a": MANY}}}, {"n": {"a": MANY}}, 4),
    "moved, and a file in it changed": ({"a": MANY, "b": {}}, {"b": {"a": {**MANY, "new": "1"}}}, 6),
    "both exchanged": ({"a": MANY, "b": {"x": "1"}}, {"a #b": {"x": "1"}, "b #a": MANY}, 2),
}


@pytest.mark.parametrize("case", MOVES)
def test_what_moved_does_not_go_over(here: History, there: History, case: str) -> None:
    """A directory that was somewhere else before is had: only what names it is new."""
    before, after, most = MOVES[case]
    one = snapshot(there, before)
    fetch(here, there, [one], [])
    two = snapshot(there, after, one)
    came = fetch(here, there, [two], [one])
    assert len(came) <= most + 1
    assert held(here) == held(there)


def test_any_change_goes_over(here: History, there: History) -> None:
    """Whatever became of directories: what is taken is whole."""
    choose = random.Random(5)
    head: list[CommitId] = []
    for _ in range(60):
        picture = _any_tree(choose, [f"{number}" for number in range(choose.randrange(14))])
        made = snapshot(there, picture, *head)
        fetch(here, there, [made], list(head))
        head = [made]
    git(here.path, "fsck", "--strict", "--full")
    assert held(here) == held(there)


def _any_tree(choose: random.Random, labels: list[str]) -> dict[str, object]:
    """Directories and files, each at any place."""
    top: dict[str, object] = {}
    places = [top]
    for label in labels:
        what: dict[str, object] | str = {} if choose.random() < 0.6 else "1"
        choose.choice(places)[label] = what
        if isinstance(what, dict):
            places.append(what)
    return top


def test_a_large_directory_that_is_split_goes_over(here: History, there: History) -> None:
    """And joined again; a directory in it is had."""
    few, many = {"d": MANY}, {"d": MANY, **{f"{number}": "1" for number in range(4200)}}
    head = snapshot(there, {"a": few})
    fetch(here, there, [head], [])
    for picture in (many, {**many, "x": "1"}, few):
        following = snapshot(there, {"a": picture}, head)
        came = fetch(here, there, [following], [head])
        assert len(came) < 2 * len(MANY)
        head = following
    assert held(here) == held(there)


# References


def test_what_is_published(here: History, there: History) -> None:
    """The own head, and what is known of others; branches and tags are nobody's business."""
    assert published(there, THIRD, None) == {}
    one = commit(there, {"a": "1"}, "one")
    git(there.path, "update-ref", "refs/tags/mine", one)
    git(there.path, "update-ref", "refs/annexish/other/" + OTHER, one)
    git(there.path, "update-ref", HEADS + THIRD, one)
    two = commit(there, {"a": "2"}, "two", one)
    told = object_name(*holdings()).hex()
    take(there, [holdings()], {HEAD: one, HOLDINGS + OTHER: told}, own=THIRD)
    known = {HEADS + THIRD: two, HEAD: one, HOLDINGS + OTHER: told}
    assert published(there, THIRD, two) == known
    git(there.path, "pack-refs", "--all")
    assert published(there, THIRD, two) == known
    take(here, objects_between(there, list(known.values()), []), known, own=OWN)
    assert published(here, OWN, None) == known


def test_a_head_does_not_go_back(here: History, there: History) -> None:
    """Who tells of an older one knows less; a newer one is taken."""
    one = commit(there, {"a": "1"}, "one")
    two = commit(there, {"a": "2"}, "two", one)
    fetch(here, there, [two], [])
    take(here, [], {HEAD: one}, own=OWN)
    assert here.target(HEAD) == two
    three = commit(there, {"a": "3"}, "three", two)
    fetch(here, there, [three], [two])
    assert here.target(HEAD) == three


def test_holdings_do_not_go_back(here: History, there: History) -> None:
    """Of two the one with the higher counter is believed, whoever brings it; the head goes with it."""
    one = commit(there, {"a": "1"}, "one")
    two = commit(there, {"a": "2"}, "two", one)
    newer, older = holdings(2, two), holdings(1, one)
    for each, head in ((older, one), (newer, two), (older, one)):
        take(here, [*objects_between(there, [head], []), each], {HOLDINGS + OTHER: object_name(*each).hex()}, own=OWN)
    assert published(here, OWN, None) == {HEAD: two, HOLDINGS + OTHER: object_name(*newer).hex()}


def test_a_lock_that_was_left_behind_goes(here: History, there: History) -> None:
    """A command that was killed while it set a reference does not hinder the next one."""
    one = commit(there, {"a": "1"}, "one")
    lock = Path(here.path, HEAD + ".lock")
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(Unreachable):
        fetch(here, there, [one], [])
    here.unlock()
    fetch(here, there, [one], [])
    assert here.target(HEAD) == one


def test_nobody_tells_a_repository_of_itself(here: History, there: History) -> None:
    """What others know of it is older, or wrong: it is passed over, but for the number of what it told."""
    one = commit(there, {"a": "1"}, "one")
    told = holdings(9, one, OWN)
    names = {HEADS + OWN: one, HOLDINGS + OWN: object_name(*told).hex()}
    take(here, [*objects_between(there, [one], []), told], names, own=OWN)
    assert published(here, OWN, None) == {}
    known = KnownHoldings(here, OWN)
    mine = known.publish(decode_holdings(told.data)._replace(name="mine", head=None))
    take(here, [told], names, own=OWN)
    assert known.last() == mine._replace(counter=10)


@pytest.mark.parametrize(
    "reference",
    ["refs/heads/main", "refs/heads/" + OTHER, "HEAD", HEADS + "x", HEADS + "1" * 31,
     HEADS + "A" * 32, HEADS + "../../heads/main", HEADS + OTHER + "/x", HEADS + OTHER + "\n", "refs/annexish/" + OTHER,
     "../config", "", "refs/tags/x"],
)  # fmt: skip
def test_other_references_are_not_set(here: History, there: History, reference: str) -> None:
    """Only what a repository says of itself and of others, under their ids."""
    one = commit(there, {"a": "1"}, "one")
    with pytest.raises(Refused):
        take(here, objects_between(there, [one], []), {HEAD: one, reference: one}, own=OWN)
    assert nothing_moved(here)


# Attacks


def nothing_moved(history: History) -> bool:
    """Whether a history is as it was made: no reference, no object, no file."""
    return not os.listdir(history.packs) and not git(history.path, "for-each-ref") and not held(history)


@pytest.mark.parametrize("case", ATTACKS)
def test_what_is_no_history_is_refused(here: History, case: str) -> None:
    """With an error that says so; no reference moves, and nothing is left behind."""
    made = Made()
    references = ATTACKS[case](made)
    with pytest.raises((Corrupt, Refused)):
        take(here, made, references, own=OWN)
    assert nothing_moved(here)


def test_what_is_wrong_is_named(here: History) -> None:
    """The name of the object, why, and what a person can do."""
    made = Made()
    tree = made.node(blob=msgpack.packb([2, None, [], [], b"", b""]))
    with pytest.raises(Corrupt, match=f"object {tree.hex()} .* has version 2") as caught:
        take(here, made, {}, own=OWN)
    assert caught.value.hint == "update annexish"


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_a_history_is_taken(here: History, case: str) -> None:
    """What looks odd and may be."""
    made = Made()
    references = RIGHT[case](made)
    take(here, made, references, own=OWN)
    assert published(here, OWN, None) == references
    git(here.path, "fsck", "--strict", "--full")
    assert here.commit(CommitId(references[HEAD])).id == references[HEAD]


def test_what_is_here_is_not_believed_either(here: History) -> None:
    """An object that somebody refers to is looked at, though it came before or is of another history."""
    made = Made()
    old = made.node(FILE, own=root())
    blob = made.put(b"blob", b"no entries")
    take(here, made, {}, own=OWN)
    for attack in (
        tree_of(lambda _: TreeId(blob)),
        tree_of(lambda made: TreeId(made.put(b"tree", b"100644 entries\0" + blob))),
        tree_of(lambda made: made.node(BELOW, own=root(), below={BELOW.id: TreeId(blob)})),
        tree_of(lambda made: made.node(own=root(), more=(BlobId(old), None))),
    ):
        made = Made()
        before = held(here)
        references = attack(made)
        with pytest.raises(Corrupt):
            take(here, made, references, own=OWN)
        assert held(here) == before
        assert here.target(HEAD) is None


def _endless(size: int) -> Iterator[GitObject]:
    number = 0
    while True:
        number += 1
        yield GitObject(b"blob", number.to_bytes(8, "big") * size)


@pytest.mark.parametrize(("size", "limits"), [(1, Limits(total=1 << 20)), (1 << 14, Limits(total=1 << 24))])
def test_what_has_no_end_is_refused(here: History, size: int, limits: Limits) -> None:
    """Many small objects, or large ones: it ends at a limit, and nothing is left."""
    with pytest.raises(Refused, match="more than a history may have"):
        take(here, _endless(size), {}, own=OWN, limits=limits)
    assert nothing_moved(here)


def test_an_object_that_is_too_large_is_refused(here: History) -> None:
    """Before it is written."""
    with pytest.raises(Refused, match="more than a history may have"):
        take(here, [GitObject(b"blob", bytes(1001))], {}, own=OWN, limits=Limits(object=1000))
    take(here, [GitObject(b"blob", bytes(1000))], {}, own=OWN, limits=Limits(object=1000))


def test_more_holdings_than_fit_are_refused(here: History) -> None:
    """They are held in memory until the history is there."""
    one, two = holdings(id=OTHER), holdings(id=THIRD)
    names = {HOLDINGS + OTHER: object_name(*one).hex(), HOLDINGS + THIRD: object_name(*two).hex()}
    with pytest.raises(Refused, match="more holdings"):
        take(here, [one, two], names, own=OWN, limits=Limits(object=2 * len(one.data) - 1))
    take(here, [one, two], names, own=OWN, limits=Limits(object=2 * len(one.data)))
    assert published(here, OWN, None) == names


def test_a_giver_that_ends_in_the_middle_leaves_nothing(here: History, there: History) -> None:
    """What came before is thrown away, and comes again with the next try."""
    one = commit(there, {"a": "1"}, "one")
    objects = list(objects_between(there, [one], []))

    def broken() -> Iterator[GitObject]:
        yield from objects[:-1]
        raise Missing("gone")

    with pytest.raises(AnnexishError, match="gone"):
        take(here, broken(), {HEAD: one}, own=OWN)
    assert nothing_moved(here)


def test_git_takes_what_was_taken(here: History, there: History, tmp_path: Path) -> None:
    """A stock Git fetches the references of all repositories, as any others."""
    one = commit(there, {f"{number:05}": "1" for number in range(5000)}, "one")
    fetch(here, there, [one], [])
    git(tmp_path, "init", "-q", "--bare", "stock.git")
    words = ["fetch", "-q", here.path, "refs/annexish/*:refs/annexish/*"]
    subprocess.run(["git", "-C", str(tmp_path / "stock.git"), "-c", "fetch.fsckObjects=true", *words], check=True)
    assert git(tmp_path / "stock.git", "rev-parse", HEAD).strip() == one
