"""A new repository from another one: the whole, a part, the history alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Missing, Refused, Usage
from tests.conftest import MakeFilesystem
from tests.flows.relatives import check_equal, check_idle, check_still, cloned, furnished, head, steps, synced
from tests.rich import draw_everything
from tests.trees import NOBODY, Link, Tree, as_nobody, draw, fsck, inside, real

FILES = {
    "photos": {"2025": {"a.jpg": "aa", "b.png": "bb"}, "2026": {"c.jpg": "ccc"}},
    "music": {"song": "la"},
    "notes.txt": "note",
    "link": Link("notes.txt"),
    "empty": {},
}


@pytest.fixture
def source(tmp_path: Path) -> Tree:
    """A repository with a few files."""
    tree = Tree(tmp_path, FILES, name="source")
    tree.commit()
    return tree


def files(tree: Tree) -> list[str]:
    """What is here that is no directory."""
    return sorted(path for path in real(tree.top) if not os.path.isdir(tree.path(path)))


def test_the_whole(source: Tree) -> None:
    """Files and history are the same, and the source is the remote `origin`."""
    clone = cloned(source, "clone")
    check_equal(source, clone)
    assert clone.repository.id != source.repository.id
    assert clone.repository.name == "clone"
    check_idle(clone)


def test_every_content_comes_once(source: Tree) -> None:
    """What several files have is copied once."""
    source.copy("notes.txt", "twin")
    source.commit()
    _, done = Repository.clone(source.top, os.path.dirname(source.top) + "/clone")
    assert done.filled.received == len("aabbcccla" + "note")
    assert done.filled.files == 7


def test_older_commits_come_too(source: Tree) -> None:
    """The log is the same, and an old snapshot can be listed."""
    source.write("notes.txt", "another note")
    source.commit()
    clone = cloned(source, "clone")
    assert [each.id for each in clone.repository.log()] == [each.id for each in source.repository.log()]
    assert clone.ls("HEAD~1") == source.ls("HEAD~1")


@pytest.mark.parametrize(
    ("only", "without", "expected"),
    [
        ((b"photos",), (), ["photos/2025/a.jpg", "photos/2025/b.png", "photos/2026/c.jpg"]),
        ((b"photos/2026", b"notes.txt"), (), ["notes.txt", "photos/2026/c.jpg"]),
        ((b"*.jpg",), (), ["photos/2025/a.jpg", "photos/2026/c.jpg"]),
        ((), (b"photos",), ["link", "music/song", "notes.txt"]),
        ((), (b"*.jpg", b"music"), ["link", "notes.txt", "photos/2025/b.png"]),
        ((b"photos",), (b"photos/2025",), ["photos/2026/c.jpg"]),
        ((b"photos",), (b"*.png",), ["photos/2025/a.jpg", "photos/2026/c.jpg"]),
    ],
)
def test_a_part(source: Tree, only: tuple[bytes, ...], without: tuple[bytes, ...], expected: list[str]) -> None:
    """What is in scope is here, the rest is only in the history, and nothing of it is a deletion."""
    clone = cloned(source, "clone", only=only, without=without)
    assert files(clone) == expected
    assert clone.ls() == source.ls()
    check_still(clone)
    check_idle(clone)
    assert files(clone) == expected


def test_a_part_that_is_not_there(source: Tree) -> None:
    """A path that the source does not have is an error, and nothing is made that is taken for a clone."""
    with pytest.raises(Missing):
        cloned(source, "clone", only=[b"fotos"])
    clone = cloned(source, "clone", only=[b"photos"])
    assert files(clone) == ["photos/2025/a.jpg", "photos/2025/b.png", "photos/2026/c.jpg"]


def test_the_history_alone(source: Tree) -> None:
    """Nothing is here until `get`; a sync fetches nothing."""
    clone = cloned(source, "clone", content=False)
    assert real(clone.top) == {}
    check_still(clone)
    check_idle(clone)
    assert real(clone.top) == {}
    done = clone.repository.get([inside("photos/2025")])
    assert (done.files, done.received, done.problems) == (2, 4, ())
    assert files(clone) == ["photos/2025/a.jpg", "photos/2025/b.png"]
    check_still(clone)
    clone.repository.get([inside("")])
    check_equal(source, clone)


def test_what_is_got_is_kept_up_to_date(source: Tree) -> None:
    """After `get` of a directory, a sync brings what changes in it, and nothing else."""
    clone = cloned(source, "clone", content=False)
    clone.repository.get([inside("photos")])
    source.write("photos/2026/d.jpg", "dddd")
    source.write("photos/2025/a.jpg", "AAAAA")
    source.write("music/other", "lala")
    assert synced(clone).bytes_copied == 9
    assert files(clone) == ["photos/2025/a.jpg", "photos/2025/b.png", "photos/2026/c.jpg", "photos/2026/d.jpg"]
    assert clone.read("photos/2025/a.jpg") == b"AAAAA"
    check_still(clone, source)
    check_idle(clone)


def test_get_of_what_is_here(source: Tree) -> None:
    """Nothing is done."""
    clone = cloned(source, "clone")
    assert clone.repository.get([inside("")]).files == 0
    with pytest.raises(Missing):
        clone.repository.get([inside("nowhere")])


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_get_where_something_else_is(source: Tree, make: Callable[[str], None]) -> None:
    """What is no file stays, and is named; all else comes."""
    clone = cloned(source, "clone", content=False)
    make(clone.path("notes.txt"))
    done = clone.repository.get([inside("")])
    assert [(each.path, each.code) for each in done.problems] == [(b"notes.txt", "failed")]
    assert "photos/2025/a.jpg" in files(clone)
    assert not os.path.isfile(clone.path("notes.txt"))


def test_what_was_never_fetched_and_is_gone_by_now(source: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync neither fetches it nor needs room for it, and nobody misses it; what replaced it comes."""
    source.write("big", "b" * 5000)
    source.write("other", "o" * 4000)
    source.commit()
    clone = cloned(source, "clone", content=False)
    clone.repository.get([inside("photos")])
    os.rename(source.top, source.top + ".away")
    clone.repository.get([inside("")])
    os.rename(source.top + ".away", source.top)
    source.remove("big")
    source.remove("other")
    source.write("other", "o" * 40)
    monkeypatch.setattr("annexish.flows.net.room.free_bytes", lambda _: 100)
    done = synced(clone)
    assert done.problems == ()
    assert done.bytes_copied == 40 + len("la" + "note")
    check_equal(source, clone)


