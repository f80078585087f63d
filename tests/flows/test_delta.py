"""Of a large file that was edited only what differs crosses, whichever side has the old version."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Unreachable
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.taking import Taking, incoming_into, way_of
from annexish.flows.place.place import Place
from annexish.flows.remotes.far import Far
from annexish.flows.sync.sync import Synced
from annexish.model.content import Piece, Recipe, Want
from annexish.model.ids import Digest
from tests.conftest import MakeFilesystem
from tests.giving import Bytes, put
from tests.remote.conformance.places import digest
from tests.store.repositories import noise
from tests.trees import Tree

SIZE = 8 << 20
LARGE = noise(SIZE)
FEW = 512 << 10
"""More does not cross for one place that was edited."""
MIDDLE = SIZE // 2

EDITS: dict[str, tuple[bytes, int]] = {
    "inserted at the start": (b"a new beginning" + LARGE, FEW),
    "changed in the middle": (LARGE[:MIDDLE] + b"changed" + LARGE[MIDDLE + 7 :], FEW),
    "appended": (LARGE + noise(100_000, 1), FEW),
    "cut at the end": (LARGE[:-1_000_000], FEW),
    "cut at the start": (LARGE[1_000_000:], FEW),
    "the halves exchanged": (LARGE[MIDDLE:] + LARGE[:MIDDLE], FEW),
    "twice": (LARGE + LARGE, FEW),
    "everywhere": (LARGE[::-1], SIZE),
}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Tree, Tree]:
    """Two repositories with a large and a small file."""
    return made(tmp_path)


def made(top: Path) -> tuple[Tree, Tree]:
    """The same, in a directory."""
    here = Tree(top, {"large": LARGE, "small": "1\n"}, name="here")
    here.commit()
    Repository.clone(here.top, top / "there")
    return here, Tree.opened(str(top / "there"))


def save(tree: Tree, path: str, data: bytes | str) -> None:
    """Save as most editors do, through a new file."""
    tree.write("saving", data)
    tree.move("saving", path)


def synced(tree: Tree) -> Synced:
    """What a sync from the second one did; nothing was wrong."""
    done = tree.repository.sync()
    assert not done.problems
    assert not any(one.problems for one in done.remotes)
    return done


@pytest.mark.parametrize("received", [True, False])
@pytest.mark.parametrize("edit", EDITS)
def test_what_differs_crosses(pair: tuple[Tree, Tree], edit: str, *, received: bool) -> None:
    """In both directions; the file is what it was made, and what is kept is sound."""
    here, there = pair
    edited, most = EDITS[edit]
    save(here if received else there, "large", edited)
    done = synced(there)
    met = done.remotes[0]
    assert (met.sent, met.received)[received] == done.bytes_copied <= most
    for tree in pair:
        assert tree.read("large") == edited
        assert tree.status() == []
        assert not tree.repository.verify().problems
    assert synced(there).bytes_copied == 0


def test_what_moved_too_has_its_old_version(pair: tuple[Tree, Tree]) -> None:
    """It is the same object."""
    here, there = pair
    here.move("large", "deep/er/moved")
    here.write("deep/er/moved", LARGE + b"more")
    assert there.repository.sync().bytes_copied <= FEW
    save(there, "deep/er/moved", LARGE + b"more than more")
    assert synced(there).bytes_copied <= FEW
    assert here.read("deep/er/moved") == LARGE + b"more than more"


def test_what_was_written_in_place_has_its_old_version_elsewhere(pair: tuple[Tree, Tree]) -> None:
    """The side that did not edit it has the base, and that is where it is wanted."""
    here, there = pair
    here.write("large", LARGE + b"more")
    assert there.repository.sync().bytes_copied <= FEW
    assert there.read("large") == LARGE + b"more"


def test_what_both_edited_crosses_both_ways(pair: tuple[Tree, Tree]) -> None:
    """Each side gets the version of the other one, from what both began with."""
    here, there = pair
    save(here, "large", b"one" + LARGE)
    save(there, "large", LARGE + b"other")
    assert synced(there).bytes_copied <= 2 * FEW
    assert {here.read(path) for path in here.ls()} == {b"one" + LARGE, LARGE + b"other", b"1\n"}


def test_what_both_edited_in_place_crosses_both_ways(pair: tuple[Tree, Tree]) -> None:
    """Nobody has what both began with, and each version is much like the other one."""
    here, there = pair
    here.write("large", b"one" + LARGE)
    there.write("large", LARGE + b"other")
    assert there.repository.sync().bytes_copied <= 2 * FEW
    assert {here.read(path) for path in here.ls()} == {b"one" + LARGE, LARGE + b"other", b"1\n"}


def test_small_files_go_whole(pair: tuple[Tree, Tree]) -> None:
    """To the byte, and so does what is new."""
    here, there = pair
    save(here, "small", "1\n2\n")
    here.write("new", noise(3_000_000, 3))
    there.write("other", "12345")
    assert synced(there).bytes_copied == 4 + 3_000_000 + 5


def place_of(tree: Tree) -> Place:
    """The place of a repository."""
    return Place(os.fsencode(tree.top))


def far(tree: Tree, holder: Bytes) -> int:
    """Let a repository be given a content as by another one."""
    with Far(place_of(tree)) as there:
        crossed = put(there, digest(holder.data), len(holder.data), holder, digest(LARGE))
        there.settle()
        assert list(there.prove([digest(holder.data)])) == [digest(holder.data)]
    return crossed


class Remote(Far):
    """A repository on another machine, of which one content is wanted."""

    def __init__(self, tree: Tree, holder: Bytes) -> None:
        super().__init__(place_of(tree))
        self._holder = holder

    def descriptor(self, digest: Digest) -> int | None:
        """None goes over a wire."""
        return None

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Give what there is."""
        return self._holder.read(digest, offset, known)


