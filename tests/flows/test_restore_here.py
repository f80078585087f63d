"""The working tree becomes what a revision was."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from annexish.model.change import Change, metadata_of
from annexish.model.entry import Kind
from annexish.model.report import Recovered
from tests.conftest import DEEP
from tests.kept import kept_path
from tests.randomly import Worker
from tests.rich import Found, everything
from tests.trees import Link, Tree, check_snapshot, fsck, inside, real, word

SEEDS = [*range(300)] if DEEP else [*range(20), 89, 157]
Picture = dict[bytes, Found]


def restore(tree: Tree, revision: str, *paths: str) -> Recovered:
    """Restore in the working tree; what was done."""
    return tree.repository.restore_here(revision, [inside(path) for path in paths])[1]


def differs(tree: Tree, revision: str) -> list[tuple[str, ...]]:
    """What the working tree is not of a revision, with ids and metadata; hard links made again have a new mark."""
    changes = tree.repository.diff(revision).difference.changes
    return [word(change) for change in changes if change.word != "metadata" or not _only_marked(change)]


def _only_marked(change: Change) -> bool:
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    return bool(before.links and after.links) and metadata_of(before)[:-1] == metadata_of(after)[:-1]


def timeless(picture: Picture) -> Picture:
    """Without the times of directories."""
    return {path: one._replace(mtime=0) if one.mode & 0o170000 == 0o040000 else one for path, one in picture.items()}


def recorded_times(tree: Tree, revision: str) -> dict[bytes, tuple[bytes, int]]:
    """(id, time) of the directories of a snapshot."""
    return {
        os.fsencode(path): (entry.id, entry.mtime_ns)
        for path, entry in tree.ls(revision).items()
        if entry.kind is Kind.DIRECTORY
    }


def worked_on(tree: Tree, seed: int) -> tuple[Worker, list[tuple[str, Picture]]]:
    """Do what people do, four commits long; return who did it, and each commit with what a plain walk saw there.

    Every second time contents are kept as copies, and files are written to in place, too.
    """
    in_place = bool(seed % 2)
    tree.repository.config_set("keep.copy-below", "1000000" if in_place else "0")
    worker = Worker(tree.top, seed, in_place=in_place)
    revisions: list[tuple[str, Picture]] = []
    for _ in range(4):
        worker.work(30)
        made = tree.committed(allow_mass_deletion=True).commit
        assert made is not None
        revisions.append((made, everything(tree.top)))
    return worker, revisions


@pytest.mark.parametrize("seed", SEEDS)
def test_any_revision_from_any_tree(tmp_path: Path, seed: int) -> None:
    """After anything that people do, the tree is what a plain walk saw at that commit, and every object is itself.

    The time of a directory is the recorded one if the snapshots differ in it; a time alone is nothing that
    a commit records.
    """
    tree = Tree(tmp_path)
    worker, revisions = worked_on(tree, seed)
    for _ in range(5):
        revision, wanted = worker.random.choice(revisions)
        worker.work(worker.random.randrange(6))
        assert restore(tree, revision).problems == ()
        found = everything(tree.top)
        assert timeless(found) == timeless(wanted)
        assert differs(tree, revision) == []
        times, before = recorded_times(tree, revision), recorded_times(tree, "HEAD")
        for path, time in times.items():
            assert found[path].mtime == time[1] or before.get(path) == time, path
    fsck(tree)
    tree.commit(allow_mass_deletion=True)
    check_snapshot(tree)


def steps(done: Recovered) -> list[tuple[str, str]]:
    """(word, path) of what was done."""
    return sorted((step.word, os.fsdecode(step.path)) for step in done.steps)


def left(done: Recovered) -> list[tuple[str, str]]:
    """(code, path) of what was not done."""
    return [(problem.code, os.fsdecode(problem.path)) for problem in done.problems]


def test_only_paths(tmp_path: Path) -> None:
    """What is not at a path stays as it is, and so do the metadata of the directory above it."""
    tree = Tree(tmp_path, {"d": {"x": "1", "y": "1"}, "z": "1"})
    tree.commit()
    os.chmod(tree.path("d"), 0o700)
    tree.write("z", "22")
    tree.remove("d/x", "d/y")
    tree.commit()
    done = restore(tree, "HEAD~1", "d/x")

    assert steps(done) == [("copy", "d/x")]
    assert sorted(os.listdir(tree.path("d"))) == ["x"]
    assert os.stat(tree.path("d")).st_mode & 0o777 == 0o700
    assert tree.read("z") == b"22"
    assert done.problems == ()


def test_a_directory_that_moves_to_a_path_brings_nothing_along(tmp_path: Path) -> None:
    """What it got elsewhere goes where it was, or to the keep, and what changed in it is as it was; a plan says so."""
    tree = Tree(tmp_path, {"m": {"n": {"a": "1"}, "s": {"z": "1"}}, "o": {"x": {"f": "2"}}})
    tree.commit()
    before = real(tree.top)
    tree.move("m", "p")
    tree.move("o/x", "p/n/x")
    tree.move("p/s", "s")
    tree.write("p/n/new", "new")
    tree.write("s/elsewhere", "3")
    os.unlink(tree.path("p/n/a"))
    tree.write("p/n/a", "edited")
    plan = sorted(word(change) for change in tree.repository.difference_to("HEAD", [inside("m")]).changes)
    done = restore(tree, "HEAD", "m")

    assert (real(tree.top), done.problems) == (before, ())
    assert plan == [
        ("deleted", "p/n/new"), ("deleted", "s/elsewhere"), ("modified", "m/n/a"), ("moved", "p", "m"),
        ("moved", "p/n/x", "o/x"), ("moved", "s", "m/s"),
    ]  # fmt: skip


def test_a_directory_that_leaves_a_path_is_as_it_is_there(tmp_path: Path) -> None:
    """What came into one that moves on to somewhere else goes along with it."""
    tree = Tree(tmp_path, {"m": {"s": {"z": "1"}}, "q": {"y": "1"}})
    tree.commit()
    tree.move("m", "p")
    tree.move("q", "p/q")
    tree.commit()
    tree.write("p/q/new", "new")
    done = restore(tree, "HEAD~1", "m")

    assert sorted(path for path, (kind, _) in real(tree.top).items() if kind is Kind.FILE) == ["m/s/z", "q/new", "q/y"]
    assert done.problems == ()


@pytest.mark.parametrize("path", ["d/s", "d/f"])
def test_what_went_along_with_a_directory_comes_back_alone(tmp_path: Path, path: str) -> None:
    """The directory stays where it is, and what came into what is brought back does not come along."""
    tree = Tree(tmp_path, {"d": {"f": "1", "s": {"x": "2"}}})
    tree.commit()
    before = tree.ids()
    tree.move("d", "e")
    tree.write("e/s/new", "new")
    tree.write(path, "in the way")
    plan = [word(change) for change in tree.repository.difference_to("HEAD", [inside(path)]).changes]
    done = restore(tree, "HEAD", path)

    assert done.problems == ()
    assert ("moved", f"e{path[1:]}", path) in plan
    assert ("deleted", path) in plan
    expected = {"d/f", "e/s", "e/s/x", "e/s/new"} if path == "d/f" else {"d/s", "d/s/x", "e/f"}
    assert set(real(tree.top)) == {"d", "e", *expected}
    tree.commit()
    assert tree.ids()[path] == before[path]


def test_what_goes_along_with_a_directory_leaves_alone(tmp_path: Path) -> None:
    """A path that a revision has not is free afterwards: what is there is where the revision has it."""
    tree = Tree(tmp_path, {"d": {"f": "1", "g": "2"}})
    tree.commit()
    tree.move("d", "e")
    done = restore(tree, "HEAD", "e/f")

    assert done.problems == ()
    assert set(real(tree.top)) == {"d", "d/f", "e", "e/g"}


def test_what_is_ignored_stays(tmp_path: Path) -> None:
    """A directory that should go stays with what is ignored in it, and is named."""
    tree = Tree(tmp_path, {".annexishignore": "*.tmp\n", "a": "1"})
    tree.commit()
    tree.write("d/b", "1")
    tree.write("d/x.tmp", "mine")
    tree.commit()
    done = restore(tree, "HEAD~1")

    assert left(done) == [("left", "d")]
    assert (os.listdir(tree.path("d")), tree.read("d/x.tmp")) == (["x.tmp"], b"mine")


def test_a_name_that_is_taken_by_what_is_ignored(tmp_path: Path) -> None:
    """What belongs there stays where it was, with all that is in it; it is named."""
    tree = Tree(tmp_path, {"old.tmp": {"in": "1"}, "a": "1"})
    tree.commit()
    tree.move("old.tmp", "new")
    tree.write(".annexishignore", "*.tmp\n")
    tree.commit()
    tree.write("old.tmp", "mine")
    done = restore(tree, "HEAD~1")

    assert ("left", "old.tmp") in left(done)
    assert tree.read("old.tmp") == b"mine"
    assert tree.read("new/in") == b"1"
    assert not os.path.lexists(tree.path(".annexish/staging"))


def test_a_file_and_a_directory_swap_places(tmp_path: Path) -> None:
    """Both are themselves again."""
    tree = Tree(tmp_path, {"a": {"in": "1"}, "b": "2"})
    tree.commit()
    tree.move("a", "c")
    tree.move("b", "a")
    tree.move("c", "b")
    tree.commit()
    before = tree.ids()
    done = restore(tree, "HEAD~1")

    assert steps(done) == [("move", "a"), ("move", "b")]
    assert (tree.read("a/in"), tree.read("b")) == (b"1", b"2")
    tree.commit()
    assert set(tree.ids().values()) == set(before.values())
    assert differs(tree, "HEAD~2") == []


def test_a_link_that_points_elsewhere_in_a_directory_that_moved(tmp_path: Path) -> None:
    """The one that is there goes before the other comes."""
    tree = Tree(tmp_path, {"d": {"l": Link("one"), "x": "1", "y": "2"}})
    tree.commit()
    tree.move("d", "e")
    tree.remove("e/l")
    os.symlink("two", tree.path("e/l"))
    tree.commit()
    done = restore(tree, "HEAD~1")

    assert done.problems == ()
    assert sorted(os.listdir(tree.path("d"))) == ["l", "x", "y"]
    assert os.readlink(tree.path("d/l")) == "one"


def test_contents_that_are_not_kept_are_left(tmp_path: Path) -> None:
    """Nothing is deleted or replaced that could not come back."""
    tree = Tree(tmp_path, {"a": "1"})
    tree.commit()
    tree.repository.config_set("keep.mode", "off")
    tree.write("new", "only here")
    tree.remove("a")
    tree.write("a", "22")
    tree.commit()
    done = restore(tree, "HEAD~1")

    assert left(done) == [("left", "new"), ("left", "a")]
    assert (tree.read("new"), tree.read("a")) == (b"only here", b"22")


def test_a_content_that_only_a_present_file_has(tmp_path: Path) -> None:
    """It is copied from there, for a file that is gone and for one that has other bytes now."""
    tree = Tree(tmp_path, {"a": "one", "b": "one", "copy": "one"})
    tree.commit()
    tree.remove("a")
    tree.write("b.new", "two")
    tree.move("b.new", "b")
    tree.commit()
    os.unlink(kept_path(tree, "copy"))
    done = restore(tree, "HEAD~1")

    assert (steps(done), done.problems) == ([("copy", "a"), ("copy", "b")], ())
    assert (tree.read("a"), tree.read("b")) == (b"one", b"one")


def test_a_kept_content_of_another_file_is_read_before_it_is_relied_on(tmp_path: Path) -> None:
    """The keep has the inode of one of two twins; a program wrote into it and set its time back."""
    tree = Tree(tmp_path, {"a": "1"})
    tree.commit()
    tree.write("one", "twins")
    tree.write("two", "twins")
    tree.commit_calmly()
    other = next(path for path in ("one", "two") if os.stat(tree.path(path)).st_nlink == 1)
    Path(kept_path(tree, other)).write_text("WRONG")
    done = restore(tree, "HEAD~1", other)

    assert left(done) in ([("left", other)], [])
    assert b"twins" in [Path(at, name).read_bytes() for at, _, names in os.walk(tree.top) for name in names]


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    """It names the changes that are made then."""
    tree = Tree(tmp_path, {"a": "1", "d": {"x": "1"}})
    tree.commit()
    tree.remove("a")
    tree.move("d", "e")
    before, head = everything(tree.top), tree.heads()
    plan = [word(change) for change in tree.repository.difference_to("HEAD").changes]

    assert (everything(tree.top), tree.heads()) == (before, head)
    assert plan == [("added", "a"), ("moved", "e", "d")]
    assert steps(restore(tree, "HEAD")) == [("copy", "a"), ("move", "d")]


def test_hard_links(tmp_path: Path) -> None:
    """Groups that were joined, split, or lost a name are what they were."""
    tree = Tree(tmp_path, dict.fromkeys(("a", "b", "c", "d", "e"), "same"))
    for new in ("b", "c"):
        tree.remove(new)
        os.link(tree.path("a"), tree.path(new))
    tree.commit()
    before = everything(tree.top)
    tree.remove("c", "e")
    os.link(tree.path("d"), tree.path("e"))
    tree.commit()
    assert restore(tree, "HEAD~1").problems == ()

    assert timeless(everything(tree.top)) == timeless(before)


def test_the_time_of_a_directory(tmp_path: Path) -> None:
    """It is the recorded one, also where the same names were there before and after."""
    tree = Tree(tmp_path, {"d": {"x": "1"}, "y": "1"})
    os.utime(tree.path("d"), ns=(0, 12345))
    tree.commit()
    tree.write("d/z", "1")
    tree.commit()
    tree.remove("d/z")
    tree.commit()
    restore(tree, "HEAD~2")

    assert os.stat(tree.path("d")).st_mtime_ns == 12345


def test_attributes_that_came_later_are_gone(tmp_path: Path) -> None:
    """Of a directory as of a file."""
    tree = Tree(tmp_path, {"d": {"x": "1"}, "y": "1"})
    tree.commit()
    for path in ("d", "y"):
        os.setxattr(tree.path(path), "user.a", b"1")
    tree.commit()
    restore(tree, "HEAD~1")

    assert [os.listxattr(tree.path(path)) for path in ("d", "y")] == [[], []]
    assert differs(tree, "HEAD~1") == []


def test_a_restore_is_an_operation_that_can_be_undone(tmp_path: Path) -> None:
    """What was dirty before it is a commit; undo brings that back."""
    tree = Tree(tmp_path, {"a": "1", "b": "1"})
    tree.commit()
    tree.write("a", "22")
    tree.write("c", "3")
    before = everything(tree.top)
    restore(tree, "HEAD")
    assert tree.read("a") == b"1"
    assert tree.repository.undo().done.problems == ()

    assert timeless(everything(tree.top)) == timeless(before)


def test_what_is_overwritten_after_a_restore_is_lost(tmp_path: Path) -> None:
    """Two files changed places, and back by a restore; one of them is replaced before the next commit."""
    tree = Tree(tmp_path, {"a": "content", "d": {"k": "overwritten"}, "z": "1"})
    tree.commit()
    tree.move("a", "t")
    tree.move("d/k", "a")
    tree.move("t", "d/k")
    tree.commit()
    restore(tree, "HEAD~1", "d")
    tree.write("new", "by a program that saves through a new file")
    tree.move("new", "d/k")
    recorded = Counter(one[0] for one in tree.commit())

    assert next(tree.repository.log(number=1)).counts == recorded
    assert [(os.fsdecode(one.path), one.size) for one in tree.repository.lost()] == [("a", len("overwritten"))]
    tree.repository.recover([inside("a")])
    assert b"overwritten" in {Path(at, name).read_bytes() for at, _, names in os.walk(tree.top) for name in names}
