"""A revision as plain files in a directory of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from annexish.errors import AnnexishError, Missing, Refused, Usage
from annexish.model.path import RepoPath, split
from annexish.model.report import Restored, Step
from tests.conftest import MakeFilesystem
from tests.kept import kept_path
from tests.rich import draw_everything, everything
from tests.trees import NOBODY, Link, Tree, as_nobody, troubles


def restore(tree: Tree, to: str, *paths: str, revision: str = "HEAD") -> Restored:
    """Restore into a directory beside the tree."""
    wanted = [RepoPath(os.fsencode(path)) for path in paths]
    return tree.repository.restore(revision, wanted, to=beside(tree, to))


def beside(tree: Tree, name: str) -> str:
    """A path beside the tree."""
    return os.path.join(os.path.dirname(tree.top), name)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree of two revisions, whose contents are all kept."""
    tree = Tree(tmp_path, {"a": "one", "d": {"x": "deep", "e": {"y": "deeper"}, "l": Link("x")}, "b": "two"})
    tree.commit()
    tree.remove("a", "b", "d/e")
    tree.write("b", "three")
    tree.commit()
    return tree


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs"])
def test_everything_comes_back(filesystem: MakeFilesystem, kind: str) -> None:
    """Content, holes, modes, owners, times, attributes, links of both kinds, special files, odd and long names."""
    top = filesystem(kind, mib=120)
    (top / "tree").mkdir()
    draw_everything(str(top / "tree"))
    tree = Tree(top)
    tree.commit()
    before = everything(tree.top)
    done = restore(tree, "out")

    assert done.problems == ()
    assert everything(top / "out") == before
    assert sum(done.counts.values()) == len(before) - 1
    assert ("reflink" in done.counts) == (kind in ("btrfs", "xfs"))


@pytest.mark.root
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_everything_comes_back_on_another_file_system(filesystem: MakeFilesystem, kind: str, tmp_path: Path) -> None:
    """By copying; holes stay holes."""
    (tmp_path / "tree").mkdir()
    draw_everything(str(tmp_path / "tree"))
    tree = Tree(tmp_path)
    tree.commit()
    before = everything(tree.top)
    to = filesystem(kind, mib=120) / "out"
    done = tree.repository.restore("HEAD", to=to)

    assert (done.problems, "reflink" in done.counts) == ((), False)
    assert everything(to) == before


def test_an_old_revision(tree: Tree) -> None:
    """It is as it was, whatever happened since."""
    done = restore(tree, "out", revision="HEAD~1")

    assert real_of(beside(tree, "out")) == {"a": "one", "b": "two", "d/x": "deep", "d/e/y": "deeper", "d/l": "x"}
    assert dict(done.counts) == {"copy": 4, "mkdir": 2, "symlink": 1}
    assert done.size == len("onetwodeepdeeper")


def test_only_some_paths(tree: Tree) -> None:
    """They are below the directories that lead to them; nothing else is there."""
    restore(tree, "out", "d/e", "b", revision="HEAD~1")

    assert real_of(beside(tree, "out")) == {"b": "two", "d/e/y": "deeper"}
    with pytest.raises(Missing):
        restore(tree, "none", "nothing", revision="HEAD~1")
    assert not os.path.lexists(beside(tree, "none"))


def test_steps_are_told(tree: Tree) -> None:
    """Each once, directories before what is in them."""
    told: list[Step] = []
    tree.repository.restore("HEAD~1", to=beside(tree, "out"), tell=told.append)

    assert sorted(step[:2] for step in told) == [
        ("copy", b"a"), ("copy", b"b"), ("copy", b"d/e/y"), ("copy", b"d/x"),
        ("mkdir", b"d"), ("mkdir", b"d/e"), ("symlink", b"d/l"),
    ]  # fmt: skip
    order = [step.path for step in told]
    assert order.index(RepoPath(b"d")) < order.index(RepoPath(b"d/x"))


def test_a_plan_writes_nothing(tree: Tree) -> None:
    """It tells the steps, and what is nowhere here."""
    told: list[Step] = []
    shutil.rmtree(tree.path(".annexish/keep"))
    done = tree.repository.restore("HEAD~1", to=beside(tree, "out"), dry_run=True, tell=told.append)

    assert len(told) == 7
    assert troubles(done.problems) == [("absent", "a"), ("absent", "b"), ("absent", "d/e/y")]
    assert not os.path.lexists(beside(tree, "out"))


