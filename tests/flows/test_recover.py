"""What was deleted or overwritten comes back, over nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from annexish.errors import AnnexishError, Missing, Usage
from annexish.model.report import Recovered
from annexish.store.journal import Journal, Request
from tests.conftest import MakeFilesystem
from tests.flows.hammering import EXCHANGED, hammering
from tests.kept import forget, kept_path
from tests.rich import draw_everything, everything
from tests.trees import FIFO, Link, Tree, check_snapshot, fsck, inside


def recover(tree: Tree, *paths: str, at: str | None = None, to: str | None = None) -> Recovered:
    """Bring back; what was done."""
    return tree.repository.recover([inside(path) for path in paths], at=at, to=to)


def steps(done: Recovered) -> list[tuple[str, str]]:
    """(word, path) of what was done."""
    return sorted((step.word, os.fsdecode(step.path)) for step in done.steps)


def problems(done: Recovered) -> list[tuple[str, str]]:
    """(code, path) of what was not done."""
    return [(problem.code, os.fsdecode(problem.path)) for problem in done.problems]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A committed tree."""
    tree = Tree(tmp_path, {"a": "one", "d": {"x": "deep", "e": {"y": "deeper"}, "l": Link("x")}, "b": "two"})
    os.utime(tree.path("d"), ns=(0, 12345))
    tree.commit()
    return tree


@pytest.mark.parametrize("inside", [".annexish", ".annexish/out", ".annexish/keep"])
def test_the_control_directory_is_no_place(tree: Tree, inside: str) -> None:
    """Nor is anything in it."""
    tree.remove("a")
    with pytest.raises(Usage, match="control directory"):
        recover(tree, "a", to=tree.path(inside))
    assert not os.path.lexists(tree.path(f"{inside}/a"))


def test_what_was_overwritten_in_a_directory_that_moved(tree: Tree) -> None:
    """Before the next commit too it comes back by the path at which it is listed."""
    tree.move("d", "f")
    tree.remove("f/x")
    tree.write("f/x", "another")
    (loss,) = tree.repository.lost()
    assert (loss.path, loss.replaced) == (b"d/x", True)
    assert list(tree.repository.lost([inside("d")])) == [loss]
    recover(tree, "d/x")
    assert tree.read("d/x") == b"deep"


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs"])
@pytest.mark.parametrize("committed", [False, True], ids=["uncommitted", "committed"])
def test_everything_comes_back(filesystem: MakeFilesystem, kind: str, *, committed: bool) -> None:
    """Content, holes, modes, owners, times, attributes, links of both kinds, special files; each object is itself."""
    top = filesystem(kind, mib=120)
    tree = Tree(top)
    os.mkdir(tree.path("all"))
    draw_everything(tree.path("all"))
    tree.write("other", "1")
    tree.commit()
    before, ids = everything(tree.path("all")), tree.ids()
    shutil.rmtree(tree.path("all"))
    if committed:
        tree.commit(allow_mass_deletion=True)
    done = recover(tree, "all")

    assert done.problems == ()
    assert everything(tree.path("all")) == before
    tree.commit()
    assert tree.ids() == ids
    assert tree.status() == []
    fsck(tree)


def test_a_part_of_what_was_deleted(tree: Tree) -> None:
    """The directories that lead to it come along, with their metadata."""
    os.chmod(tree.path("d"), 0o750)
    tree.commit()
    tree.remove("d")
    tree.commit()
    done = recover(tree, "d/e")

    assert steps(done) == [("copy", "d/e/y"), ("mkdir", "d"), ("mkdir", "d/e")]
    found = os.stat(tree.path("d"))
    assert (found.st_mode & 0o777, found.st_mtime_ns) == (0o750, 12345)
    assert os.listdir(tree.path("d")) == ["e"]


def test_the_newest_loss_of_a_path(tree: Tree) -> None:
    """What was deleted twice comes back as it was the last time."""
    tree.remove("a")
    tree.commit()
    tree.write("a", "second life")
    tree.commit()
    tree.remove("a")
    tree.commit()
    recover(tree, "a")
    assert tree.read("a") == b"second life"


def test_an_overwritten_file(tree: Tree) -> None:
    """It comes back beside the new one if it is named itself; several times, if they are different."""
    for text in ("second", "third"):
        tree.remove("a")
        tree.write("a", text)
        tree.commit()
    with pytest.raises(Missing):
        recover(tree, "")
    done = recover(tree, "a")

    name = f"a.recovered-{tree.ls('HEAD~1')['a'].digest.hex()[:8]}"  # type: ignore[union-attr]
    assert steps(done) == [("copy", name)]
    assert done.steps[0].wanted == b"a"
    assert (tree.read("a"), tree.read(name)) == (b"third", b"second")
    assert recover(tree, "a").steps == ()


