"""Two and more repositories become equal: what one changed, the other has; nothing is copied that is there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from annexish import Repository
from annexish.apply import bringing
from annexish.apply.copying import digest_of
from annexish.errors import Missing, Refused
from annexish.model.path import RepoPath
from tests.flows.relatives import (
    but_times,
    check_equal,
    check_idle,
    check_still,
    cloned,
    furnished,
    head,
    steps,
    synced,
)
from tests.flows.two import copied, forget_cache
from tests.flows.work import FILES, WORK, replace
from tests.kept import kept_path
from tests.mounts import mounted
from tests.rich import draw_everything
from tests.trees import Tree, inside, real


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("side", ["here", "there"])
def test_what_one_side_changed(here: Tree, there: Tree, work: str, side: str) -> None:
    """The other side has it then; only bytes that are new are copied."""
    do, size = WORK[work]
    do(here if side == "here" else there)
    done = synced(here)
    assert done.bytes_copied == size
    assert bool(done.steps) == (side == "there")
    check_equal(here, there)
    assert but_times(furnished(here.top)) == but_times(furnished(there.top))
    check_idle(here)


@pytest.mark.parametrize("one", WORK)
def test_what_both_sides_changed(here: Tree, there: Tree, one: str) -> None:
    """Both have both."""
    there.move("music/album/02", "music/album/2")
    there.write("photos/2026/d.jpg", "dddd")
    WORK[one][0](here)
    done = synced(here)
    assert done.conflicts == [] or one == "a directory becomes a file"
    check_equal(here, there)
    assert b"dddd" in [here.read(path) for path in real(here.top) if os.path.isfile(here.path(path))]
    check_idle(here)


def test_files_edited_alike_stay_two_files(tmp_path: Path) -> None:
    """One of them is what was kept, so that it takes no space besides; the other one is never joined to it."""
    there = Tree(tmp_path, {"a": "a" * 9, "b": "b" * 9, "c": "c" * 9}, name="there")
    there.commit()
    here = cloned(there, "here")
    for name in ("a", "b"):
        replace(there, name, "alike")
    replace(there, "c", "other")
    synced(here)
    check_equal(here, there)
    a, b, c = (os.stat(here.path(name)) for name in "abc")
    assert a.st_ino != b.st_ino
    assert sorted((a.st_nlink, b.st_nlink)) == [1, 2]
    assert c.st_nlink == 2
    assert os.stat(kept_path(here, "c")).st_ino == c.st_ino
    check_idle(here)


def test_nothing_to_do(here: Tree) -> None:
    """No step, no byte, no commit."""
    before = here.heads()
    check_idle(here)
    assert here.heads() == before


def test_the_same_file_edited_differently(here: Tree, there: Tree) -> None:
    """Both versions are on both sides, and a conflict says so, once."""
    here.write("music/song", "here")
    there.write("music/song", "there!")
    done = synced(here)
    assert len(done.conflicts) == 1
    assert {here.read(f"music/{name}") for name in os.listdir(here.path("music")) if name != "album"} == {
        b"here",
        b"there!",
    }
    check_equal(here, there)
    check_idle(here)
    assert len(list(there.repository.conflicts())) == 1
    there.repository.resolve([inside("music/song")], "theirs")
    synced(here)
    check_equal(here, there)
    assert list(here.repository.conflicts()) == []


def test_texts_edited_in_different_lines(here: Tree, there: Tree) -> None:
    """They are put together, and the new bytes arrive on both sides."""
    replace(here, "notes.txt", "1 here\n2\n3\n4\n5\n")
    replace(there, "notes.txt", "1\n2\n3\n4\n5 there\n")
    assert synced(here).conflicts == []
    assert here.read("notes.txt") == b"1 here\n2\n3\n4\n5 there\n"
    check_equal(here, there)
    check_idle(here)


def test_deleted_and_edited(here: Tree, there: Tree) -> None:
    """The edit stays, on both sides."""
    here.remove("music/song")
    replace(there, "music/song", "lalala")
    synced(here)
    check_equal(here, there)
    assert here.read("music/song") == b"lalala"


def test_the_same_on_both_sides(here: Tree, there: Tree) -> None:
    """Nothing is copied."""
    for tree in (here, there):
        tree.write("new", "the same")
        tree.move("photos", "pictures")
    done = synced(here)
    assert done.bytes_copied == 0
    check_equal(here, there)


def test_a_revert_copies_nothing(here: Tree, there: Tree) -> None:
    """What was there in an earlier commit is in the keep."""
    replace(here, "music/song", "another")
    here.remove("photos/2025")
    assert synced(here).bytes_copied == len("another")
    here.repository.undo(None)
    here.commit()
    here.repository.restore_here("HEAD~1")
    here.commit()
    done = synced(here)
    assert done.bytes_copied == 0
    check_equal(here, there)


def test_what_comes_back_copies_nothing(here: Tree, there: Tree) -> None:
    """`recover` here of what both sides lost."""
    here.remove("photos")
    synced(here)
    assert not os.path.exists(there.path("photos"))
    here.repository.recover([inside("photos")])
    assert synced(here).bytes_copied == 0
    check_equal(here, there)
    assert there.read("photos/2026/c.jpg") == b"ccc"


def test_deleted_by_accident_elsewhere(here: Tree, there: Tree) -> None:
    """What a sync deleted here can be recovered here."""
    there.remove("photos")
    done = synced(here)
    assert ("here", "delete", "photos/2026/c.jpg") in steps(done) or ("here", "delete", "photos") in steps(done)
    here.repository.recover([inside("photos")])
    assert here.read("photos/2026/c.jpg") == b"ccc"


def test_three_in_a_line(here: Tree, there: Tree) -> None:
    """What the first changes arrives at the last, over the one in the middle; the other way too."""
    last = cloned(here, "last")
    there.write("photos/new", "new there")
    last.move("music", "sounds")
    last.write("sounds/song", "changed")
    synced(last)
    synced(here)
    synced(last)
    check_equal(here, there)
    check_equal(here, last)
    for tree in (here, last):
        check_idle(tree)


def test_two_remotes_in_one_run(here: Tree, there: Tree) -> None:
    """All three are equal after the second run at the latest."""
    third = cloned(there, "third")
    here.repository.remote_add("third", third.top)
    third.write("from-third", "3")
    there.write("from-there", "2")
    here.write("from-here", "1")
    synced(here)
    synced(here)
    for other in (there, third):
        check_equal(here, other)
    check_idle(here)


def test_one_remote_is_away(here: Tree, there: Tree) -> None:
    """The others go on; it is named."""
    here.repository.remote_add("away", there.path("../away"))
    here.write("new", "new")
    done = here.repository.sync()
    assert [(one.name, one.error is None) for one in done.remotes] == [("away", False), ("origin", True)]
    check_equal(here, there)


def test_the_only_one_is_away(here: Tree, there: Tree) -> None:
    """What changed here is committed; the next sync brings it."""
    os.rename(there.top, there.top + ".away")
    here.write("new", "new")
    done = here.repository.sync()
    assert [one.error is not None for one in done.remotes] == [True]
    assert here.status() == []
    os.rename(there.top + ".away", there.top)
    synced(here)
    check_equal(here, there)


def test_no_remote(there: Tree) -> None:
    """It is said."""
    with pytest.raises(Missing):
        there.repository.sync()


def test_unrelated(here: Tree, tmp_path: Path) -> None:
    """Refused, and nothing changes; with `adopt` what is the same becomes one."""
    other = Tree(tmp_path, {**FILES, "own": "own"}, name="other")
    other.commit()
    here.repository.remote_add("other", other.top)
    before = head(here), head(other), real(here.top)
    with pytest.raises(Refused):
        here.repository.sync(["other"])
    assert (head(here), head(other), real(here.top)) == before
    done = synced(here, "other", adopt=True)
    assert done.bytes_copied == 3
    assert done.conflicts == []
    check_equal(here, other)
    synced(here)
    check_idle(here)


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_new_repository_gets_everything(there: Tree, tmp_path: Path, side: str) -> None:
    """After `init` and `remote add` a sync is a clone, whichever side syncs."""
    new = Tree(tmp_path, name="new")
    one, other = (new, there) if side == "here" else (there, new)
    one.repository.remote_add("other", other.top)
    synced(one)
    check_equal(new, there)
    check_idle(one)


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_new_repository_with_files(there: Tree, tmp_path: Path, side: str) -> None:
    """It has a history of its own as soon as it commits: refused, and adopted on request."""
    new = Tree(tmp_path, {"notes.txt": FILES["notes.txt"], "mine": "mine"}, name="new")
    one, other = (new, there) if side == "here" else (there, new)
    one.repository.remote_add("other", other.top)
    with pytest.raises(Refused):
        one.repository.sync()
    assert synced(one, adopt=True).conflicts == []
    check_equal(new, there)
    check_idle(one)


@pytest.mark.parametrize("side", ["here", "there"])
def test_most_is_gone(tmp_path: Path, side: str) -> None:
    """It is refused, and nothing changes on either side; and done with consent."""
    there = Tree(tmp_path, {f"{number}": f"{number}" for number in range(30)}, name="there")
    there.commit()
    here = cloned(there, "here")
    one, other = (here, there) if side == "here" else (there, here)
    one.remove(*(f"{number}" for number in range(20)))
    before = real(other.top)
    with pytest.raises(Refused, match="files are gone" if side == "here" else "^in 'origin': "):
        here.repository.sync()
    assert real(other.top) == before
    one.commit(allow_mass_deletion=True)
    with pytest.raises(Refused):
        here.repository.sync()
    assert real(other.top) == before
    here.repository.sync(allow_mass_deletion=True)
    check_equal(here, there)


def test_a_refusal_does_not_stop_the_other_remotes(tmp_path: Path) -> None:
    """One remote lost most of its files; the other one is synced, and the refusal is still said."""
    there = Tree(tmp_path, {f"{number}": f"{number}" for number in range(30)}, name="there")
    there.commit()
    here, third = cloned(there, "here"), cloned(there, "third")
    here.repository.remote_rename("origin", "one")
    here.repository.remote_add("two", third.top)
    there.remove(*(f"{number}" for number in range(20)))
    third.write("new", "new")
    done = here.repository.sync()
    assert [(one.name, type(one.error)) for one in done.remotes] == [("one", Refused), ("two", type(None))]
    check_equal(here, third)
    assert here.read("new") == b"new"


def test_another_repository_than_last_time(here: Tree, there: Tree, tmp_path: Path) -> None:
    """It is refused, and nothing changes."""
    shutil.rmtree(there.top)
    other = Tree(tmp_path, {"x": "x"}, name="there")
    other.commit()
    before = head(other), real(here.top)
    with pytest.raises(Refused):
        here.repository.sync()
    assert (head(other), real(here.top)) == before


def test_itself(here: Tree) -> None:
    """It is refused."""
    here.repository.remote_add("me", here.top)
    with pytest.raises(Refused):
        here.repository.sync(["me"])


def test_a_copy_of_the_whole_repository(there: Tree) -> None:
    """Whichever of the two syncs first: the copy is a repository of its own."""
    for first in (True, False):
        copy = copied(there, f"copy-{first}")
        one, other = (copy, there) if first else (there, copy)
        one.repository.remote_add(f"copy-{first}", other.top)
        copy.write("new", f"{first}")
        there.write("other", f"{first}")
        synced(one, f"copy-{first}")
        check_equal(copy, there)
        assert Repository.find(copy.top).id != Repository.find(there.top).id
        one.repository.remote_remove(f"copy-{first}")


@pytest.mark.parametrize("side", ["here", "there"])
def test_the_cache_is_lost(here: Tree, there: Tree, side: str) -> None:
    """What is missing then is no deletion: it comes again; what was new and what moved arrives."""
    one = here if side == "here" else there
    one.remove("music/song")
    one.write("new", "new")
    forget_cache(one)
    synced(here)
    check_still(here, there)
    assert there.read("music/song") == here.read("music/song") == b"la"
    assert there.read("new") == here.read("new") == b"new"
    check_equal(here, there)
    check_idle(here)


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_lost_marker(here: Tree, there: Tree, side: str) -> None:
    """Without its control directory a directory is no repository: nothing is deleted anywhere."""
    one, other = (here, there) if side == "here" else (there, here)
    shutil.rmtree(one.path(".annexish"))
    before = real(other.top)
    if side == "here":
        with pytest.raises(Missing):
            Repository.find(here.top)
    else:
        assert [each.error is not None for each in here.repository.sync().remotes] == [True]
    assert real(other.top) == before


@pytest.mark.root
def test_an_unmounted_disk(tmp_path: Path) -> None:
    """Its mount point is empty: it is away, and nothing is a deletion."""
    at = str(tmp_path / "disk")
    os.mkdir(at)
    here = Tree(tmp_path, FILES, name="here")
    here.commit()
    with mounted(at):
        disk = cloned(here, "disk/there")
        here.repository.remote_add("disk", disk.top)
        synced(here)
    before = real(here.top)
    assert [each.error is not None for each in here.repository.sync().remotes] == [True]
    assert real(here.top) == before
    assert here.status() == []
    with mounted(at):
        Tree(tmp_path / "disk", {"x": "x"}, name="there").commit()
        with pytest.raises(Refused):
            here.repository.sync()
    assert real(here.top) == before


@pytest.mark.root
def test_a_mount_inside_that_is_gone(here: Tree, there: Tree) -> None:
    """What was on it is not deleted on the other side; mounted again, it is the same."""
    os.mkdir(here.path("disk"))
    with mounted(here.path("disk")):
        here.write("disk/on-it", "on it")
        synced(here)
        assert there.read("disk/on-it") == b"on it"
    there.write("new", "new")
    here.repository.sync()
    assert there.read("disk/on-it") == b"on it"
    assert here.read("new") == b"new"
    here.repository.sync()
    assert there.read("disk/on-it") == b"on it"


@pytest.mark.root
@pytest.mark.parametrize("side", ["here", "there"])
def test_all_that_a_file_system_holds(there: Tree, here: Tree, side: str) -> None:
    """Names, times, modes, owners, attributes, links, holes: what goes to either side is equal in all of it."""
    draw_everything({"here": here, "there": there}[side].top)
    synced(here)
    assert but_times(furnished(here.top)) == but_times(furnished(there.top))
    check_idle(here)
    assert but_times(furnished(here.top)) == but_times(furnished(there.top))


def test_without_content(here: Tree, there: Tree) -> None:
    """`--no-content`: new files stay absent here until `get`; what is here is kept up to date."""
    there.write("new/one", "new one")
    there.write("music/song", "lalala")
    done = here.repository.sync(content=False)
    assert done.problems == ()
    assert not os.path.exists(here.path("new/one"))
    check_still(here)
    assert here.repository.get([inside("new")]).problems == ()
    synced(here)
    check_equal(here, there)


def test_without_commit(here: Tree, there: Tree) -> None:
    """`--no-commit`: what is not committed stays as it is, on both sides."""
    here.write("music/song", "edited here")
    there.write("photos/2026/c.jpg", "edited there")
    there.write("notes.txt", "committed there")
    there.repository.commit("notes", [inside("notes.txt")])
    here.repository.sync(commit=False)
    assert here.read("notes.txt") == b"committed there"
    assert here.read("music/song") == b"edited here"
    assert here.status() == [("modified", "music/song")]
    assert there.status() == [("modified", "photos/2026/c.jpg")]
    synced(here)
    check_equal(here, there)


def test_what_was_confirmed_everywhere_is_let_go_at_the_next_sync(here: Tree, there: Tree) -> None:
    """On either side; until then it is kept."""
    here.remove("music/song")
    here.commit()
    synced(here)
    assert [one.path for one in there.repository.lost()] == [b"music/song"]
    here.repository.confirm([RepoPath(b"music/song")], everywhere=True)

    synced(here)

    assert list(there.repository.lost()) == []
    assert list(here.repository.lost()) == []
    there.remove("notes.txt")
    there.commit()
    synced(here)
    there.repository.confirm([RepoPath(b"notes.txt")], everywhere=True)
    synced(here)
    assert list(here.repository.lost()) == []
    check_still(here, there)


@pytest.mark.root
def test_what_is_absent_comes_into_a_mounted_file_system(there: Tree, here: Tree) -> None:
    """A name cannot be linked over there, so it is a copy."""
    os.symlink("song", there.path("music/link"))
    there.write("music/void", "")
    there.commit()
    synced(here)
    with mounted(here.path("music")):
        for name in ("music/song", "music/link", "music/void", "music/album"):
            assert not os.path.lexists(here.path(name))
        shutil.copytree(there.path("music"), here.path("music"), symlinks=True, dirs_exist_ok=True)
        here.commit(allow_mass_deletion=True)
        here.repository.drop([RepoPath(b"music")])
        assert not os.path.lexists(here.path("music/song"))
        done = here.repository.get([RepoPath(b"music")])
        assert done.problems == ()
        assert here.read("music/song") == b"la"
        assert os.readlink(here.path("music/link")) == "song"
        assert here.read("music/void") == b""
        assert here.status() == []


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_content_that_cannot_be_had_is_named_and_stops_no_other(here: Tree, there: Tree, side: str) -> None:
    """It was overwritten in place where it is kept by hard link only; the old version is in the safety net."""
    giver, taker = (there, here) if side == "there" else (here, there)
    giver.write("music/song", "long")
    giver.write("good", "good")
    giver.commit()
    with open(giver.path("music/song"), "r+b") as file:
        file.write(b"LONG")
    if giver.read(kept_path(giver, "good")) != b"good" or os.stat(giver.path("good")).st_nlink == 1:
        pytest.skip("contents are kept apart here")

    done = here.repository.sync(commit=False)

    problems = [*done.problems, *done.remotes[0].problems]
    assert [problem.path for problem in problems] == [b"music/song"]
    assert taker.read("good") == b"good"
    assert not os.path.exists(taker.path("music/song"))
    assert b"music/song" in [lost.path for lost in taker.repository.lost()]
    synced(here)
    assert taker.read("music/song") == b"LONG"
    check_still(here, there)


@pytest.mark.parametrize("side", ["here", "there"])
def test_what_crossed_is_not_read_again(here: Tree, there: Tree, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was hashed on its way into the keep; what was there already is read before it is given out."""
    tree, other = (here, there) if side == "here" else (there, here)
    old = tree.read("notes.txt")
    tree.remove("notes.txt")
    tree.commit()
    synced(here)
    other.write("fresh", "fresh")
    other.write("old", old)
    read: list[int] = []

    def counted(source: int, size: int) -> bytes:
        read.append(size)
        return digest_of(source, size)

    monkeypatch.setattr(bringing, "digest_of", counted)
    synced(here)
    assert read == [len(old)]
    check_equal(here, there)


@pytest.mark.parametrize("absent", [True, False])
def test_what_is_absent_is_no_mass_deletion(there: Tree, absent: bool) -> None:  # noqa: FBT001 -- a parameter
    """Only what is here can go, so the deletion of what is not needs nobody's consent."""
    there.write("many/stays", "stays")
    for number in range(30):
        there.write(f"many/{number}", f"{number}")
    there.commit()
    here = cloned(there, "part", content=not absent)
    here.repository.get([inside("many/stays")])
    os.rename(there.top, there.top + ".away")
    here.repository.get([inside("")])
    os.rename(there.top + ".away", there.top)
    there.remove(*(f"many/{number}" for number in range(30)))
    there.commit(allow_mass_deletion=True)
    if absent:
        assert synced(here).problems == ()
        assert os.listdir(here.path("many")) == ["stays"]
    else:
        with pytest.raises(Refused, match="would delete 30 of"):
            synced(here)