def test_what_the_keep_lacks_comes_from_present_files(tree: Tree) -> None:
    """Wherever they are now; what is nowhere is named with what is known, and the rest is restored."""
    shutil.rmtree(tree.path(".annexish/keep"))
    tree.move("d/x", "elsewhere")
    tree.commit()
    done = restore(tree, "out", revision="HEAD~2")

    assert real_of(beside(tree, "out")) == {"d/x": "deep", "d/l": "x"}
    assert troubles(done.problems) == [("absent", "a"), ("absent", "b"), ("absent", "d/e/y")]
    reason = next(problem.reason for problem in done.problems if problem.path == b"a")
    assert "3 bytes" in reason
    assert (tree.ls("HEAD~2")["a"].digest or b"").hex() in reason


def test_wrong_bytes_are_never_given_out(tree: Tree) -> None:
    """A kept content that was altered in place is named, of the same size or another one, small or large."""
    tree.write("large", "l" * 600_000)
    tree.commit()
    for path, text in (("b", "THREE"), ("d/x", "longer than it was"), ("large", "L" * 600_000)):
        Path(kept_path(tree, path)).write_text(text)
    done = restore(tree, "out")

    assert troubles(done.problems) == [("corrupt", "b"), ("corrupt", "d/x"), ("corrupt", "large")]
    assert real_of(beside(tree, "out")) == {"d/l": "x"}


def test_a_good_present_file_stands_in_for_a_bad_kept_one(tree: Tree) -> None:
    """What is kept are other bytes; the file itself is as it was."""
    os.unlink(kept_path(tree, "d/x"))
    Path(kept_path(tree, "d/x")).write_text("evil")
    done = restore(tree, "out", "d/x")

    assert (done.problems, real_of(beside(tree, "out"))) == ((), {"d/x": "deep"})


def test_hard_links_whose_content_only_a_present_file_has(tmp_path: Path) -> None:
    """They are one inode again."""
    tree = Tree(tmp_path, {"a": "shared", "d": {}})
    tree.repository.config_set("keep.mode", "off")
    os.link(tree.path("a"), tree.path("d/b"))
    tree.commit()
    done = restore(tree, "out")

    assert dict(done.counts) == {"copy": 1, "link": 1, "mkdir": 1}
    assert os.path.samefile(beside(tree, "out/a"), beside(tree, "out/d/b"))
    assert not os.path.samefile(beside(tree, "out/a"), tree.path("a"))


def test_many_directories(tmp_path: Path) -> None:
    """So many that several processes make them; hard links across them are one inode, times are as they were."""
    tree = Tree(tmp_path, {f"d{n}": {f"{m}": {"f": f"{n} {m}", "e": {}} for m in range(3)} for n in range(300)})
    for n in range(0, 300, 7):
        os.link(tree.path(f"d{n}/0/f"), tree.path(f"d{299 - n}/1/joined"))
        os.utime(tree.path(f"d{n}/1"), ns=(0, n))
    tree.commit()
    told: list[Step] = []
    done = tree.repository.restore("HEAD", to=beside(tree, "out"), tell=told.append)

    before = everything(tree.top)
    assert done.problems == ()
    assert everything(beside(tree, "out")) == before
    assert len(told) == len({step.path for step in told}) == len(before) - 1
    seen = set()
    for step in told:
        seen.add(step.path)
        assert split(step.path)[0] in seen | {b""}


def test_a_large_flat_directory(tmp_path: Path) -> None:
    """One that is stored in shards."""
    tree = Tree(tmp_path, {"flat": {f"{number}": f"{number}" for number in range(5000)}})
    tree.commit()
    done = restore(tree, "out")

    assert done.counts["copy"] == 5000
    assert len(os.listdir(beside(tree, "out/flat"))) == 5000


@pytest.mark.parametrize("taken", ["full", "file", "dangling"])
def test_a_place_that_is_taken(tree: Tree, taken: str) -> None:
    """Nothing is ever overwritten; a link leads to where it leads."""
    to = beside(tree, taken)
    if taken == "full":
        os.makedirs(to + "/something")
    elif taken == "file":
        Path(to).write_text("mine")
    else:
        os.symlink("missing/there", to)
    with pytest.raises((Refused, Missing)) as refused:
        restore(tree, taken)

    assert refused.value.hint
    assert sorted(os.listdir(os.path.dirname(tree.top))) == sorted(["tree", taken])


def test_an_empty_directory_is_taken_over(tree: Tree) -> None:
    """Also one that a link leads to, and one inside the working tree."""
    os.mkdir(beside(tree, "empty"))
    os.symlink("empty", beside(tree, "link"))
    restore(tree, "link", revision="HEAD~1")
    assert real_of(beside(tree, "empty"))["a"] == "one"
    tree.repository.restore("HEAD~1", to=tree.path("old"))
    assert tree.read("old/a") == b"one"


@pytest.mark.parametrize("inside", [".annexish", ".annexish/out", ".annexish/keep/out"])
def test_the_control_directory_is_no_place(tree: Tree, inside: str) -> None:
    """Nor is anything in it."""
    with pytest.raises(Usage, match="control directory"):
        tree.repository.restore("HEAD", to=tree.path(inside))