def test_names_beside(tree: Tree) -> None:
    """They keep the extension, and are no longer than names may be; one that is taken gets a number."""
    long = "n" * 250 + ".jpeg"
    tree.write(long, "one")
    tree.commit()
    mark = f".recovered-{tree[long].digest.hex()[:8]}"  # type: ignore[union-attr]
    tree.remove(long)
    tree.write(long, "mine")
    tree.write("n" * (255 - len(mark) - 5) + mark + ".jpeg", "mine, too")
    done = recover(tree, long)

    assert steps(done) == [("copy", "n" * (255 - len(mark) - 7) + mark + "-2.jpeg")]
    assert tree.read(long) == b"mine"


@pytest.mark.parametrize("name", ["\u65e5" * 84, "a" + "\u65e5" * 80 + ".jpeg"])
def test_no_character_of_a_name_beside_is_cut(tree: Tree, name: str) -> None:
    """What was UTF-8 is UTF-8."""
    tree.write(name, "one")
    tree.commit()
    tree.remove(name)
    tree.write(name, "mine")
    (step,) = recover(tree, name).steps

    assert 250 < len(step.path) < 256
    assert step.path.decode().startswith(name[:70])


def test_other_kinds_beside(tmp_path: Path) -> None:
    """A link or a pipe whose name is taken."""
    tree = Tree(tmp_path, {"l": Link("x"), "p": FIFO, "a": "1"})
    tree.commit()
    tree.remove("l", "p")
    tree.commit()
    tree.write("l", "mine")
    tree.write("p", "mine")
    done = recover(tree, "l", "p")

    assert [step.wanted for step in done.steps] == [b"l", b"p"]
    assert os.readlink(tree.path(os.fsdecode(done.steps[0].path))) == "x"
    assert (tree.read("l"), tree.read("p")) == (b"mine", b"mine")


def test_a_file_where_a_directory_was(tree: Tree) -> None:
    """The directory and all that was in it are brought back beside the file."""
    tree.remove("d")
    tree.write("d", "mine")
    done = recover(tree, "d")

    assert tree.read("d") == b"mine"
    beside = os.fsdecode(next(step.path for step in done.steps if step.wanted == b"d"))
    assert beside.startswith("d.recovered-")
    assert (tree.read(f"{beside}/x"), tree.read(f"{beside}/e/y")) == (b"deep", b"deeper")
    assert done.problems == ()


def test_what_a_path_was_at_a_revision(tree: Tree) -> None:
    """Whether or not it is lost; what is there already is left alone."""
    tree.write("d/new", "1")
    tree.remove("d/x")
    tree.write("d/x", "changed")
    tree.commit()
    done = recover(tree, "d", at="HEAD~1")

    assert len(done.steps) == 1
    assert done.steps[0].wanted == b"d/x"
    assert tree.read("d/x") == b"changed"
    with pytest.raises(Missing):
        recover(tree, "nothing", at="HEAD~1")


def test_into_another_directory(tree: Tree, tmp_path: Path) -> None:
    """It is made if it is missing, and gets what was lost without the directories that all have in common."""
    tree.remove("d")
    recover(tree, "d/x", "d/e", to=str(tmp_path / "out" / "put"))

    assert sorted(os.listdir(tmp_path / "out" / "put")) == ["e", "x"]
    assert (tmp_path / "out" / "put" / "e" / "y").read_text() == "deeper"
    assert not os.path.exists(tree.path("d"))


def test_nothing_to_bring_back(tree: Tree) -> None:
    """It is said."""
    for path in ("a", "nothing", "d"):
        with pytest.raises(Missing):
            recover(tree, path)


def test_a_second_time(tree: Tree) -> None:
    """There is nothing to do."""
    tree.remove("d", "a")
    tree.commit()
    recover(tree, "d", "a")
    before = everything(tree.top)
    assert recover(tree, "d", "a") == Recovered((), ())
    assert everything(tree.top) == before
    tree.commit()
    with pytest.raises(Missing):
        recover(tree, "d")


def test_a_kept_content_that_was_altered(tree: Tree) -> None:
    """It is refused: what comes back is what was lost, or nothing."""
    kept = kept_path(tree, "a")
    tree.remove("a", "b")
    tree.commit()
    Path(kept).write_text("eno")
    done = recover(tree, "a", "b")

    assert problems(done) == [("missing", "a")]
    assert steps(done) == [("copy", "b")]
    assert not os.path.lexists(tree.path("a"))


