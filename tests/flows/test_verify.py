"""What is present and kept is what was recorded, or it is said and healed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from blake3 import blake3

from annexish.errors import Missing, Unreachable
from annexish.model.report import Verified
from annexish.store.verified import oldest
from tests.conftest import MakeFilesystem
from tests.faults.images import Image, flipped, settle, times_of, wait
from tests.flows.rotting import found, kept, pretend, put
from tests.trees import NOBODY, Tree, as_nobody, inside

DATA = random.Random(1).randbytes(9000)
ROTTEN = flipped(DATA, 5000)


@pytest.fixture
def rotten(filesystem: MakeFilesystem) -> Tree:
    """`a` rots on an ext4, where the keep has the same inode; `twin` is a good copy of it."""
    tree = Tree(filesystem("ext4"), {"a": DATA, "b": {"other": "other"}, "empty": ""})
    tree.write("b/twin", DATA)
    settle(tree)
    return tree


def rot(tree: Tree) -> str:
    """Let one of the two copies rot, and say which; no record shows it."""
    before = {path: times_of(tree.path(path)) for path in ("a", "b/twin")}
    Image(Path(tree.top).parent).change(DATA[:4096], flipped(DATA[:4096], 100))
    assert before == {path: times_of(tree.path(path)) for path in before}
    (bad,) = (path for path in before if tree.read(path) != DATA)
    return bad


def test_all_is_well(tmp_path: Path) -> None:
    """Every content is read once, whatever number of names it has, and files not committed are counted apart."""
    tree = Tree(tmp_path, {"a": DATA, "b": {"other": "other"}, "empty": ""})
    os.link(tree.path("a"), tree.path("b/link"))
    settle(tree)
    tree.write("new", "new")
    tree.write("b/other", "changed")
    tree.remove("empty")

    assert tree.repository.verify() == Verified(3, len(DATA), (), 2, 0, 0)


def test_what_a_killed_command_left_is_no_damage(tmp_path: Path) -> None:
    """An index without its pack, under the name of one that is being written: upkeep removes it."""
    tree = Tree(tmp_path, {"a": "1"})
    tree.commit()
    packs = Path(tree.path(".annexish/history.git/objects/pack"))
    shutil.copy(next(packs.glob("*.idx")), packs / "tmp_annexish_1_abcd.idx")
    assert tree.repository.verify().problems == ()


def test_without_a_commit(tmp_path: Path) -> None:
    """There is nothing to verify in an empty repository."""
    assert Tree(tmp_path).repository.verify() == Verified(0, 0, (), 0, 0, 0)


def test_paths(tmp_path: Path) -> None:
    """Only what is at the paths is read; a path that is nowhere is an error."""
    tree = Tree(tmp_path, {"a": "one", "d": {"b": "two", "e": {"c": "three"}}, "f": "four"})
    tree.commit()

    assert tree.repository.verify([inside("d")]).size == 8
    assert tree.repository.verify([inside("d/b"), inside("f")]).size == 7
    with pytest.raises(Missing):
        tree.repository.verify([inside("nothing")])


def test_the_least_recently_verified_come_first(tmp_path: Path) -> None:
    """With a budget of bytes each run goes on where the last one stopped, in tree order, and then begins anew."""
    tree = Tree(tmp_path, {name: name * 100 for name in "abcdef"})
    tree.commit()
    database = tree.path(".annexish/verified.sqlite")
    seen = []
    for moment in range(1, 5):
        answer = tree.repository.verify(budget_bytes=150)
        assert (answer.files, answer.remaining) == (2, 4)
        with sqlite3.connect(database) as sql:
            new = sql.execute("SELECT digest FROM verified WHERE time > 1000").fetchall()
            seen.append({name for name in "abcdef" if (blake3(name.encode() * 100).digest(),) in new})
            sql.execute("UPDATE verified SET time = ? WHERE time > 1000", (moment,))
        sql.close()
    assert seen == [{"a", "b"}, {"c", "d"}, {"e", "f"}, {"a", "b"}]
    assert oldest(database) == (6, 2)


def test_a_budget_of_time(tmp_path: Path) -> None:
    """No file is started when the time is up."""
    tree = Tree(tmp_path, {name: name for name in "abc"})
    tree.commit()
    assert tree.repository.verify(budget_seconds=0) == Verified(0, 0, (), 0, 0, 3)


def test_a_lost_record_of_verifications(tmp_path: Path) -> None:
    """What cannot be read is made anew."""
    tree = Tree(tmp_path, {"a": "one"})
    tree.commit()
    tree.write(".annexish/verified.sqlite", "this is no database, and long enough to be looked at" * 100)
    assert tree.repository.verify().files == 1
    assert oldest(tree.path(".annexish/verified.sqlite")) is not None


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    """The record of verifications does not grow for ever."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    tree.repository.verify()
    tree.remove("b")
    tree.commit()
    tree.remove(".annexish/keep") if os.path.exists(tree.path(".annexish/keep")) else None
    tree.repository.verify()
    known = oldest(tree.path(".annexish/verified.sqlite"))
    assert known is not None
    assert known[0] == 1


