"""A file system mounted inside the tree has a keep of its own where that was asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.errors import AnnexishError, Refused, Unreachable, Usage
from annexish.flows.losses.release import Net
from annexish.flows.place.place import Place
from tests.conftest import MakeFilesystem
from tests.flows.kept import kept, lost, run
from tests.trees import Tree, check_snapshot, inside, troubles

pytestmark = pytest.mark.root

BIG = "inside" * 10_000
KEEP = ".annexish-keep"

MakeDisk = Callable[..., Tree]


@pytest.fixture
def disk(filesystem: MakeFilesystem) -> MakeDisk:
    """A tree on an ext4 in which another file system is mounted at `disk`, with a keep of its own."""

    def make(kind: str = "ext4", *, ask: bool = True) -> Tree:
        tree = Tree(filesystem("ext4", mib=16), {"a": "outside", "disk": {}})
        at = filesystem(kind, at=Path(tree.path("disk")))
        if (at / "lost+found").exists():
            (at / "lost+found").rmdir()
        if ask:
            tree.repository.config_set("keep.mounts", "disk")
        return tree

    return make


@contextmanager
def away(tree: Tree) -> Iterator[None]:
    """The disk is mounted elsewhere for a while."""
    spare = Path(tree.top).with_name("spare")
    spare.mkdir()
    subprocess.run(["mount", "--bind", tree.path("disk"), str(spare)], check=True)
    subprocess.run(["umount", tree.path("disk")], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "--bind", str(spare), tree.path("disk")], check=True)
        subprocess.run(["umount", str(spare)], check=True)


def name_of(data: str) -> str:
    """What a keep calls a content."""
    digest = blake3(data.encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:]}"


def kept_there(tree: Tree, data: str) -> bool:
    """Whether the keep of the disk has a content."""
    return os.path.exists(tree.path(f"disk/{KEEP}/{name_of(data)}"))


def recoverable(tree: Tree) -> dict[str, bool]:
    """Whether what is lost can be brought back, by path."""
    return {os.fsdecode(one.path): one.recoverable for one in tree.repository.lost()}


def net(tree: Tree) -> list[tuple[str, str, str]]:
    """What `doctor` says of the safety net."""
    return [(f.subject, f.state, f.explanation) for f in tree.repository.doctor() if f.subject.startswith("safety net")]


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_what_is_mounted_is_kept_there(disk: MakeDisk, kind: str) -> None:
    """Each file has its name on its own file system; the keeps are not recorded, and only their user enters."""
    tree = disk(kind)
    tree.write("disk/d/x", BIG)
    tree.commit()

    assert (kept_there(tree, BIG), kept(tree, BIG)) == (True, False)
    assert (kept_there(tree, "outside"), kept(tree, "outside")) == (False, True)
    assert sorted(tree.ls()) == ["a", "disk", "disk/d", "disk/d/x"]
    assert tree.repository.status().unprotected == 0
    assert os.stat(tree.path(f"disk/{KEEP}")).st_mode & 0o777 == 0o700
    tree.commit_calmly()
    assert dict(tree.committed().read) == {}


def test_what_was_deleted_comes_back(disk: MakeDisk) -> None:
    """To its place on the mounted file system, as the very inode that it was, and to the other side as a copy."""
    tree = disk()
    tree.write("disk/d/x", BIG)
    tree.write("disk/y", "another")
    tree.commit()
    inode = os.stat(tree.path("disk/d/x")).st_ino
    tree.remove("disk/d", "disk/y")
    tree.commit()
    assert recoverable(tree) == {"disk/d": True, "disk/d/x": True, "disk/y": True}

    assert tree.repository.recover([inside("disk/d")]).problems == ()
    assert tree.read("disk/d/x") == BIG.encode()
    assert os.stat(tree.path("disk/d/x")).st_ino == inode
    tree.repository.recover([inside("disk/y")], to=tree.path("there"))
    assert tree.read("there/y") == b"another"
    tree.commit()
    assert recoverable(tree) == {"disk/y": True}


def test_restore_and_undo(disk: MakeDisk) -> None:
    """What a restore takes away on the mounted file system is kept there, and comes back."""
    tree = disk()
    tree.write("disk/d/x", BIG)
    tree.write("disk/gone", "gone")
    tree.commit()
    tree.remove("disk/gone")
    tree.write("disk/new", "new")
    os.rename(tree.path("disk/d"), tree.path("disk/e"))
    tree.write("disk/saved", BIG + "!")
    os.rename(tree.path("disk/saved"), tree.path("disk/e/x"))

    _, done = tree.repository.restore_here("HEAD")
    assert done.problems == ()
    assert (tree.read("disk/d/x"), tree.read("disk/gone")) == (BIG.encode(), b"gone")
    assert not os.path.lexists(tree.path("disk/new"))
    assert not os.path.lexists(tree.path("disk/e"))
    tree.commit()
    assert tree.repository.undo().done.problems == ()
    assert (tree.read("disk/new"), tree.read("disk/e/x")) == (b"new", BIG.encode() + b"!")


def test_a_directory_of_a_revision(disk: MakeDisk, tmp_path: Path) -> None:
    """`restore --to` and `view` find what either keep has."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    tree.remove("disk/x")
    tree.remove("a")
    tree.commit(allow_mass_deletion=True)
    restored, viewed = tmp_path / "restored", tmp_path / "viewed"
    assert tree.repository.restore("HEAD~1", to=restored, dry_run=True).problems == ()
    assert tree.repository.restore("HEAD~1", to=restored).problems == ()
    assert tree.repository.view("HEAD~1", viewed).problems == ()
    for top in (restored, viewed):
        assert ((top / "a").read_text(), (top / "disk/x").read_text()) == ("outside", BIG)


