"""A copy of a repository becomes one of its own before it tells others of itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from annexish import Repository
from annexish.flows.place import place as places
from annexish.flows.place.origin import KEY, is_copy, renewed, signs
from annexish.model.holdings import Disk, Holdings
from annexish.model.path import RepoPath
from annexish.store.holdings import KnownHoldings
from tests.conftest import MakeFilesystem
from tests.flows.relatives import check_equal, cloned, synced
from tests.flows.two import copied
from tests.trees import Tree


def place_of(tree: Tree | str) -> places.Place:
    """Where its things are."""
    return places.find(os.fsencode(tree if isinstance(tree, str) else tree.top))


def state(top: str) -> str | None:
    """What `doctor` says of who this is."""
    return next(each.state for each in Repository.find(top).doctor() if each.subject == "repository")


def test_a_copy_gets_an_id_and_a_name_of_its_own(tmp_path: Path) -> None:
    """Once; the original keeps both, and so does all that is in either."""
    tree = Tree(tmp_path, {"a": "1"}, name="Files")
    tree.commit()
    copy = copied(tree, "copy")
    assert (state(tree.top), state(copy.top)) == ("Files", "a copy")

    made = renewed(place_of(copy))

    assert made is not None
    assert (made.before, made.name) == (tree.repository.id, "Files-2")
    again = Repository.find(copy.top)
    assert (again.id, again.name) == (made.id, made.name)
    assert made.id != made.before
    assert renewed(place_of(copy)) is None
    assert renewed(place_of(tree)) is None
    assert (state(tree.top), state(copy.top)) == ("Files", "Files-2")
    assert not Tree.opened(copy.top).status()


def test_the_name_is_one_that_nobody_known_has(tmp_path: Path) -> None:
    """The copy knows whom its original knew."""
    tree = Tree(tmp_path, name="Files")
    other = Holdings("bb" * 16, "Files-2", 1, 0, None, b"", frozenset(), frozenset(), Disk("", ""))
    KnownHoldings(place_of(tree).history, "bb" * 16).publish(other)
    made = renewed(place_of(copied(tree, "copy")))
    assert made is not None
    assert made.name == "Files-3"


def test_a_move_is_no_copy(tmp_path: Path) -> None:
    """Neither of the repository nor of what is above it."""
    tree = Tree(tmp_path / "above")
    os.rename(tree.top, tmp_path / "above" / "moved")
    os.rename(tmp_path / "above", tmp_path / "beneath")
    assert renewed(place_of(str(tmp_path / "beneath" / "moved"))) is None


def test_a_copy_in_the_place_of_the_original_is_one(tmp_path: Path) -> None:
    """As when a backup is restored: somebody may have the original too, and its inode number may be free again."""
    tree = Tree(tmp_path)
    copy = copied(tree, "copy")
    shutil.rmtree(tree.top)
    os.rename(copy.top, tree.top)
    assert is_copy(place_of(tree))


def test_an_older_repository_is_recorded_by_the_next_command_that_writes(tmp_path: Path) -> None:
    """Until then nobody can tell; then its copies are known as such."""
    tree = Tree(tmp_path, {"a": "1"})
    settings = Path(tree.path(".annexish/config.toml"))
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if not line.startswith("directory = ")))
    assert not is_copy(place_of(copied(tree, "early")))
    tree.status()
    assert not place_of(tree).settings.get(KEY)
    tree.commit()
    assert place_of(tree).settings.get(KEY) == signs(tree.path(".annexish"))
    assert is_copy(place_of(copied(tree, "copy")))


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_a_copy_of_all_that_is_on_a_disk(filesystem: MakeFilesystem, kind: str) -> None:
    """On two new disks the first directories have the same inode numbers, and not the same birth time."""
    tree = Tree(filesystem(kind), {"a": "1"}, name="Files")
    top = str(filesystem(kind) / "Files")
    subprocess.run(["cp", "-a", tree.top, top], check=True)
    assert is_copy(place_of(top))
    assert not is_copy(place_of(tree))


def test_where_inode_numbers_mean_nothing(filesystem: MakeFilesystem) -> None:
    """The same directory stays what it was, whatever number it has."""
    tree = Tree(filesystem("vfat"), name="Files")
    inode, _ = place_of(tree).settings.get(KEY).split()
    assert inode == "-"
    assert not is_copy(place_of(tree))
    os.utime(tree.path(".annexish"), (1, 1))
    assert not is_copy(place_of(tree))


def test_a_repository_that_was_put_back_is_believed(tmp_path: Path) -> None:
    """Its directory is the same and all in it is older, so others know more of it than it does itself."""
    there = Tree(tmp_path, {"a": "1", "d": {"b": "22"}}, name="there")
    there.commit()
    here = cloned(there, "here")
    synced(here)
    older = tmp_path / "older"
    shutil.copytree(there.path(".annexish"), older)
    for text in ("3", "4", "5"):
        there.write("a", text)
        synced(here)
    put_back(there, older)
    there.write("a", "1")
    synced(here)
    check_equal(here, there)
    there.repository.drop([RepoPath(b"d")], copies=0)
    synced(here)
    (found,) = here.repository.whereis([RepoPath(b"d")])
    assert [copy.holder.name for copy in found.copies] == ["here"]


def test_who_was_put_back_before_a_drop_was_forgotten_tells_it_at_once(tmp_path: Path) -> None:
    """The head is the same, and still one sync is enough."""
    there = Tree(tmp_path, {"a": "1", "d": {"b": "22"}}, name="there")
    there.commit()
    here = cloned(there, "here")
    synced(here)
    there.repository.drop([RepoPath(b"d")], copies=0)
    synced(here)
    older = tmp_path / "older"
    shutil.copytree(there.path(".annexish"), older)
    there.repository.get([RepoPath(b"d")])
    synced(here)
    put_back(there, older)
    there.remove("d/b")
    synced(here)
    (found,) = here.repository.whereis([RepoPath(b"d")])
    assert [copy.holder.name for copy in found.copies] == ["here"]


def put_back(tree: Tree, older: Path) -> None:
    """Let what is in the control directory be what it was, as who restores a backup into it does."""
    with os.scandir(tree.path(".annexish")) as found:
        for each in list(found):
            shutil.rmtree(each.path) if each.is_dir() else os.unlink(each.path)
    shutil.copytree(older, tree.path(".annexish"), dirs_exist_ok=True)