@pytest.mark.root
def test_rot_is_said(rotten: Tree) -> None:
    """Bytes that changed though nobody wrote are a problem, each time, until they are right; nothing is touched."""
    bad = rot(rotten)
    for _ in range(2):
        answer = rotten.repository.verify()
        assert found(answer) == [("rot", bad, False)]
        assert answer.changed == 0
    assert rotten.read(bad) != DATA


@pytest.mark.root
def test_rot_is_healed_from_another_file(rotten: Tree) -> None:
    """The good bytes come back with all metadata, the bad ones go to the keep, and there is nothing to commit."""
    for path in ("a", "b/twin"):
        os.setxattr(rotten.path(path), "user.colour", b"red")
        os.chown(rotten.path(path), NOBODY, NOBODY)
        os.chmod(rotten.path(path), 0o4640)
        os.utime(rotten.path(path), ns=(0, 1_600_000_000_123_456_789))
    settle(rotten)
    bad = rot(rotten)
    rotten_bytes, before = rotten.read(bad), os.stat(rotten.path(bad))

    answer = rotten.repository.verify(repair=True)

    after = os.stat(rotten.path(bad))
    assert found(answer) == [("rot", bad, True)]
    assert rotten.read(bad) == DATA
    assert rotten.read(kept(rotten_bytes)) == rotten_bytes
    assert rotten.read(kept(DATA)) == DATA
    assert os.getxattr(rotten.path(bad), "user.colour") == b"red"
    for field in ("st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_size"):
        assert getattr(after, field) == getattr(before, field)
    assert after.st_ino != before.st_ino
    assert rotten.status() == []
    assert rotten.commit() == []
    assert found(rotten.repository.verify()) == []
    assert [name for name in os.listdir(rotten.path(".annexish")) if name.startswith("repair")] == []


@pytest.mark.root
def test_every_name_of_a_rotten_file_is_healed(rotten: Tree) -> None:
    """Hard links stay hard links."""
    for path in ("a", "b/twin"):
        os.link(rotten.path(path), rotten.path(f"{path}-2"))
        os.link(rotten.path(path), rotten.path(f"b/third-of-{path[:1]}"))
    settle(rotten)
    groups = [{"a", "a-2", "b/third-of-a"}, {"b/twin", "b/twin-2", "b/third-of-b"}]
    rot(rotten)

    assert [problem[::2] for problem in found(rotten.repository.verify(repair=True))] == [("rot", True)]
    for group in groups:
        assert {rotten.read(path) for path in group} == {DATA}
        assert len({os.stat(rotten.path(path)).st_ino for path in group}) == 1
    assert rotten.status() == []


@pytest.mark.root
def test_rot_without_a_good_copy(filesystem: MakeFilesystem) -> None:
    """It is said, nothing is changed, and a copy that appears later heals it."""
    tree = Tree(filesystem("ext4"), {"a": DATA})
    settle(tree)
    assert Image(Path(tree.top).parent).change(DATA[:4096], flipped(DATA[:4096], 7)) == 1
    for repair in (False, True):
        assert found(tree.repository.verify(repair=repair)) == [("rot", "a", False)]
    bad = tree.read("a")
    assert bad != DATA

    tree.write("again", DATA)
    assert tree.repository.commit("a good copy", [inside("again")]).commit
    assert found(tree.repository.verify(repair=True)) == [("rot", "a", True)]
    assert (tree.read("a"), tree.read(kept(bad)), tree.read(kept(DATA))) == (DATA, bad, DATA)