def test_confirming_frees_it_there(disk: MakeDisk) -> None:
    """The name goes, and what that frees is said; nothing else goes."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.write("disk/y", "stays")
    tree.commit()
    tree.remove("disk/x", "disk/y")
    tree.commit(allow_mass_deletion=True)
    done = tree.repository.confirm([inside("disk/x")])

    assert (done.contents, done.bytes_freed >= len(BIG), done.away) == (1, True, ())
    assert (kept_there(tree, BIG), kept_there(tree, "stays")) == (False, True)
    assert lost(tree) == ["disk/y"]


def test_a_content_in_both_keeps(disk: MakeDisk) -> None:
    """A file that moved from one file system to the other has a name in each; confirming takes both."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    tree.copy("disk/x", "x")
    tree.remove("disk/x")
    assert tree.commit() == [("moved", "disk/x", "x")]
    assert (kept_there(tree, BIG), kept(tree, BIG)) == (True, True)
    tree.remove("x")
    tree.commit()
    done = tree.repository.confirm([inside("x")])

    assert (done.contents, done.bytes_freed >= 2 * len(BIG)) == (1, True)
    assert (kept_there(tree, BIG), kept(tree, BIG)) == (False, False)


def test_a_file_written_in_place(disk: MakeDisk) -> None:
    """It is noticed as at the top: its former bytes are gone, and the kept name is that of the new ones."""
    tree = disk()
    tree.write("disk/x", "before")
    tree.commit_calmly()
    tree.write("disk/x", "behind")
    done = tree.committed()

    assert troubles(done.problems) == [("note", "disk/x")]
    assert (kept_there(tree, "before"), kept_there(tree, "behind")) == (False, True)


