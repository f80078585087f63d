"""Repositories that meet through a Git server only: histories go over it, contents from who has them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Missing, Refused, Unreachable
from tests.flows.relatives import check_equal, check_idle, check_still, cloned, head, steps, synced
from tests.flows.work import WORK, replace
from tests.hubs import Hub, leftovers, only_the_hub
from tests.trees import Tree, inside, real

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """An empty one on this machine."""
    return Hub(tmp_path / "hub.git")


@pytest.fixture
def pair(here: Tree, there: Tree, hub: Hub) -> tuple[Tree, Tree]:
    """Two repositories with the same files that know the hub, and not each other."""
    hub.met(here, there)
    only_the_hub(here)
    return here, there


def meet(*trees: Tree) -> None:
    """Let each sync with the hub in turn, until all know what the first one did."""
    for tree in (*trees, *trees[:-1]):
        synced_apart(tree)


def synced_apart(tree: Tree) -> list[str]:
    """Sync with the hub; return the paths whose contents nobody gave."""
    done = tree.repository.sync(["hub"])
    assert [one.error for one in done.remotes] == [None]
    assert {problem.code for problem in done.problems} <= {"absent", "note"}
    assert leftovers(tree) == []
    return sorted(os.fsdecode(problem.path) for problem in done.problems if problem.code == "absent")


def direct(here: Tree, there: Tree) -> None:
    """Let the two meet."""
    if "there" not in [one.name for one in here.repository.remotes()]:
        here.repository.remote_add("there", there.top)
    synced(here, "there")


def test_two_laptops_meet_through_the_hub_only(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Both move, edit and delete; then both have one history, and the contents come when they meet."""
    here, there = pair
    here.move("photos/2025", "music/2025")
    replace(here, "notes.txt", "other notes")
    here.remove("music/album/02")
    there.move("music/song", "songs/la")
    replace(there, "photos/2026/c.jpg", "cccc")
    there.remove("photos/2025/b.png")
    meet(here, there)
    assert head(here) == head(there)
    hub.fsck()
    assert set(real(there.top)) ^ set(real(here.top)) == {"notes.txt", "photos/2026/c.jpg"}
    direct(here, there)
    check_equal(here, there)
    assert here.read("photos/2026/c.jpg") == b"cccc"
    assert there.read("notes.txt") == b"other notes"
    assert sorted(real(here.top)) == [
        "music", "music/2025", "music/2025/a.jpg", "music/album", "music/album/01", "notes.txt", "photos",
        "photos/2026", "photos/2026/c.jpg", "songs", "songs/la",
    ]  # fmt: skip


@pytest.mark.parametrize("work", WORK)
def test_what_one_side_did(pair: tuple[Tree, Tree], work: str) -> None:
    """Everything that needs no content is done on the other side; the rest is when both meet."""
    here, there = pair
    do, size = WORK[work]
    do(here)
    synced_apart(here)
    absent = synced_apart(there)
    assert bool(absent) == bool(size)
    assert head(here) == head(there)
    if not size:
        check_equal(here, there)
    direct(here, there)
    check_equal(here, there)
    assert synced_apart(here) == []