def test_get_out_of_scope(source: Tree) -> None:
    """It is refused."""
    clone = cloned(source, "clone", only=[b"music"])
    with pytest.raises(Refused):
        clone.repository.get([inside("photos/2025/a.jpg")])


def test_get_while_everybody_is_away(source: Tree) -> None:
    """Each file is named, and the next `get` brings it."""
    clone = cloned(source, "clone", content=False)
    os.rename(source.top, source.top + ".away")
    assert [each.code for each in clone.repository.get([inside("photos")]).problems] == ["absent"] * 3
    os.rename(source.top + ".away", source.top)
    assert clone.repository.get([inside("photos")]).problems == ()
    check_still(clone)


def test_a_clone_of_a_clone_of_a_clone(source: Tree) -> None:
    """It is as good as the first."""
    last = cloned(cloned(cloned(source, "one"), "two"), "three")
    check_equal(source, last)
    assert furnished(last.top) == furnished(source.top)


def test_a_clone_of_a_part_of_a_part(source: Tree) -> None:
    """What the source does not hold is absent and named; the rest is there."""
    part = cloned(source, "part", only=[b"photos"])
    top = os.path.dirname(source.top) + "/whole"
    repository, done = Repository.clone(part.top, top)
    assert [each.path for each in done.filled.problems] == [b"notes.txt", b"music/song"]
    assert {each.code for each in done.filled.problems} == {"absent"}
    whole = Tree.opened(top)
    assert files(whole) == ["link", "photos/2025/a.jpg", "photos/2025/b.png", "photos/2026/c.jpg"]
    check_still(whole)
    repository.sync(())
    check_still(whole, part)
    assert part.ls() == source.ls()


def test_an_empty_repository(tmp_path: Path) -> None:
    """A repository without a commit has a clone without a commit; the first commit comes with a sync."""
    source = Tree(tmp_path, name="source")
    clone = cloned(source, "clone")
    assert list(clone.repository.log()) == []
    synced(clone)
    source.write("first", "1")
    synced(clone)
    check_equal(source, clone)
    check_idle(clone)


def test_the_first_commit_is_made_in_the_clone(tmp_path: Path) -> None:
    """It arrives in the source."""
    source = Tree(tmp_path, name="source")
    clone = cloned(source, "clone")
    clone.write("first", "1")
    synced(clone)
    check_equal(source, clone)


def test_a_commit_without_files(tmp_path: Path) -> None:
    """Its clone is empty, and goes on."""
    source = Tree(tmp_path, {"a": "1"}, name="source")
    source.commit()
    source.remove("a")
    source.commit(allow_mass_deletion=True)
    clone = cloned(source, "clone")
    check_equal(source, clone)
    clone.write("b", "2")
    synced(clone)
    check_equal(source, clone)