def test_while_the_disk_is_away(disk: MakeDisk) -> None:
    """Nothing of it is counted as lost or let go; `confirm` says what it could not free, and frees it later."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.write("disk/y", "stays")
    tree.write("b", "beside")
    tree.commit()
    tree.remove("disk/x", "b")
    tree.commit(allow_mass_deletion=True)
    with away(tree):
        assert troubles(tree.repository.status().problems) == [("unreadable", "disk")]
        assert recoverable(tree) == {"disk/x": False, "b": True}
        assert [one.away for one in tree.repository.lost()].count(True) == 1
        assert [state for subject, state, _ in net(tree) if "disk" in subject] == ["away"]
        assert tree.repository.verify().unprotected == 0
        for ending in ("", "-wal", "-shm"):
            Path(tree.path(f".annexish/cache.sqlite{ending}")).unlink(missing_ok=True)
        tree.write("c", "new")
        tree.commit()
        assert recoverable(tree) == {"disk/x": False, "b": True}

        done = tree.repository.confirm()
        assert [os.fsdecode(one.path) for one in done.lost] == ["b"]
        assert [os.fsdecode(one.path) for one in done.away] == ["disk/x"]
        assert lost(tree) == ["disk/x"]
        tree.repository.config_set("keep.expire-after-commits", "1")
        tree.write("c", "newer")
        tree.commit()
        tree.commit()
        assert [os.fsdecode(one.path) for one in tree.repository.expire().away] == ["disk/x"]
    assert recoverable(tree)["disk/x"]
    assert tree.repository.confirm([inside("disk/x")]).contents == 1
    assert (kept_there(tree, BIG), kept_there(tree, "stays")) == (False, True)


def test_verify_and_repair(disk: MakeDisk) -> None:
    """Rot of a file there is healed from the other file system, and a kept name that lies is found."""
    tree = disk("xfs")
    tree.write("disk/x", BIG)
    tree.write("copy", BIG)
    tree.write("disk/lost", "before")
    tree.commit()
    tree.remove("disk/lost")
    tree.commit()
    assert tree.repository.verify().problems == ()
    with open(tree.path(f"disk/{KEEP}/{name_of('before')}"), "r+") as file:
        file.write("behind")
    with open(tree.path(f"disk/{KEEP}/{name_of(BIG)}"), "r+") as file:
        file.write("rotten")
    found = tree.repository.verify(repair=True)

    assert {(os.fsdecode(one.path), one.code, one.healed) for one in found.problems} == {
        (f"disk/{KEEP}/{name_of(BIG)}", "kept", True),
        (f"disk/{KEEP}/{name_of('before')}", "kept", False),
    }
    assert kept_there(tree, "behind")
    assert kept(tree, BIG)
    assert tree.repository.verify().problems == ()


def test_where_there_are_no_hard_links(disk: MakeDisk) -> None:
    """It is refused, nothing is left behind, and what is there stays unprotected, which is said."""
    tree = disk("vfat", ask=False)
    with pytest.raises(Unreachable):
        tree.repository.config_set("keep.mounts", "disk")
    assert tree.repository.config_get("keep.mounts") == "off"
    assert os.listdir(tree.path("disk")) == []
    tree.write("disk/x", BIG)
    tree.commit()
    assert tree.repository.status().unprotected == 1


def test_a_name_that_nobody_asked_for_is_plain_data(disk: MakeDisk) -> None:
    """What was brought along under the name of a keep is recorded, and never taken for one."""
    tree = disk(ask=False)
    tree.write(f"disk/{KEEP}/{name_of('outside')}", "what is this")
    tree.write(f"{KEEP}/x", "1")
    tree.write(f"disk/d/{KEEP}/x", "2")
    tree.commit()
    assert f"disk/{KEEP}/{name_of('outside')}" in tree.ls()
    check_snapshot(tree)
    with pytest.raises(Unreachable):
        tree.repository.config_set("keep.mounts", "disk")
    tree.remove(f"disk/{KEEP}")
    tree.repository.config_set("keep.mounts", "disk")
    tree.commit()
    assert {path for path in tree.ls() if KEEP in path} == {
        KEEP, f"{KEEP}/x", f"disk/d/{KEEP}", f"disk/d/{KEEP}/x",
    }  # fmt: skip
    done = tree.repository.recover([inside(f"disk/{KEEP}/{name_of('outside')}")])
    assert {code for code, _ in troubles(done.problems)} == {"missing"}
    assert not kept_there(tree, "outside")


def _another(tree: Tree) -> None:
    Path(tree.path(f"disk/{KEEP}/repository")).write_text("0" * 32 + "\n")


def _linked(tree: Tree) -> None:
    os.rename(tree.path(f"disk/{KEEP}"), tree.path("disk/moved"))
    os.symlink("moved", tree.path(f"disk/{KEEP}"))


def _open(tree: Tree) -> None:
    os.chmod(tree.path(f"disk/{KEEP}"), 0o755)


def _foreign(tree: Tree) -> None:
    os.chown(tree.path(f"disk/{KEEP}"), 1234, 1234)


def _removed(tree: Tree) -> None:
    os.rename(tree.path(f"disk/{KEEP}"), tree.path("moved"))


@pytest.mark.parametrize("spoil", [_another, _linked, _open, _foreign])
def test_a_keep_that_is_not_ours_is_not_used(disk: MakeDisk, spoil: Callable[[Tree], None]) -> None:
    """Nothing is put there or taken from there, nothing of it is let go, and `doctor` says why."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    tree.remove("disk/x")
    tree.commit()
    spoil(tree)
    tree.write("disk/new", "new")
    tree.commit()

    assert not os.path.exists(tree.path(f"disk/{KEEP}/{name_of('new')}"))
    assert not recoverable(tree)["disk/x"]
    assert [os.fsdecode(one.path) for one in tree.repository.confirm().away] == ["disk/x"]
    assert os.path.exists(tree.path(f"disk/{KEEP}/{name_of(BIG)}"))
    assert [state for subject, state, _ in net(tree) if "disk" in subject] == ["away"]