@pytest.mark.root
def test_an_edit_is_no_rot(rotten: Tree) -> None:
    """A file that somebody wrote, with its old times put back, is changed and not rotten: its ctime tells."""
    times = os.stat(rotten.path("a")).st_mtime_ns
    rotten.write("a", ROTTEN)
    os.utime(rotten.path("a"), ns=(times, times))

    answer = rotten.repository.verify(repair=True)

    assert (found(answer), answer.changed) == ([], 1)
    assert rotten.read("a") == ROTTEN
    assert rotten.status() == [("modified", "a")]


def test_a_young_record_may_hide_an_edit(tmp_path: Path) -> None:
    """Other bytes under a record that was just made are nobody's rot."""
    tree = Tree(tmp_path, {"a": DATA})
    tree.commit_calmly()
    pretend(tree, "a", ROTTEN)

    answer = tree.repository.verify(repair=True)

    assert (found(answer), answer.changed) == ([], 1)
    assert tree.read("a") == ROTTEN


def test_a_kept_content_that_is_another(tmp_path: Path) -> None:
    """It is said; a repair gives it the name that it deserves, and its old name a good copy if one is here."""
    tree = Tree(tmp_path, {"a": DATA})
    put(tree, DATA)
    tree.commit()
    tree.write(kept(DATA), ROTTEN)

    assert found(tree.repository.verify()) == [("kept", kept(DATA), False)]
    assert found(tree.repository.verify(repair=True)) == [("kept", kept(DATA), True)]
    assert tree.read(kept(ROTTEN)) == ROTTEN
    assert tree.read(kept(DATA)) == DATA
    assert found(tree.repository.verify()) == []
    assert tree.status() == []


def test_a_kept_content_that_is_lost(tmp_path: Path) -> None:
    """Without a good copy it is kept as what it is, and the name that lied is gone."""
    tree = Tree(tmp_path, {"a": "something else"})
    put(tree, DATA)
    tree.commit()
    tree.write(kept(DATA), ROTTEN)

    assert found(tree.repository.verify(repair=True)) == [("kept", kept(DATA), False)]
    assert tree.read(kept(ROTTEN)) == ROTTEN
    assert not os.path.exists(tree.path(kept(DATA)))


def test_a_kept_copy_heals_a_file(tmp_path: Path) -> None:
    """Nothing else has the bytes."""
    tree = Tree(tmp_path, {"a": DATA})
    put(tree, DATA)
    tree.commit_calmly()
    pretend(tree, "a", ROTTEN)
    wait()

    assert found(tree.repository.verify()) == [("rot", "a", False)]
    assert found(tree.repository.verify(repair=True)) == [("rot", "a", True)]
    assert tree.read("a") == DATA
    assert tree.read(kept(ROTTEN)) == ROTTEN
    assert tree.status() == []


def test_unprotected_files_are_counted(tmp_path: Path) -> None:
    """A file without a name in the keep is no problem, and known."""
    tree = Tree(tmp_path, {"a": DATA, "b": "b", "empty": ""})
    tree.commit()
    shutil.rmtree(tree.path(".annexish/keep"), ignore_errors=True)
    put(tree, DATA)
    assert tree.repository.verify().unprotected == 1


def test_what_may_not_be_read() -> None:
    """It is a problem that no repair is tried on."""

    def told() -> list[tuple[str, str, bool]]:
        tree = Tree(Path(top), {"a": DATA, "b": DATA})
        tree.commit()
        os.chmod(tree.path("a"), 0)
        return found(tree.repository.verify(repair=True))

    with tempfile.TemporaryDirectory(prefix="annexish-tests-") as top:
        os.chmod(top, 0o777)
        assert (as_nobody(told) if os.geteuid() == 0 else told()) == [("unreadable", "a", False)]