@pytest.mark.root
@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "xfs", "btrfs"])
def test_all_that_a_file_system_holds(filesystem: MakeFilesystem, kind: str) -> None:
    """Names, times to the nanosecond, modes, owners, attributes, links, holes: a clone is equal in all of it."""
    top = filesystem(kind, mib=300)
    source = Tree(top, name="source")
    draw_everything(source.top)
    source.commit()
    clone = cloned(source, "clone")
    assert furnished(clone.top) == furnished(source.top)
    assert clone.status() == []
    fsck(clone)
    check_idle(clone)
    assert furnished(clone.top) == furnished(source.top)
    again = cloned(clone, "again")
    assert furnished(again.top) == furnished(source.top)


def test_files_that_are_there_already(source: Tree) -> None:
    """What is the same is taken for it, what is not stays, and nothing is overwritten."""
    top = os.path.dirname(source.top) + "/clone"
    draw(top, {"photos": {"2025": {"a.jpg": "aa", "b.png": "mine"}}, "own.txt": "own"})
    _, done = Repository.clone(source.top, top)
    clone = Tree.opened(top)
    assert "photos/2025/a.jpg" in files(clone)
    contents = {clone.read(path) for path in files(clone)}
    assert {b"mine", b"bb", b"own", b"aa", b"ccc"} <= contents
    assert done.filled.received == len("bb" + "ccc" + "la" + "note")
    check_still(clone)
    synced(clone)
    check_equal(source, clone)


def test_a_begun_clone_goes_on(source: Tree) -> None:
    """The same command again finishes it; with another source it is refused."""
    clone = cloned(source, "clone")
    clone.remove("notes.txt")
    cloned(source, "clone")
    other = Tree(Path(source.top).parent, {"z": "z"}, name="other")
    other.commit()
    with pytest.raises(Refused):
        Repository.clone(other.top, clone.top)
    with pytest.raises(Refused):
        Repository.clone(source.top, other.top)


def test_into_itself(source: Tree) -> None:
    """A clone in its source, or around it, is refused before anything is made."""
    for top in (source.path("inside"), source.path(".annexish/x"), os.path.dirname(source.top), source.top):
        before = sorted(os.listdir(os.path.dirname(source.top)))
        with pytest.raises(Usage):
            Repository.clone(source.top, top)
        assert sorted(os.listdir(os.path.dirname(source.top))) == before
    assert source.status() == []


def test_of_nothing(tmp_path: Path) -> None:
    """A source that is no repository is named, and nothing is made."""
    with pytest.raises(Missing):
        Repository.clone(str(tmp_path / "nowhere"), str(tmp_path / "clone"))
    assert not os.path.exists(tmp_path / "clone")


@pytest.mark.root
def test_from_a_read_only_mount(source: Tree, tmp_path: Path) -> None:
    """Nothing is written there; a sync takes what is new, and gives nothing."""
    at = str(tmp_path / "mounted")
    os.mkdir(at)
    subprocess.run(["mount", "--bind", source.top, at], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", at], check=True)
    try:
        _, done = Repository.clone(at, str(tmp_path / "clone"))
        assert done.filled.problems == ()
        clone = Tree.opened(str(tmp_path / "clone"))
        check_equal(source, clone)
        source.write("new", "new")
        source.commit()
        clone.write("own", "own")
        met = clone.repository.sync()
        assert met.bytes_copied == 3
        assert "only pulled from" in str(met.remotes[0].error)
        assert clone.read("new") == b"new"
        check_still(clone)
        assert clone.repository.sync().bytes_copied == 0
    finally:
        subprocess.run(["umount", at], check=True)
    clone.repository.remote_remove("origin")
    clone.repository.remote_add("second", source.top)
    assert steps(synced(clone)) == [("second", "copy", "own")]
    check_equal(source, clone)


@pytest.mark.root
def test_of_another_user(source: Tree) -> None:
    """A source that may only be read is enough; what may not be read is named."""
    os.chmod(source.path("music/song"), 0)
    source.commit()
    open_up(source)
    mine = os.path.dirname(source.top) + "/mine"
    os.mkdir(mine)
    os.chown(mine, NOBODY, NOBODY)
    problems = as_nobody(lambda: [each.path for each in Repository.clone(source.top, mine)[1].filled.problems])
    assert problems == [b"music/song"]
    clone = Tree.opened(mine)
    assert clone.read("notes.txt") == b"note"
    assert as_nobody(lambda: Tree.opened(mine).status()) == []
    assert head(clone) == head(source)


def open_up(tree: Tree) -> None:
    """Let every user read a repository."""
    at = Path(tree.top)
    while at != at.parent:
        if at.stat().st_mode & 0o5 != 0o5:
            at.chmod(at.stat().st_mode | 0o755)
        at = at.parent
    words = ["find", tree.path(".annexish"), "-not", "-path", "*/keep/??/*", "-exec", "chmod", "go+rX", "{}", ";"]
    subprocess.run(words, check=True)