def test_a_full_disk_leaves_nothing(tree: Tree, filesystem: MakeFilesystem) -> None:
    """The directory is whole or absent."""
    tree.write("large", os.urandom(3 << 20))
    tree.commit()
    place = filesystem("tmpfs", mib=1)
    with pytest.raises(AnnexishError, match="No space left"):
        tree.repository.restore("HEAD", to=place / "out")

    assert os.listdir(place) == []


@pytest.mark.root
def test_an_ordinary_user_gets_what_is_possible(tmp_path: Path) -> None:
    """Contents, modes and times; files of others become one's own, and do not run as whoever restores them."""
    os.chmod(tmp_path, 0o777)
    for above in (tmp_path.parent, tmp_path.parent.parent, tmp_path.parent.parent.parent):
        os.chmod(above, os.stat(above).st_mode | 0o055)
    tree = Tree(tmp_path, {"mine": "1", "theirs": "2", "d": {"x": "3"}})
    for path in ("mine", "d", "d/x", ""):
        os.chown(tree.path(path), NOBODY, NOBODY)
    for path in ("mine", "theirs"):
        os.chmod(tree.path(path), 0o4755)
        os.utime(tree.path(path), ns=(0, 77))
    os.setxattr(tree.path("mine"), "user.a", b"1")
    os.chmod(tree.path("d/x"), 0o444)
    os.setxattr(tree.path("d/x"), "user.a", b"1")
    os.chmod(tree.path("d"), 0o555)
    tree.commit()
    for at, _, files in os.walk(tree.path(".annexish")):
        for each in (at, *(os.path.join(at, name) for name in files)):
            if os.stat(each).st_nlink == 1 or os.path.isdir(each):
                os.chown(each, NOBODY, NOBODY)
    to = beside(tree, "out")
    done = as_nobody(lambda: tree.repository.restore("HEAD", to=to))

    assert [(problem.code, problem.path) for problem in done.problems] == [("note", b"theirs")]
    assert {path: one.mode & 0o7777 for path, one in everything(to).items() if path} == {
        b"mine": 0o4755, b"theirs": 0o755, b"d": 0o555, b"d/x": 0o444,
    }  # fmt: skip
    assert {one.owner for one in everything(to).values()} == {(NOBODY, NOBODY)}
    assert everything(to)[b"d/x"].attributes == (("user.a", b"1"),)
    assert everything(to)[b"theirs"].mtime == 77


def test_nothing_is_inherited_from_where_it_is_restored_to(tree: Tree) -> None:
    """Neither the group of the directory above nor its default ACL."""
    if shutil.which("setfacl") is None:
        pytest.skip("needs setfacl")
    os.mkdir(beside(tree, "above"))
    os.chmod(beside(tree, "above"), 0o2777)
    subprocess.run(["setfacl", "-d", "-m", "u:1234:rwx", beside(tree, "above")], check=True)
    restore(tree, "above/out")

    before, after = everything(tree.top), everything(beside(tree, "above/out"))
    assert {path: one[:2] + one[7:] for path, one in after.items()} == {
        path: one[:2] + one[7:] for path, one in before.items()
    }


def test_a_name_that_would_make_a_repository_is_refused(tree: Tree) -> None:
    """A snapshot that somebody else made may hold the name of the control directory at its top."""
    os.makedirs(tree.path("sub/.Annexish/history.git"))
    tree.write("sub/.Annexish/config.toml", "evil")
    tree.commit()
    restore(tree, "out")
    assert os.path.isdir(beside(tree, "out/sub/.Annexish"))
    other = Tree(Path(os.path.dirname(tree.top)), {".ANNEXISH": {"x": "evil"}, "a": "1"}, name="other")
    other.commit()
    done = restore(other, "out2")

    assert troubles(done.problems) == [("failed", ".ANNEXISH")]
    assert os.listdir(beside(other, "out2")) == ["a"]


def test_a_leftover_is_said(tree: Tree) -> None:
    """It is not touched."""
    os.mkdir(beside(tree, "out.annexish-12345678"))
    done = restore(tree, "out")

    assert [problem.code for problem in done.problems] == ["note"]
    assert "out.annexish-12345678" in done.problems[0].reason


def real_of(top: str) -> dict[str, str]:
    """Contents and targets by path."""

    def each() -> Iterator[tuple[str, str]]:
        for at, directories, files in os.walk(top):
            for name in directories + files:
                path = os.path.join(at, name)
                if os.path.islink(path):
                    yield os.path.relpath(path, top), os.readlink(path)
                elif os.path.isfile(path):
                    yield os.path.relpath(path, top), Path(path).read_text()

    return dict(each())