@pytest.mark.root
def test_a_repository_that_cannot_be_written_to(filesystem: MakeFilesystem) -> None:
    """It can be verified, only not repaired."""
    top = filesystem("ext4")
    tree = Tree(top, {"a": DATA})
    tree.commit()
    subprocess.run(["mount", "-o", "remount,ro", str(top)], check=True)
    for _ in range(2):
        assert tree.repository.verify().files == 1
    with pytest.raises(Unreachable):
        tree.repository.verify(repair=True)


def test_a_wrong_cache_is_built_again(tmp_path: Path) -> None:
    """It is said, files are read all the same, and after a repair there is nothing to commit."""
    tree = Tree(tmp_path, {"a": DATA, "d": {"b": "two"}})
    tree.commit()
    tree.write(".annexish/cache.sqlite", b"SQLite format 3\0" + bytes(5000))

    answer = tree.repository.verify()
    assert found(answer) == [("cache", ".annexish/cache.sqlite", False)]
    assert answer.size >= len(DATA) + 3
    assert found(tree.repository.verify(repair=True)) == [("cache", ".annexish/cache.sqlite", True)]
    assert tree.status() == []
    assert found(tree.repository.verify()) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE directory SET tree = zeroblob(20) WHERE row = 2",
        "UPDATE directory SET name = X'78' WHERE row = 2",
        "UPDATE directory SET parent = 99 WHERE row = 2",
        "UPDATE directory SET names = X'78' WHERE row = 2",
        "UPDATE directory SET names = X'' WHERE row = 2",
        "UPDATE directory SET names = 'b' WHERE row = 2",
        "UPDATE directory SET stats = X'78' WHERE row = 2",
        "UPDATE directory SET flags = flags + 2 WHERE row = 2",
        "UPDATE meta SET value = '0123456789012345678901234567890123456789' WHERE key = 'commit'",
    ],
)
def test_a_cache_of_another_tree(tmp_path: Path, change: str) -> None:
    """Whatever the cache says otherwise than the history is said, and healed."""
    tree = Tree(tmp_path, {"a": DATA, "d": {"b": "two"}})
    tree.commit()
    with sqlite3.connect(tree.path(".annexish/cache.sqlite")) as sql:
        assert sql.execute(change).rowcount == 1
    sql.close()

    assert set(found(tree.repository.verify())) == {("cache", ".annexish/cache.sqlite", False)}
    assert set(found(tree.repository.verify(repair=True))) == {("cache", ".annexish/cache.sqlite", True)}
    assert tree.status() == []
    assert found(tree.repository.verify()) == []


def test_a_history_that_lacks_something(tmp_path: Path) -> None:
    """A lost pack is said, and files whose digests are known are read all the same."""
    tree = Tree(tmp_path, {"a": DATA, "d": {"b": "two"}})
    tree.commit()
    packs = tree.path(".annexish/history.git/objects/pack")
    first = set(os.listdir(packs))
    tree.write("d/b", "three")
    tree.commit()
    for name in set(os.listdir(packs)) - first:
        os.unlink(os.path.join(packs, name))

    assert {code for code, _, _ in found(tree.repository.verify())} == {"history"}
    assert {code for code, _, _ in found(tree.repository.verify(repair=True))} == {"history"}


def test_two_at_once(tmp_path: Path) -> None:
    """A verification waits for no commit but to remember, and then it is done."""
    tree = Tree(tmp_path, {f"{number}": f"{number}" for number in range(100)})
    tree.commit()
    command = [sys.executable, "-c", "from annexish.cli.main import main; raise SystemExit(main())", "-C", tree.top]
    running = [subprocess.Popen([*command, "verify"], stdout=subprocess.PIPE) for _ in range(3)]
    tree.write("new", "new")
    tree.commit()
    for process in running:
        out, _ = process.communicate()
        assert process.returncode == 0, out


def test_killed(tmp_path: Path) -> None:
    """What was verified until then is remembered, and the next one goes on."""
    tree = Tree(tmp_path, {f"{number}": f"{number}" for number in range(100)})
    tree.commit()
    assert tree.repository.verify(budget_bytes=50).remaining
    known = oldest(tree.path(".annexish/verified.sqlite"))
    assert known is not None
    assert 0 < known[0] < 100
