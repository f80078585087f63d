"""What holds for the difference of any two snapshots."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from annexish.diff.compare import compare
from annexish.diff.resolve import walk
from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ObjectId, TreeId
from annexish.model.path import TOP, RepoPath, components, join, split
from tests.pictures import Nodes, Picture, Thing

Drawn = dict[str, "str | Drawn | Thing"]
NAMES = ("a", "a.b", "b", "c")


@st.composite
def pictures(draw: st.DrawFn, groups: list[tuple[int, ...]]) -> Picture:
    """A picture of some of the objects, each a file or a directory, anywhere; a group is one object with more ids."""
    top: Drawn = {}
    directories = [top]
    for group in draw(st.permutations(groups)):
        if not draw(st.booleans() | st.just(value=True)):
            continue
        where = draw(st.sampled_from(directories))
        free = [name for name in NAMES if not any(label.split(" #")[0] == name for label in where)]
        if not free:
            continue
        label = draw(st.sampled_from(free)) + "".join(f" #{number}" for number in group)
        # an object seldom is of another kind than before
        if draw(st.integers(0, 5)) == group[0] % 2:
            inside: Drawn = {}
            where[label] = Thing(inside, mode=draw(st.sampled_from((0o755, 0o700))))
            directories.append(inside)
        elif group[0] % 2:
            inside = {}
            where[label] = inside
            directories.append(inside)
        else:
            where[label] = Thing(draw(st.sampled_from(("1", "22"))), mode=draw(st.sampled_from((0o644, 0o600))))
    return top


SINGLE: list[tuple[int, ...]] = [(number,) for number in range(10)]
JOINED: list[tuple[int, ...]] = [(0, 2), (1, 3), *SINGLE[4:]]
pairs = st.tuples(pictures(SINGLE), pictures(SINGLE) | pictures(JOINED))


def flat(nodes: Nodes, tree: TreeId) -> dict[RepoPath, Entry]:
    """A snapshot as a dict from path to entry."""
    return dict(walk(nodes.load, tree, TOP, recursive=True))


def applied(before: dict[RepoPath, Entry], changes: Iterable[Change]) -> dict[RepoPath, Entry]:
    """Carry out changes on a dict: what is not named goes where its directory goes."""
    by_id: dict[ObjectId, Change] = {}
    result: dict[RepoPath, Entry] = {}
    for change in changes:
        if change.before is not None:
            by_id[change.before.id] = change
        if change.after is not None:
            assert change.path not in result, "one thing comes to a path"
            result[change.path] = change.after
    places: dict[RepoPath, RepoPath] = {TOP: TOP}
    for path, entry in before.items():
        own = by_id.get(entry.id)
        if own is not None:
            places[path] = own.path
            continue
        parent, name = split(path)
        # whatever was in a directory that is gone is named itself
        places[path] = join(places[parent], name)
        assert places[path] not in result, "what stays is not overwritten"
        result[places[path]] = entry
    for path in result:
        parent = split(path)[0]
        assert not parent or result[parent].kind is Kind.DIRECTORY, "what is there is in a directory"
    return result


def essence(snapshot: dict[RepoPath, Entry]) -> dict[RepoPath, tuple[object, ...]]:
    """What a snapshot says, without ids: an object that gets another id is no change."""
    return {path: (content_of(entry), metadata_of(entry)) for path, entry in snapshot.items()}


@given(pairs)
def test_changes_lead_from_before_to_after(pair: tuple[Picture, Picture]) -> None:
    """Carrying out the changes on the first snapshot gives the second."""
    nodes = Nodes()
    before, after = (nodes.snapshot(picture) for picture in pair)
    changes = list(compare(nodes.load, before, after))
    assert essence(applied(flat(nodes, before), changes)) == essence(flat(nodes, after))


@given(pairs)
def test_changes_come_in_tree_order_and_each_once(pair: tuple[Picture, Picture]) -> None:
    """The order is that of components, and no object is before or after two changes."""
    nodes = Nodes()
    before, after = (nodes.snapshot(picture) for picture in pair)
    changes = list(compare(nodes.load, before, after))
    places = [components(change.path) for change in changes]
    assert places == sorted(places)
    for side in ([change.before for change in changes], [change.after for change in changes]):
        ids = [entry.id for entry in side if entry is not None]
        assert len(set(ids)) == len(ids)


@given(pairs)
def test_a_change_changes_something(pair: tuple[Picture, Picture]) -> None:
    """An object that is what and where it was is not spoken of; one that is there on both sides is one change."""
    nodes = Nodes()
    before, after = (nodes.snapshot(picture) for picture in pair)
    deleted: dict[tuple[ObjectId, bool], Change] = {}
    added: dict[tuple[ObjectId, bool], Change] = {}
    for change in compare(nodes.load, before, after):
        if change.before is not None and change.after is not None:
            if change.word == "metadata":
                assert metadata_of(change.before) != metadata_of(change.after)
        elif len(change.entry.ids) == 1:
            side = deleted if change.after is None else added
            side[change.entry.id, change.kind is Kind.DIRECTORY] = change
    assert not deleted.keys() & added.keys()


@given(pictures(SINGLE))
def test_a_snapshot_does_not_differ_from_itself(picture: Picture) -> None:
    """Diff with itself is empty, also when it is built a second time."""
    nodes = Nodes()
    tree = nodes.snapshot(picture)
    assert list(compare(nodes.load, tree, tree)) == []
    assert nodes.snapshot(picture) == tree


@given(st.tuples(pictures(SINGLE), pictures(SINGLE)))
def test_the_way_back_is_as_long(pair: tuple[Picture, Picture]) -> None:
    """What was added is deleted on the way back, and what moved moves back."""
    nodes = Nodes()
    before, after = (nodes.snapshot(picture) for picture in pair)
    there = sorted((one.word, one.entry.id) for one in compare(nodes.load, before, after) if one.word == "added")
    back = sorted((one.word, one.entry.id) for one in compare(nodes.load, after, before) if one.word == "deleted")
    assert [id for _, id in there] == [id for _, id in back]
