"""What happens to repositories that sync besides the ordinary: copies, other users, each other at once, odd paths."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annexish import Repository
from tests.conftest import DEEP
from tests.flows.relatives import check_equal, check_idle, check_still, cloned, head, synced
from tests.flows.two import forget_cache
from tests.trees import NOBODY, Tree, as_nobody, inside, real

_TURNS = 60 if DEEP else 3
_PROGRAM = "from annexish.cli.main import main; main()"
FILES = {"photos": {"a.jpg": "aa", "b.jpg": "bbb"}, "music": {"song": "la"}, "notes.txt": "note"}


@pytest.fixture
def there(tmp_path: Path) -> Tree:
    """A repository that has everything."""
    tree = Tree(tmp_path, FILES, name="there")
    tree.commit()
    return tree


def test_a_new_file_outside_of_the_scope(there: Tree) -> None:
    """It is committed, and the other side has it."""
    here = cloned(there, "here", only=[b"photos"])
    here.write("elsewhere/new", "new here")
    synced(here)
    assert there.read("elsewhere/new") == b"new here"
    check_still(here, there)
    check_idle(here)
    assert there.ls() == here.ls()


def test_the_same_file_at_an_absent_path(there: Tree) -> None:
    """It makes what was absent present: no change, no copy."""
    here = cloned(there, "here", content=False)
    here.write("notes.txt", "note")
    os.utime(here.path("notes.txt"), ns=(0, there["notes.txt"].mtime_ns))
    before = there.ls()
    synced(here)
    assert there.ls() == before
    assert there.read("notes.txt") == b"note"
    check_still(here, there)


def test_what_is_not_held_cannot_be_deleted(there: Tree) -> None:
    """Whatever is removed of a part, the rest stays on the other side."""
    here = cloned(there, "here", only=[b"photos"])
    here.remove("photos/a.jpg")
    synced(here)
    assert set(real(there.top)) == {"photos", "photos/b.jpg", "music", "music/song", "notes.txt"}
    check_still(here, there)


def test_moved_out_of_the_scope_and_in_again(there: Tree) -> None:
    """A file that leaves a pattern elsewhere goes here without being deleted; it comes back with its content."""
    here = cloned(there, "here", only=[b"*.jpg"])
    there.move("photos/a.jpg", "photos/a.png")
    synced(here)
    assert not os.path.lexists(here.path("photos/a.png"))
    assert not os.path.lexists(here.path("photos/a.jpg"))
    assert there.read("photos/a.png") == b"aa"
    check_still(here, there)
    there.move("photos/a.png", "photos/c.jpg")
    synced(here)
    assert here.read("photos/c.jpg") == b"aa"
    check_still(here, there)
    check_idle(here)


def test_a_scope_follows_a_renamed_directory(there: Tree) -> None:
    """What is asked for by its path is an object."""
    here = cloned(there, "here", only=[b"photos"])
    there.move("photos", "pictures")
    there.write("pictures/c.jpg", "cccc")
    assert synced(here).bytes_copied == 4
    assert set(real(here.top)) == {"pictures", "pictures/a.jpg", "pictures/b.jpg", "pictures/c.jpg"}
    check_still(here, there)
    check_idle(here)


@pytest.mark.parametrize("side", ["here", "there"])
def test_the_cache_of_a_part_is_lost(there: Tree, side: str) -> None:
    """Nothing is a deletion, and what is not wanted does not come."""
    here = cloned(there, "here", only=[b"photos"])
    forget_cache(here if side == "here" else there)
    there.write("photos/c.jpg", "cccc")
    synced(here)
    assert set(real(here.top)) == {"photos", "photos/a.jpg", "photos/b.jpg", "photos/c.jpg"}
    assert set(real(there.top)) >= {"photos/a.jpg", "music/song", "notes.txt", "photos/c.jpg"}
    check_still(here, there)
    check_idle(here)


@pytest.mark.root
def test_two_users(there: Tree, tmp_path: Path) -> None:
    """Another user's clone gives and takes; owners that cannot be set are no change."""
    give_way(there)
    mine = str(tmp_path / "mine")
    os.mkdir(mine)
    os.chown(mine, NOBODY, NOBODY)
    as_nobody(lambda: Repository.clone(there.top, mine)[1].filled.files)
    here = Tree.opened(mine)
    assert as_nobody(lambda: Tree.opened(mine).status()) == []
    here.repository.config_set("media.tags", "off")
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", mine], check=True)
    os.chmod(there.path("notes.txt"), 0o640)
    there.write("new", "new there")
    there.commit()
    give_way(there)
    as_nobody(lambda: Tree.opened(mine).repository.sync().problems)
    assert here.read("new") == b"new there"
    assert as_nobody(lambda: Tree.opened(mine).status()) == []
    before = there.ls()
    there.repository.remote_add("mine", mine)
    synced(there)
    assert there.ls() == before
    assert there.status() == []
    assert head(there) == head(here)