def test_nothing_to_do(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """No step, no commit, and nothing is pushed."""
    here, there = pair
    meet(here, there)
    before = hub.references()
    check_idle(here)
    check_idle(there)
    assert hub.references() == before


def test_contents_come_from_who_has_them(pair: tuple[Tree, Tree]) -> None:
    """The hub is met first; other remotes that answer give what it told of."""
    here, there = pair
    replace(there, "notes.txt", "other notes")
    there.write("new", "12345")
    synced_apart(there)
    here.repository.remote_add("a disk", there.top)
    done = here.repository.sync(["hub"])
    assert (done.bytes_copied, done.problems) == (16, ())
    check_still(here)
    assert here.read("notes.txt") == b"other notes"
    there.move("photos", "pictures")
    assert [one.name for one in synced(here).remotes] == ["hub", "a disk"]
    check_equal(here, there)


def test_an_edit_that_nobody_gives_leaves_no_old_version_in_its_place(pair: tuple[Tree, Tree]) -> None:
    """It is absent and named; what was there is in the safety net, and comes back if asked."""
    here, there = pair
    replace(there, "notes.txt", "other notes")
    synced_apart(there)
    done = here.repository.sync(["hub"])
    assert [(one.path, one.code) for one in done.problems] == [(b"notes.txt", "absent")]
    assert "safety net" in done.problems[0].reason
    assert not os.path.exists(here.path("notes.txt"))
    check_still(here)
    here.repository.recover([inside("notes.txt")], at="HEAD~1", to=os.path.join(os.path.dirname(here.top), "old"))
    assert Path(here.top, "../old/notes.txt").read_bytes() == b"1\n2\n3\n4\n5\n"


def test_every_path_that_wants_one_content_is_named(pair: tuple[Tree, Tree]) -> None:
    """Also if it is wanted twice; without contents only what was here is."""
    here, there = pair
    replace(there, "notes.txt", "the same")
    replace(there, "music/song", "the same")
    there.write("new", "the same")
    synced_apart(there)
    done = here.repository.sync(["hub"], content=False)
    assert [one.path for one in done.problems] == [b"music/song", b"notes.txt"]
    direct(here, there)
    check_equal(here, there)


def test_a_remote_that_is_somebody_else_gives_nothing(pair: tuple[Tree, Tree], tmp_path: Path) -> None:
    """It keeps nobody from the hub."""
    here, there = pair
    direct(here, there)
    os.rename(there.top, f"{there.top}-away")
    Tree(tmp_path, {"a": "1"}, name="there").commit()
    away = Tree.opened(f"{there.top}-away")
    replace(away, "notes.txt", "other notes")
    synced_apart(away)
    assert synced_apart(here) == ["notes.txt"]


def test_too_many_edits_that_nobody_gives_are_refused(tmp_path: Path, hub: Hub) -> None:
    """They would be gone here: a person says yes, or meets who has them first."""
    there = Tree(tmp_path, {f"{number}": str(number) for number in range(20)}, name="there")
    there.commit()
    here = cloned(there, "here")
    hub.met(here, there)
    for number in range(15):
        replace(there, f"{number}", f"new {number}")
    synced_apart(there)
    before = real(here.top), head(here)
    only_the_hub(here)
    with pytest.raises(Refused, match="no repository that can be reached"):
        here.repository.sync(["hub"])
    assert (real(here.top), head(here)) == before
    here.repository.remote_add("there", there.top)
    synced(here, "hub")
    check_equal(here, there)


def test_most_of_the_files_gone_are_refused(pair: tuple[Tree, Tree]) -> None:
    """As from any remote."""
    here, there = pair
    for number in range(20):
        there.write(f"many/{number}", str(number))
    direct(here, there)
    there.remove("many", "photos", "music")
    there.commit(allow_mass_deletion=True)
    synced_apart(there)
    before = real(here.top), head(here)
    with pytest.raises(Refused, match="would delete"):
        here.repository.sync(["hub"])
    assert (real(here.top), head(here)) == before
    assert here.repository.sync(["hub"], allow_mass_deletion=True).remotes[0].error is None
    check_equal(here, there)


def test_a_third_one_that_only_knows_the_hub(pair: tuple[Tree, Tree], hub: Hub, tmp_path: Path) -> None:
    """It has all histories, and knows who has what."""
    here, there = pair
    here.write("one", "1")
    there.write("two", "2")
    meet(here, there)
    third = hub.cloned(tmp_path / "third")
    assert real(third.top) == {}
    assert head(third) == head(here)
    assert (
        third.repository.status().absent == len([one for one in real(there.top) if os.path.isfile(there.path(one))]) + 1
    )
    found = third.repository.whereis([inside("two")])
    assert [copy.holder.name for one in found for copy in one.copies if copy.files] == ["there"]
    check_still(third)
    third.repository.remote_add("there", there.top)
    synced(third, "there")
    assert third.read("two") == b"2"


def test_a_clone_takes_what_is_there_already(pair: tuple[Tree, Tree], hub: Hub, tmp_path: Path) -> None:
    """Files that were carried by hand are present, and nothing is absent."""
    here, _ = pair
    synced_apart(here)
    shutil.copytree(here.top, tmp_path / "disk", ignore=shutil.ignore_patterns(".annexish"))
    disk = hub.cloned(tmp_path / "disk")
    disk.repository.remote_rename("origin", "hub")
    assert real(disk.top) == real(here.top)
    assert disk.repository.status().absent == 0
    meet(disk, here)
    check_equal(disk, here)


def test_a_clone_of_an_empty_hub_and_the_first_files(hub: Hub, tmp_path: Path) -> None:
    """As with an empty repository of Git."""
    here = hub.cloned(tmp_path / "here")
    assert here.repository.sync(["origin"]).commit is None
    here.write("a", "1")
    assert here.repository.sync(["origin"]).remotes[0].error is None
    there = hub.cloned(tmp_path / "there")
    assert head(there) == head(here)
    Repository.clone(hub.url, there.top)
    other = Tree(tmp_path, {"b": "1"}, name="other")
    other.commit()
    with pytest.raises(Refused, match="already"):
        Repository.clone(hub.url, other.top)


def test_a_new_repository_begins_with_the_hub(pair: tuple[Tree, Tree], hub: Hub, tmp_path: Path) -> None:
    """`init`, `remote add`, `sync`: it has the history, and its own files join when asked."""
    here, there = pair
    here.write("one", "1")
    there.write("two", "2")
    here.repository.sync(["hub"])
    there.commit()
    blank = Tree(tmp_path, name="blank")
    hub.met(blank)
    synced_apart(blank)
    assert head(blank) == head(here)
    other = Tree(tmp_path, {"mine": "x"}, name="other")
    hub.met(other)
    with pytest.raises(Refused, match="nothing in common"):
        other.repository.sync(["hub"])
    assert other.heads() == 1
    assert other.repository.sync(["hub"], adopt=True).remotes[0].error is None
    assert other.read("mine") == b"x"


def test_three_that_worked_at_the_same_time(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Who comes last merges all of it at once."""
    here, there = pair
    third = cloned(there, "third")
    hub.met(third)
    for number, tree in enumerate((here, there, third)):
        tree.move(
            "notes.txt" if not number else f"photos/2025/{'ab'[number - 1]}.{('jpg', 'png')[number - 1]}", f"n{number}"
        )
        tree.commit()
    for tree in (here, there, third, here, there):
        synced_apart(tree)
    assert head(here) == head(there) == head(third)
    check_equal(here, there)
    assert real(third.top) == real(here.top)


def test_a_conflict(pair: tuple[Tree, Tree]) -> None:
    """It is recorded once; both versions are there when both have met."""
    here, there = pair
    replace(here, "music/song", "here")
    replace(there, "music/song", "there!")
    synced_apart(there)
    assert len(here.repository.sync(["hub"]).conflicts) == 1
    synced_apart(there)
    direct(here, there)
    check_equal(here, there)
    versions = [here.read(path) for path in real(here.top) if path.startswith("music/song")]
    assert sorted(versions) == [b"here", b"there!"]


def test_texts_come_from_who_answers(pair: tuple[Tree, Tree]) -> None:
    """Edits in different lines are put together, if the other version can be had."""
    here, there = pair
    replace(here, "notes.txt", "1 here\n2\n3\n4\n5\n")
    replace(there, "notes.txt", "1\n2\n3\n4\n5 there\n")
    synced_apart(there)
    here.repository.remote_add("there", there.top)
    assert synced(here, "hub").conflicts == []
    assert here.read("notes.txt") == b"1 here\n2\n3\n4\n5 there\n"


def test_a_dry_run(pair: tuple[Tree, Tree]) -> None:
    """It tells what is done then, of contents that nobody gives too, and does nothing."""
    here, there = pair
    there.move("photos", "pictures")
    there.write("new", "12345")
    replace(there, "music/song", "lala")
    synced_apart(there)
    before = real(here.top), head(here)
    told = here.repository.sync(["hub"], dry_run=True)
    assert (real(here.top), head(here)) == before
    assert leftovers(here) == []
    assert steps(told) == [("here", "delete", "music/song"), ("here", "move", "pictures")]
    assert steps(here.repository.sync(["hub"])) == steps(told)


def test_a_dry_run_asks_who_has_the_contents(pair: tuple[Tree, Tree]) -> None:
    """Then they would come."""
    here, there = pair
    there.write("new", "12345")
    synced_apart(there)
    here.repository.remote_add("there", there.top)
    assert steps(here.repository.sync(["hub"], dry_run=True)) == [("here", "copy", "new")]


def test_what_is_not_committed_stays(pair: tuple[Tree, Tree]) -> None:
    """With `--no-commit` it is left alone."""
    here, there = pair
    there.move("photos", "pictures")
    synced_apart(there)
    here.write("mine", "x")
    done = here.repository.sync(["hub"], commit=False)
    assert (done.saved, here.status()) == (None, [("added", "mine")])


def test_a_hub_holds_nothing(pair: tuple[Tree, Tree]) -> None:
    """It proves nothing for `drop`, and nobody takes it for a holder."""
    here, there = pair
    meet(here, there)
    found = here.repository.whereis([inside("notes.txt")])
    names = {copy.holder.name for one in found for copy in one.copies}
    assert names == {"here", "there"}
    assert here.repository.drop([inside("notes.txt")]).needed == 1
    assert here.read("notes.txt")


def test_a_hub_that_is_away_stops_nobody(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """It is named, and the others are met."""
    here, there = pair
    direct(here, there)
    hub.path.rename(hub.path.with_name("away"))
    there.move("photos", "pictures")
    done = here.repository.sync()
    assert [(one.name, bool(one.error)) for one in done.remotes] == [("hub", True), ("there", False)]
    check_equal(here, there)
    with pytest.raises(Missing, match="no Git repository"):
        here.repository.sync(["hub"])


@pytest.mark.parametrize("name", ["a\nb", 'it\'s "odd"', "-x", "ü\udcff", "a:b"])
def test_a_repository_in_an_odd_place(there: Tree, hub: Hub, tmp_path: Path, name: str) -> None:
    """Git is told where the history is, whatever its path."""
    here = cloned(there, name)
    hub.met(here, there)
    only_the_hub(here)
    there.move("photos", "pictures")
    here.remove("music/song")
    meet(here, there)
    check_equal(here, there)


def test_no_git(pair: tuple[Tree, Tree], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is said what is missing, and nothing changes."""
    here, _ = pair
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match="git cannot be started") as met:
        here.repository.sync(["hub"])
    assert "install" in met.value.hint
    assert leftovers(here) == []