@pytest.mark.parametrize(
    "value", ["/disk", "..", "disk/../disk", "a//b", "", ":disk", "disk:", ".", "./disk", ".annexish"]
)
def test_what_cannot_be_asked_for(disk: MakeDisk, value: str) -> None:
    """Only paths from the top of the repository."""
    tree = disk(ask=False)
    with pytest.raises(Usage):
        tree.repository.config_set("keep.mounts", value)


@pytest.mark.parametrize("value", ["a", "none", "plain", "link"])
def test_where_nothing_is_mounted(disk: MakeDisk, value: str) -> None:
    """It is refused: a keep there would be plain data."""
    tree = disk(ask=False)
    tree.write("plain/x", "1")
    os.symlink("disk", tree.path("link"))
    with pytest.raises(AnnexishError):
        tree.repository.config_set("keep.mounts", value)


def test_asking_no_longer(disk: MakeDisk) -> None:
    """It is refused while something is kept there, and else the directory is plain data again."""
    tree = disk()
    tree.repository.config_set("keep.mounts", "disk/")
    tree.write("disk/x", BIG)
    tree.commit()
    with pytest.raises(Refused):
        tree.repository.config_set("keep.mounts", "off")
    subprocess.run(["rm", "-r", tree.path(f"disk/{KEEP}")], check=True)
    tree.repository.config_set("keep.mounts", "off")
    tree.write("disk/y", "another")
    tree.commit()
    assert tree.repository.status().unprotected == 2