def test_a_content_that_is_nowhere(tree: Tree) -> None:
    """It is named; the rest comes back."""
    digest = tree["d/x"].digest
    assert digest
    forget(tree, digest)
    tree.remove("d")
    done = recover(tree, "d")

    assert problems(done) == [("missing", "d/x")]
    assert tree.read("d/e/y") == b"deeper"


def test_the_very_inode(tree: Tree) -> None:
    """What only the keep has is the user's file again; with another name of it in the tree it is another file."""
    inode = os.stat(tree.path("a")).st_ino
    os.link(tree.path("b"), tree.path("other"))
    tree.commit()
    tree.remove("a", "b")
    tree.commit()
    recover(tree, "a", "b")

    assert os.stat(tree.path("a")).st_ino == inode
    assert not os.path.samefile(tree.path("b"), tree.path("other"))
    tree.append("b", "!")
    assert tree.read("other") == b"two"


def test_what_came_back_can_be_lost_again(tree: Tree) -> None:
    """The keep still has it."""
    for _ in range(3):
        tree.remove("a")
        tree.commit()
        recover(tree, "a")
        tree.commit()
    assert tree.read("a") == b"one"


@pytest.mark.root
def test_nothing_is_inherited(tree: Tree) -> None:
    """A file is as it was, whatever the directory hands down."""
    if shutil.which("setfacl") is None:
        pytest.skip("needs setfacl")
    subprocess.run(["setfacl", "-d", "-m", "u:1234:rwx", tree.path("d")], check=True)
    os.chown(tree.path("d"), 0, 4321)
    os.chmod(tree.path("d"), 0o2777)
    os.link(tree.path("d/x"), tree.path("other"))
    tree.commit()
    before = everything(tree.path("d"))
    tree.remove("d/x", "d/e")
    recover(tree, "d")

    after = everything(tree.path("d"))
    assert [after[path] for path in (b"x", b"e/y", b"e")] == [before[path] for path in (b"x", b"e/y", b"e")]


def test_a_parent_that_is_a_link(tree: Tree, tmp_path: Path) -> None:
    """It is not followed."""
    (tmp_path / "outside").mkdir()
    tree.remove("d")
    tree.commit()
    os.symlink("../outside", tree.path("d"))
    done = recover(tree, "d/x", "d/e")

    assert os.listdir(tmp_path / "outside") == []
    beside = os.fsdecode(next(step.path for step in done.steps if step.wanted == b"d"))
    assert (tree.read(f"{beside}/x"), tree.read(f"{beside}/e/y")) == (b"deep", b"deeper")
    assert recover(tree, "d/x", "d/e").steps == ()


def test_a_parent_that_is_swapped_for_a_link(tree: Tree, tmp_path: Path) -> None:
    """Whenever that happens, nothing is written outside."""
    (tmp_path / "outside").mkdir()
    for number in range(20):
        tree.write(f"d/{number}", f"{number}")
    tree.commit()
    for number in range(20):
        tree.remove(f"d/{number}")
    tree.commit(allow_mass_deletion=True)
    with hammering(tree, EXCHANGED):
        for _ in range(20):
            try:
                recover(tree, "d")
            except AnnexishError:
                continue
    assert os.listdir(tmp_path / "outside") == []


def test_an_interrupted_one_is_finished_by_the_next_command(tree: Tree) -> None:
    """The journal says what was wanted; directories get their metadata, too."""
    snapshot = tree.repository._place.history.commit(tree.repository.show().commit.id).tree  # noqa: SLF001
    tree.remove("d")
    tree.commit()
    os.mkdir(tree.path("d"))
    journal = Journal(tree.path(".annexish"))
    journal.write(
        Request("recover", os.fsencode(tree.top), ((snapshot, inside("d")), (snapshot, inside("d/x"))), inside(""))
    )
    tree.commit()

    assert journal.read() is None
    assert tree.read("d/x") == b"deep"
    assert os.stat(tree.path("d")).st_mtime_ns == 12345
    check_snapshot(tree)


def test_a_history_with_the_name_of_the_control_directory(tmp_path: Path) -> None:
    """Nothing is ever made at it, in any case of letters; deeper it is a name as others."""
    tree = Tree(tmp_path, {".ANNEXISH": {"config.toml": "evil"}, "d": {".annexish": {"x": "1"}}, "a": "1"})
    tree.commit()
    tree.remove(".ANNEXISH", "d")
    tree.commit(allow_mass_deletion=True)
    done = recover(tree, ".ANNEXISH", "d")

    assert ".ANNEXISH" not in os.listdir(tree.top)
    assert ("missing", ".ANNEXISH") in problems(done)
    assert tree.read("d/.annexish/x") == b"1"


