"""Contents go here once others have proved that they hold them."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Missing
from annexish.flows.sync.drop import Dropped
from annexish.model.path import RepoPath
from annexish.store.cache import Cache
from tests.flows.parts import place_of
from tests.flows.relatives import check_idle, cloned, synced
from tests.trees import Link, Tree

BIG = "f" * 20_000
FILES = {
    "a": "1", "d": {"b": BIG, "c": "333", "e": {"f": "4444"}, "link": Link("b"), "none": ""}, "g": {"h": "55555"}
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Tree:
    """A repository."""
    tree = Tree(tmp_path, FILES, name="here")
    tree.commit_calmly()
    return tree


@pytest.fixture
def there(here: Tree) -> Tree:
    """Its clone, which it knows as a remote."""
    tree = cloned(here, "there")
    here.repository.remote_add("there", tree.top)
    return tree


def drop(tree: Tree, *paths: str, copies: int | None = None, dry_run: bool = False) -> Dropped:
    """Drop paths."""
    return tree.repository.drop([RepoPath(path.encode()) for path in paths], copies=copies, dry_run=dry_run)


def said(done: Dropped) -> tuple[set[str], set[tuple[str, str]]]:
    """What went, and what stays and why."""
    gone = {os.fsdecode(step.path) for step in done.steps}
    return gone, {(problem.code, os.fsdecode(problem.path)) for problem in done.problems}


def present(tree: Tree) -> set[str]:
    """What is here, as far as the repository knows."""
    listed = tree.repository.ls("HEAD", recursive=True)
    return {os.fsdecode(each.path) for each in listed if each.present and each.entry.kind != 1}


def kept(tree: Tree) -> int:
    """How many contents the keep has."""
    return sum(len(names) for _, _, names in os.walk(tree.path(".annexish/keep")))


ALL = {"a", "d/b", "d/c", "d/e/f", "d/link", "d/none", "g/h"}
INSIDE = {path for path in ALL if path.startswith("d/")}


def test_what_others_have_goes(here: Tree, there: Tree) -> None:
    """From the working tree and from the keep; directories stay, and it is no deletion."""
    before = kept(here)
    done = drop(here, "d")
    assert said(done) == (INSIDE, set())
    assert done.bytes_freed >= len(BIG)
    assert sorted(os.listdir(here.path("d"))) == ["e"]
    assert kept(here) == before - 3
    assert present(here) == ALL - INSIDE
    assert here.status() == []
    assert here.commit() == []
    assert list(here.repository.lost()) == []
    assert there.status() == []
    assert next(one.command for one in here.repository.operations()) == "drop"


def test_sync_leaves_it_until_it_is_wanted(here: Tree, there: Tree) -> None:
    """Also what is new in it comes not; `get` brings all."""
    drop(here, "d")
    there.write("d/new", "new")
    there.move("d/c", "d/e/c")
    synced(here, "there")
    assert sorted(os.listdir(here.path("d"))) == ["e"]
    assert present(here) == ALL - INSIDE
    check_idle(here)
    here.repository.get([RepoPath(b"d")])
    assert here.read("d/b") == BIG.encode()
    assert here.read("d/e/c") == b"333"
    assert present(here) == (ALL - {"d/c"}) | {"d/new", "d/e/c"}


def test_it_is_absent_in_what_others_are_told(here: Tree, there: Tree) -> None:
    """As soon as they meet."""
    drop(here, "d/b")
    synced(there, "origin")
    (where,) = there.repository.whereis([RepoPath(b"d/b")])
    assert [copy.holder.name for copy in where.copies] == ["there"]
    (where,) = here.repository.whereis([RepoPath(b"d")])
    assert [(copy.holder.name, copy.files) for copy in where.copies] == [("here", 4), ("there", 5)]


def test_those_that_proved_know_at_once(here: Tree, there: Tree) -> None:
    """What they say is safe there does not count on what went here, before the next sync too."""
    drop(here, "d")
    (where,) = there.repository.whereis([RepoPath(b"d/b")])
    assert [copy.holder.name for copy in where.copies] == ["there"]
    (safety,) = there.repository.safe([RepoPath(b"d/b")])
    assert safety.risky == 1


def test_without_a_proof_it_stays(here: Tree) -> None:
    """Nobody has it, or nobody answers; what has no bytes needs no proof, and goes."""
    assert said(drop(here, "d/b")) == (set(), {("needed", "d/b")})
    here.repository.remote_add("away", "/nowhere")
    done = drop(here, "d")
    assert said(done) == ({"d/link", "d/none"}, {("needed", path) for path in ("d/b", "d/c", "d/e/f")})
    assert (done.needed, [away.name for away in done.away]) == (3, ["away"])
    assert present(here) == ALL - {"d/link", "d/none"}


def test_only_what_is_proved_goes(here: Tree, there: Tree) -> None:
    """What became other bytes there, or is gone there, is not."""
    for name in ("d/b", "d/e/f"):
        for path in (there.path(name), keep_name(there, here[name].digest)):
            if os.path.exists(path):
                os.unlink(path)
    there.write("d/b", "g" * len(BIG))
    done = drop(here, "d")
    assert said(done) == ({"d/c", "d/link", "d/none"}, {("needed", "d/b"), ("needed", "d/e/f")})
    assert present(here) == {"a", "d/b", "d/e/f", "g/h"}
    assert here.status() == []
    there.remove("d/c")
    there.commit()
    synced(here, "there")
    assert "d/c" not in here.ls()


def keep_name(tree: Tree, digest: bytes | None) -> str:
    """Where the keep has a content."""
    assert digest is not None
    return tree.path(f".annexish/keep/{digest.hex()[:2]}/{digest.hex()[2:]}")


def test_what_others_are_about_to_let_go_is_no_proof(here: Tree, there: Tree) -> None:
    """The keep there has it, but the newest commit has not: whoever confirms the loss lets it go."""
    there.remove("d/b")
    there.commit()
    assert said(drop(here, "d/b")) == (set(), {("needed", "d/b")})


def test_as_many_as_are_asked_for(here: Tree, there: Tree) -> None:
    """Each repository is one, however many remotes lead to it."""
    here.repository.remote_add("again", there.top)
    assert said(drop(here, "d/b", copies=2)) == (set(), {("needed", "d/b")})
    third = cloned(here, "third")
    here.repository.remote_add("third", third.top)
    here.repository.config_set("copies.minimum", "3:d=2")
    assert said(drop(here, "a")) == (set(), {("needed", "a")})
    assert said(drop(here, "d/b")) == ({"d/b"}, set())
    assert said(drop(here, "a", copies=1)) == ({"a"}, set())


def test_what_is_not_committed_stays(here: Tree, there: Tree) -> None:
    """Edited, of another mode, moved away, deleted, or in its place."""
    here.write("d/c", "444")
    os.chmod(here.path("d/b"), 0o600)
    here.move("d/e/f", "moved")
    os.unlink(here.path("d/link"))
    here.write("d/new", "new")
    done = drop(here, "d")
    assert said(done) == (
        {"d/none"}, {("changed", path) for path in ("d/b", "d/c", "d/e/f", "d/link")}
    )  # fmt: skip
    assert here.read("d/c") == b"444"
    assert here.read("d/new") == b"new"
    assert here.read("moved") == b"4444"


def test_an_edit_that_hides_is_seen(here: Tree, there: Tree) -> None:
    """Size and time are as they were; the change time is not."""
    before = os.stat(here.path("d/c"))
    here.write("d/c", "444")
    os.utime(here.path("d/c"), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert said(drop(here, "d/c")) == (set(), {("changed", "d/c")})
    os.chmod(here.path("a"), 0o600)
    os.chmod(here.path("a"), 0o644)
    assert said(drop(here, "a")) == ({"a"}, set())


def test_a_content_that_something_else_needs_stays_in_the_keep(tmp_path: Path) -> None:
    """Another present file, or a loss; then only the name goes."""
    here = Tree(tmp_path, {"one": BIG, "two": BIG, "gone": "lost", "lost": "lost"}, name="here")
    here.commit()
    here.remove("gone")
    here.commit()
    here.repository.remote_add("there", cloned(here, "there").top)
    before = kept(here)
    assert said(drop(here, "one", "lost")) == ({"one", "lost"}, set())
    assert kept(here) == before
    assert here.read("two") == BIG.encode()
    (lost,) = here.repository.lost()
    assert lost.recoverable
    assert drop(here, "two").bytes_freed >= len(BIG)
    assert kept(here) == before - 1


def test_a_dry_run_changes_nothing(here: Tree, there: Tree) -> None:
    """It says what would go, and asks for the proofs."""
    Path(there.path("d/c")).unlink()
    os.unlink(keep_name(there, here["d/c"].digest))
    done = drop(here, "d", dry_run=True)
    assert said(done) == (INSIDE - {"d/c"}, {("needed", "d/c")})
    assert present(here) == ALL
    assert place_of(here).scope == place_of(there).scope
    assert said(drop(here, "d")) == said(done)


def test_twice_is_once(here: Tree, there: Tree) -> None:
    """What is not here goes no further, and stays unwanted."""
    drop(here, "d")
    scope = place_of(here).scope
    done = drop(here, "d", "d/b")
    assert (said(done), done.bytes_freed) == ((set(), set()), 0)
    assert place_of(here).scope == scope


def test_everything_may_go(here: Tree, there: Tree) -> None:
    """The history stays, and all comes back."""
    assert said(drop(here, "")) == (ALL, set())
    assert kept(here) == 0
    assert present(here) == set()
    assert here.commit() == []
    here.repository.get([RepoPath(b"")])
    assert present(here) == ALL


def test_what_is_in_no_commit_is_missing(here: Tree, there: Tree, tmp_path: Path) -> None:
    """Nothing goes then."""
    with pytest.raises(Missing):
        drop(here, "d", "nothing")
    assert present(here) == ALL
    with pytest.raises(Missing):
        drop(Tree(tmp_path, name="empty"), "")


def test_a_large_directory(tmp_path: Path) -> None:
    """A part of it, then all of it."""
    here = Tree(tmp_path, {"many": {f"{number:05}": f"{number}" for number in range(5000)}}, name="here")
    here.commit()
    here.repository.remote_add("there", cloned(here, "there").top)
    assert len(drop(here, "many/00007", "many/00008").steps) == 2
    assert len(present(here)) == 4998
    assert here.commit() == []
    assert len(drop(here, "many").steps) == 4998
    assert here.commit() == []
    with closing(Cache(here.path(".annexish/cache.sqlite"), read_only=True)) as cache:
        assert (cache.meta("files"), cache.meta("absent")) == ("0", "0")


def test_a_file_that_is_still_there_is_present_again(here: Tree, there: Tree) -> None:
    """As after a drop that was killed; the same drop takes it away for good."""
    data, before = here.read("d/b"), os.stat(here.path("d/b"))
    drop(here, "d")
    here.write("d/b", data)
    os.utime(here.path("d/b"), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert here.commit() == []
    assert "d/b" in present(here)
    assert said(drop(here, "d")) == ({"d/b"}, set())
    here.write("d/b", data)
    assert said(drop(here, "d")) == ({"d/b"}, set())
    assert not os.path.exists(here.path("d/b"))


def test_two_that_drop_from_each_other_never_both_succeed(here: Tree, there: Tree) -> None:
    """Whoever is later finds no proof: there is always one copy."""
    done: dict[str, Dropped] = {}

    def one(name: str, top: str) -> None:
        done[name] = Repository.find(top).drop([RepoPath(b"d/b")])

    threads = [threading.Thread(target=one, args=(tree.top, tree.top)) for tree in (here, there)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each.steps) for each in done.values()) == [0, 1]
    assert len([tree for tree in (here, there) if os.path.exists(tree.path("d/b"))]) == 1