def test_a_disk_that_cannot_be_written_to(disk: MakeDisk) -> None:
    """It keeps nothing new, which is counted, and hinders nothing else."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    tree.write("disk/new", "new")
    subprocess.run(["mount", "-o", "remount,ro", tree.path("disk")], check=True)
    tree.write("b", "beside")
    assert tree.commit() == [("added", "b"), ("added", "disk/new")]
    assert (tree.repository.status().unprotected, kept(tree, "beside")) == (1, True)
    tree.repository.config_set("keep.mounts", "disk")


def test_making_that_was_killed(disk: MakeDisk) -> None:
    """What it left is no keep, and the next time makes it one; one that is there stays as it is."""
    tree = disk(ask=False)
    os.mkdir(tree.path(f"disk/{KEEP}"), 0o755)
    tree.write(f"disk/{KEEP}/repository.new", "0123")
    tree.repository.config_set("keep.mounts", "disk")
    assert os.listdir(tree.path(f"disk/{KEEP}")) == ["repository"]
    tree.write("disk/x", BIG)
    tree.commit()
    tree.repository.config_set("keep.mounts", "disk")
    assert kept_there(tree, BIG)


def test_a_name_that_is_on_the_disk_already(disk: MakeDisk) -> None:
    """What else it leads to is not written to."""
    tree = disk(ask=False)
    os.mkdir(tree.path(f"disk/{KEEP}"), 0o755)
    tree.write("disk/victim", "precious")
    os.link(tree.path("disk/victim"), tree.path(f"disk/{KEEP}/repository.new"))
    tree.repository.config_set("keep.mounts", "disk")
    assert tree.read("disk/victim") == b"precious"
    assert tree.read(f"disk/{KEEP}/repository") == tree.repository.id.encode() + b"\n"


def test_orphans_there(disk: MakeDisk) -> None:
    """They are found in every keep; one with another name anywhere stays."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    shutil.copy(tree.path(f"disk/{KEEP}/{name_of(BIG)}"), tree.path("disk/orphan"))
    for data in ("first", "second"):
        tree.write(f"disk/{data}", data)
        os.makedirs(tree.path(f"disk/{KEEP}/{name_of(data)[:2]}"), exist_ok=True)
        os.rename(tree.path(f"disk/{data}"), tree.path(f"disk/{KEEP}/{name_of(data)}"))
    place = Place(os.fsencode(tree.top))
    with Net(place) as found:
        now = int(os.stat(tree.path("disk")).st_ctime) + 100_000
        assert {digest.hex() for digest in found.orphans(now)} == {
            blake3(data.encode()).hexdigest() for data in ("first", "second")
        }


def test_what_the_command_says(disk: MakeDisk) -> None:
    """What stays because its keep is away is named, and makes the exit code 3."""
    tree = disk()
    tree.write("disk/x", BIG)
    tree.commit()
    tree.remove("disk/x")
    tree.commit()
    with away(tree):
        assert "disk/x  (59 KiB, away)" in run(tree, "recover", "--list").stdout
        tried = run(tree, "recover", "disk/x")
        assert (tried.returncode, "it may be in a keep that is away" in tried.stderr) == (3, True)
        done = run(tree, "confirm", "--all")
        assert (done.returncode, done.stdout) == (3, "confirmed 0 losses, 0 contents: 0 B freed\n")
        assert "away: disk/x: it stays: its content may be in a keep that is away" in done.stderr
        problem, summary = map(json.loads, run(tree, "--json", "confirm", "disk/x").stdout.splitlines())
        assert (problem["code"], problem["path"], summary["away"]) == ("away", "disk/x", 1)
        assert "hint: mount it, or" in run(tree, "doctor").stdout
        assert run(tree, "config", "set", "keep.mounts", "off").returncode == 0
        assert run(tree, "confirm", "--all").returncode == 0


def test_a_disk_that_is_read_only_is_in_nobodys_way(disk: MakeDisk) -> None:
    """A restore and an undo that change nothing there need nothing there."""
    tree = disk()
    tree.write("disk/big", BIG)
    tree.commit()
    tree.move("a", "b")
    tree.commit()
    subprocess.run(["mount", "-o", "remount,ro", tree.path("disk")], check=True)

    assert tree.repository.restore_here("HEAD~1", [])[1].problems == ()
    assert tree.read("a") == b"outside"
    assert tree.repository.undo().done.problems == ()
    assert tree.read("b") == b"outside"
    assert tree.status() == []