def taken(tree: Tree, holder: Bytes) -> int:
    """Let a repository take a content from another one."""
    place = place_of(tree)
    with Contents(place) as here, Remote(tree, holder) as remote:
        taking = Taking(here, [remote], incoming_into(here, way_of(place)))
        taking.take(Want(digest(holder.data), len(holder.data), digest(LARGE)))
        taking.settle()
        assert here.holds(digest(holder.data))
    return taking.received


# four places that differ, of about a MiB each
EDITED = b"".join(LARGE[at : at + (2 << 20)] + noise(1 << 20, at + 1) for at in range(0, SIZE, 2 << 20))
Way = Callable[[Tree, Bytes], int]


@pytest.mark.parametrize("way", [far, taken])
@pytest.mark.parametrize("ends", [0, 300_000, 1_500_000, 3_900_000])
def test_what_came_does_not_come_again(pair: tuple[Tree, Tree], way: Way, ends: int) -> None:
    """Whoever went away in the middle, and whether spans or bytes were last."""
    here, _ = pair
    with pytest.raises(Unreachable):
        way(here, Bytes(EDITED, ends=ends))
    holder = Bytes(EDITED)
    assert way(here, holder) == holder.sent
    assert holder.sent <= (4 << 20) + FEW - max(ends - (256 << 10), 0)


@pytest.mark.parametrize("way", [far, taken])
def test_killed_in_the_middle(pair: tuple[Tree, Tree], way: Way) -> None:
    """Nothing of a content is held before it is whole, and what was verified does not cross again."""
    here, _ = pair

    class Killing(Bytes):
        def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
            """Be killed after three MiB of bytes."""
            for piece in super().read(digest, offset, known):
                if self.sent > 3 << 20:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield piece

    child = os.fork()
    if not child:
        try:
            way(here, Killing(EDITED))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with Far(place_of(here)) as there:
        assert there.lacks([digest(EDITED)]) == [digest(EDITED)]
    holder = Bytes(EDITED)
    assert way(here, holder) == holder.sent <= (1 << 20) + FEW


@pytest.mark.parametrize("way", [far, taken])
def test_a_beginning_of_something_else_is_thrown_away(pair: tuple[Tree, Tree], way: Way) -> None:
    """The whole comes then, and it is right."""
    here, _ = pair
    name = digest(EDITED).hex()
    part = Path(here.path(f".annexish/keep/parts/{name}"))
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(noise(1_000_000, 9))
    assert way(here, Bytes(EDITED)) >= len(EDITED)


@pytest.mark.parametrize("way", [far, taken])
def test_an_old_version_that_rotted_is_what_it_is(pair: tuple[Tree, Tree], way: Way) -> None:
    """Its bytes are looked at, and not its name, so what is sound of it is of use."""
    here, _ = pair
    with open(here.path(f".annexish/keep/{digest(LARGE).hex()[:2]}/{digest(LARGE).hex()[2:]}"), "r+b") as kept:
        kept.write(bytes(1000))
    assert way(here, Bytes(EDITED)) <= (4 << 20) + FEW


@pytest.mark.root
@pytest.mark.parametrize("received", [True, False])
def test_blocks_are_shared_where_they_can_be(filesystem: MakeFilesystem, *, received: bool) -> None:
    """A reflink costs nothing and counts as the whole; a clone is one too."""
    top = filesystem("xfs", mib=400)
    here, there = made(top)
    save(here if received else there, "large", EDITED)
    (here if received else there).commit()
    os.sync()
    before = shutil.disk_usage(top).free
    assert synced(there).bytes_copied == len(EDITED)
    os.sync()
    assert before - shutil.disk_usage(top).free < len(EDITED) // 4
    assert here.read("large") == there.read("large") == EDITED