def give_way(tree: Tree) -> None:
    """Let every user read a repository and what it keeps."""
    at = Path(tree.top)
    while at != at.parent:
        at.chmod(at.stat().st_mode | 0o755)
        at = at.parent
    words = ["find", tree.path(".annexish"), "-not", "-path", "*/keep/??/*", "-exec", "chmod", "go+rX", "{}", ";"]
    subprocess.run(words, check=True)


def test_each_syncs_with_the_other_at_once(there: Tree) -> None:
    """Real processes, again and again: none waits for ever, and both become equal."""
    here = cloned(there, "here")
    there.repository.remote_add("here", here.top)
    for turn in range(_TURNS):
        here.write(f"here-{turn}", f"here {turn}")
        there.write(f"there-{turn}", f"there {turn}")
        words = [sys.executable, "-c", _PROGRAM, "-q", "-C"]
        running = [subprocess.Popen([*words, tree.top, "sync"], stderr=subprocess.PIPE) for tree in (here, there)]
        said = [(process.communicate(timeout=90)[1], process.returncode) for process in running]
        assert [code for _, code in said if code not in (0, 1, 3)] == [], said
        assert not [text for text, _ in said if b"Traceback" in text], said
    synced(here)
    check_equal(here, there)
    check_idle(here)
    assert {f"here-{turn}" for turn in range(_TURNS)} <= set(real(there.top))


def test_get_of_a_directory_that_moved(there: Tree) -> None:
    """What is wanted is an object: it is found where it is."""
    here = cloned(there, "here", content=False)
    here.repository.get([inside("photos")])
    there.move("photos", "pictures")
    synced(here)
    assert set(real(here.top)) == {"pictures", "pictures/a.jpg", "pictures/b.jpg"}
    check_still(here, there)


def test_a_drop_stays(there: Tree) -> None:
    """The next sync does not undo it, nor is it a deletion; an edit on the other side does not bring it back."""
    here = cloned(there, "here")
    assert here.repository.drop([inside("photos/a.jpg"), inside("music")]).problems == ()
    assert not os.path.lexists(here.path("photos/a.jpg"))
    check_still(here, there)
    check_idle(here)
    _replace(there, "photos/a.jpg", "another")
    there.write("music/more", "more")
    assert synced(here).bytes_copied == 0
    assert set(real(here.top)) >= {"photos/b.jpg", "notes.txt"}
    assert not {"photos/a.jpg", "music/song", "music/more"} & set(real(here.top))
    assert there.read("photos/a.jpg") == b"another"
    check_still(here, there)
    check_idle(here)
    here.repository.get([inside("photos"), inside("music")])
    check_equal(here, there)


def test_a_new_file_where_one_was_dropped(there: Tree) -> None:
    """Both versions are on the other side then; nothing is overwritten."""
    here = cloned(there, "here")
    here.repository.drop([inside("music/song")])
    here.write("music/song", "another song")
    synced(here)
    assert {there.read(f"music/{name}") for name in os.listdir(there.path("music"))} == {b"la", b"another song"}
    check_still(here, there)
    check_idle(here)


def _replace(tree: Tree, path: str, data: str) -> None:
    tree.remove(path)
    tree.write(path, data)