def test_what_a_path_lost_before_stays_lost(tmp_path: Path) -> None:
    """The newest content comes back and is lost no more; an older one that was deleted there still can come back."""
    tree = Tree(tmp_path, {"a": "older", "b": "rest"})
    tree.commit()
    tree.remove("a")
    tree.commit()
    tree.write("a", "newer and longer")
    tree.commit()
    tree.remove("a")
    tree.commit()
    tree.repository.recover([inside("a")])
    tree.commit()

    left = [(os.fsdecode(one.path), one.size) for one in tree.repository.lost() if not one.replaced]
    assert left == [("a", len("older"))]


def test_a_commit_of_other_paths_forgets_nothing(tmp_path: Path) -> None:
    """What was brought back is the object that it was, also when another file is committed first."""
    tree = Tree(tmp_path, {"a": "one", "b": "rest"})
    tree.commit()
    before = tree.ids()
    tree.remove("a")
    tree.commit()
    tree.repository.recover([inside("a")])
    tree.write("b", "other")
    tree.repository.commit("only b", [inside("b")])
    tree.commit()
    assert tree.ids()["a"] == before["a"]


def test_a_commit_of_what_was_brought_back(tmp_path: Path) -> None:
    """It is the object that it was, the directory that it is in too, and what was not named is so later."""
    tree = Tree(tmp_path, {"a": "one", "b": "rest", "d": {"c": "two", "e": "three"}})
    tree.commit()
    before = tree.ids()
    tree.remove("a", "d")
    tree.commit(allow_mass_deletion=True)
    tree.repository.recover([inside("a"), inside("d")])
    tree.repository.commit("some", [inside("a"), inside("d/c")])
    assert tree.ids() == {path: id for path, id in before.items() if path != "d/e"}
    assert tree.status() == [("added", "d/e")]
    assert [os.fsdecode(one.path) for one in tree.repository.lost()] == ["d/e"]
    tree.commit()
    assert tree.ids() == before


def test_a_directory_that_is_brought_back_elsewhere_is_not_there_twice(tmp_path: Path) -> None:
    """Where it was last is not named, so it stays there."""
    tree = Tree(tmp_path, {"a": {"b": "one"}, "c": "two"})
    tree.commit()
    tree.move("a", "d")
    tree.commit()
    tree.remove("d")
    tree.repository.recover([inside("a")], at="HEAD~1")
    tree.repository.commit("some", [inside("a")])
    ids = [id for entry in tree.ls().values() for id in entry.ids]
    assert len(ids) == len(set(ids))
    tree.commit()
    assert sorted(tree.ls()) == ["a", "a/b", "c"]


@pytest.mark.parametrize("paths", [[], ["d/a"]])
def test_an_older_version_where_the_directory_has_moved_away(tmp_path: Path, paths: list[str]) -> None:
    """The file went with its directory; what is brought back is another object, and not the same at two paths."""
    tree = Tree(tmp_path, {"d": {"a": "one", "b": "two"}})
    tree.commit()
    tree.remove("d/a")
    tree.write("d/a", "newer")
    tree.commit()
    before = tree.ids()
    tree.move("d", "e")
    tree.repository.recover([inside("d/a")])
    tree.repository.commit("back", map(inside, paths))
    after = tree.ids()
    assert after["e/a"] == before["d/a"] != after["d/a"]
    assert (tree.read("d/a"), tree.read("e/a")) == (b"one", b"newer")


@pytest.mark.parametrize("text", ["other", "one"])
def test_a_new_file_where_something_was_moved_back_from(tmp_path: Path, text: str) -> None:
    """It is an object of its own, also if it has the same content."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two"}})
    tree.commit()
    before = tree.ids()
    tree.move("a", "t")
    tree.move("d/b", "a")
    tree.move("t", "d/b")
    tree.commit()
    tree.repository.restore_here("HEAD~1", [inside("a")])
    tree.remove("d/b")
    tree.write("d/b", text)
    tree.commit()
    after = tree.ids()
    assert after["a"] == before["a"]
    assert after["d/b"] != before["a"]


def test_what_moved_and_changed_is_not_there_twice(tmp_path: Path) -> None:
    """Its former content, brought back to its former path, is another object."""
    tree = Tree(tmp_path, {"a": "some text"})
    tree.repository.config_set("keep.copy-below", "1000")
    tree.commit()
    tree.move("a", "b")
    tree.append("b", " and more")
    assert tree.commit() == [("moved+modified", "a", "b")]
    before = tree.ids()
    tree.repository.recover([inside("a")])
    tree.commit()
    after = tree.ids()
    assert tree.read("a") == b"some text"
    assert after["b"] == before["b"] != after["a"]
