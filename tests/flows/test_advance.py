"""The working tree, the cache and the head reach a commit that follows the head."""

from __future__ import annotations

import os
from pathlib import Path

import pygit2
import pytest

from annexish.errors import Refused
from annexish.model.report import Advanced
from tests.advancing import advance_to, follow_head, miscounted
from tests.conftest import DEEP
from tests.flows.test_restore_here import timeless, worked_on
from tests.kept import forget
from tests.rich import everything
from tests.trees import Link, Tree, check_snapshot, fsck, inside, recorded, words

SEEDS = range(300) if DEEP else range(12)


def advance(tree: Tree, revision: str, *others: str) -> Advanced:
    """Let a commit with the snapshot of a revision be the head."""
    return advance_to(tree.top, follow_head(tree.top, revision, *others))


def put(tree: Tree, path: str, data: str) -> None:
    """Save a file as most programs do: its former content stays as it is where it is kept."""
    tree.write(path + ".new", data)
    tree.move(path + ".new", path)


def lose_cache(tree: Tree) -> None:
    """As if the stat cache had never been."""
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))


def check_reached(tree: Tree) -> None:
    """The tree is the head, nothing is to be recorded, and the cache describes it."""
    check_snapshot(tree)
    assert miscounted(tree.top) == []
    assert tree.repository.verify().problems == ()
    assert not os.path.lexists(tree.path(".annexish/staging"))
    assert not os.path.lexists(tree.path(".annexish/journal"))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_snapshot_from_any_other(tmp_path: Path, seed: int) -> None:
    """After anything that people do, the tree is what a plain walk saw at that snapshot, with the same objects."""
    tree = Tree(tmp_path)
    worker, revisions = worked_on(tree, seed)
    for _ in range(6):
        revision, wanted = worker.random.choice(revisions)
        ids = tree.ids(revision)
        done = advance(tree, revision, "HEAD~1")
        assert (done.problems, done.absent) == ((), ())
        assert timeless(everything(tree.top)) == timeless(wanted)
        assert tree.repository.status().problems == ()
        assert tree.ids() == ids
        check_reached(tree)
        assert tree.repository.diff(revision, "HEAD").difference.counts == {}
        worker.work(worker.random.randrange(5))
        tree.commit(allow_mass_deletion=True)
        check_snapshot(tree)
        assert miscounted(tree.top) == []
    lose_cache(tree)
    assert tree.status() == []
    fsck(tree)


def test_the_head_needs_nothing(tmp_path: Path) -> None:
    """A second time does nothing, and a commit that does not follow the head is refused."""
    tree = Tree(tmp_path, {"a": "1"})
    tree.commit()
    put(tree, "a", "22")
    tree.commit()
    first, second = follow_head(tree.top, "HEAD~1"), follow_head(tree.top, "HEAD~1", "HEAD~1")
    assert [step.word for step in advance_to(tree.top, first).steps] == ["copy"]
    before = everything(tree.top)

    assert advance_to(tree.top, first) == Advanced((), (), ())
    with pytest.raises(Refused):
        advance_to(tree.top, second)
    assert (tree.heads(), everything(tree.top)) == (3, before)
    check_reached(tree)


def test_what_is_untouched_is_not_read(tmp_path: Path) -> None:
    """Only records that are too young to be sure are read again."""
    tree = Tree(tmp_path, {"d": {f"{n}": f"{n}" for n in range(30)}, "e": {"x": "1"}, "f": {"y": "1"}})
    tree.commit_calmly()
    tree.move("f", "e/f")
    put(tree, "d/7", "seven")
    tree.commit_calmly()
    advance(tree, "HEAD~1")

    assert tree.status() == []
    assert tree.committed().read.get("files", 0) <= 1
    assert tree.committed().commit is None
    check_reached(tree)


def test_a_cache_that_is_ahead(tmp_path: Path) -> None:
    """Killed before the head moves over several commits: that is no damage, and the next command moves it."""
    tree = Tree(tmp_path, {"a": "1"})
    for number in range(3):
        put(tree, "a", f"{number}")
        tree.commit()
    git = pygit2.Repository(tree.path(".annexish/history.git"))
    newest = str(git.head.target)
    git.references["refs/heads/main"].set_target(git.revparse_single("HEAD~2").id)

    assert tree.repository.verify().problems == ()
    tree.commit()
    assert (str(git.references["refs/heads/main"].target), tree.heads()) == (newest, 3)


def test_it_is_undone(tmp_path: Path) -> None:
    """As a new commit."""
    tree = Tree(tmp_path, {"a": "1", "b": "2"})
    tree.commit()
    tree.move("a", "c")
    put(tree, "b", "22")
    tree.commit()
    now = recorded(tree)
    advance(tree, "HEAD~1")
    newest = next(iter(tree.repository.operations()))
    assert (newest.command, newest.text) == ("merge", "merged")
    tree.repository.undo()

    assert recorded(tree) == now
    check_snapshot(tree)


def test_losses(tmp_path: Path) -> None:
    """What the commit deletes or replaces can be recovered, and what comes back is lost no more."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "d": {"x": "three"}})
    tree.commit()
    tree.remove("d")
    put(tree, "b", "changed")
    tree.write("n", "new")
    tree.commit()
    advance(tree, "HEAD~1")
    lost = [(os.fsdecode(each.path), each.replaced) for each in tree.repository.lost()]

    assert lost == [("n", False), ("b", True), ("b", True)]
    assert [os.fsdecode(step.path) for step in tree.repository.recover([inside("n")]).steps] == ["n"]
    assert tree.status() == [("added", "n")]


def test_an_edit_meanwhile_is_noticed(tmp_path: Path) -> None:
    """In a file that the commit does not change, in one that it changes, moves or deletes; nothing is overwritten.

    What belongs where somebody wrote goes on beside it, so that the next commit takes nothing back.
    """
    tree = Tree(tmp_path, {"same": "1", "edited": "1", "moved": "1", "gone": "1", "d": {"in": "1"}})
    tree.commit()
    for path in ("edited", "d/in"):
        put(tree, path, "22")
    tree.move("moved", "away")
    tree.write("new", "1")
    tree.commit_calmly()
    commit = follow_head(tree.top, "HEAD~1")
    for path in ("same", "edited", "away", "new", "d/late"):
        tree.write(path, "mine")
    done = advance_to(tree.top, commit)

    assert sorted(os.fsdecode(problem.path) for problem in done.problems) == ["away", "edited", "new"]
    assert {tree.read(path) for path in ("same", "edited", "away", "new", "d/late")} == {b"mine"}
    assert tree.read("d/in") == b"1"
    beside = f"edited.elsewhere-{tree['edited'].id.hex()[:8]}"
    changes = [("modified", "same"), ("added", "edited"), ("moved", "edited", beside)]
    changes += [("added", "away"), ("added", "new"), ("added", "d/late")]
    assert sorted(tree.status()) == sorted(changes)
    recorded_now = tree.committed()
    assert sorted(words(recorded_now)) == sorted(changes)
    assert [conflict.path for conflict in recorded_now.conflicts] == [b"edited"]
    assert miscounted(tree.top) == []


def test_a_content_that_is_not_here_is_absent(tmp_path: Path) -> None:
    """It is in the snapshot and not in the tree, counted, and no deletion; what it supersedes is a loss."""
    tree = Tree(tmp_path, {"a": "one", "b": "two", "d": {"c": "three"}, "z": "26"})
    tree.commit()
    digests = {path: tree[path].digest for path in ("a", "b", "d/c")}
    tree.remove("a", "d")
    put(tree, "b", "2")
    tree.commit()
    for digest in digests.values():
        assert digest is not None
        forget(tree, digest)
    done = advance(tree, "HEAD~1")

    assert done.problems == ()
    assert done.absent == (b"a", b"b", b"d/c")
    assert sorted(os.listdir(tree.top)) == [".annexish", "d", "z"]
    for _ in range(2):
        assert tree.status() == []
        assert tree.repository.status().absent == 3
        assert tree.committed().commit is None
    assert miscounted(tree.top) == []
    assert tree.repository.verify().problems == ()
    assert "b" in [os.fsdecode(each.path) for each in tree.repository.lost()]
    ids = tree.ids()
    tree.write("a", "one")
    tree.commit()
    assert (tree.ids(), tree.repository.status().absent) == (ids, 2)
    lose_cache(tree)
    assert (tree.status(), tree.repository.status().absent) == ([("metadata", "a")], 2)


def test_a_content_that_another_file_has(tmp_path: Path) -> None:
    """Where the keep lacks it."""
    tree = Tree(tmp_path, {"a": "one", "b": "two"})
    tree.commit()
    digest = tree["a"].digest
    assert digest is not None
    tree.copy("a", "copy")
    tree.remove("a")
    put(tree, "b", "one")
    tree.commit()
    forget(tree, digest)
    kept = tree.path("copy")
    advance(tree, "HEAD")
    tree.remove("b")
    tree.commit()
    assert advance(tree, "HEAD~1").absent == ()

    assert (tree.read("b"), Path(kept).read_bytes()) == (b"one", b"one")
    check_reached(tree)


def test_something_else_has_the_place(tmp_path: Path) -> None:
    """It stays; what belongs there goes on beside it, and nothing is lost."""
    tree = Tree(tmp_path, {"one.tmp": "1", "two.tmp": {"x": "1", "y": {"z": "1"}}, "a": "1"})
    tree.commit()
    ids = tree.ids()
    tree.remove("one.tmp", "two.tmp")
    tree.write(".annexishignore", "*.tmp\n")
    tree.commit()
    tree.write("one.tmp", "mine")
    tree.write("two.tmp", "mine")
    advance(tree, "HEAD~1")

    assert (tree.read("one.tmp"), tree.read("two.tmp")) == (b"mine", b"mine")
    assert tree.ids() == ids
    assert not [each for each in tree.status() if each[0] in ("deleted", "modified")]
    before = {id for path, id in ids.items() if path}
    assert [conflict.path for conflict in tree.committed().conflicts] == [b"one.tmp", b"two.tmp"]
    assert before < set(tree.ids().values())
    assert tree.repository.status().absent == 3
    assert tree.repository.verify().problems == ()
    assert miscounted(tree.top) == []


def test_a_directory_is_not_here(tmp_path: Path) -> None:
    """The contents of a directory that nobody could make are absent with it."""
    tree = Tree(tmp_path, {"d": {"x": "1", "y": {"z": "1"}}, "a": "1"})
    tree.commit()
    lose_cache(tree)
    tree.move("d", ".annexish/elsewhere")
    tree.write("a", "2")
    tree.commit()
    assert tree.repository.status().absent == 2
    tree.write("b", "1")
    tree.commit()
    advance(tree, "HEAD~1")

    assert tree.status() == []
    assert tree.repository.status().absent == 2
    assert miscounted(tree.top) == []


def test_hard_links(tmp_path: Path) -> None:
    """Groups are joined, split, or lose a name; the other names are not changed by that."""
    tree = Tree(tmp_path, {"d": {"a": "same"}, "e": {"x": "1"}, **dict.fromkeys("bcf", "same")})
    for new in ("b", "c"):
        tree.remove(new)
        os.link(tree.path("d/a"), tree.path(new))
    os.link(tree.path("f"), tree.path("e/f"))
    tree.commit_calmly()
    before = everything(tree.top)
    tree.remove("c", "e/f")
    tree.write("c", "other")
    tree.commit_calmly()
    after = everything(tree.top)
    assert advance(tree, "HEAD~1").problems == ()
    assert timeless(everything(tree.top)) == timeless(before)
    assert tree.committed().read.get("files", 0) <= 5
    check_reached(tree)
    advance(tree, "HEAD~1")
    assert timeless(everything(tree.top)) == timeless(after)
    check_reached(tree)


def test_kinds_and_metadata(tmp_path: Path) -> None:
    """A file in the place of a directory, a link that points elsewhere, modes, attributes, swapped directories."""
    tree = Tree(tmp_path, {"k": {"x": "1"}, "l": Link("one"), "m": "1", "p": {"1": "1"}, "q": {"2": "2"}})
    tree.commit_calmly()
    before = everything(tree.top)
    tree.remove("k", "l")
    tree.write("k", "file")
    os.symlink("two", tree.path("l"))
    os.chmod(tree.path("m"), 0o600)
    os.chmod(tree.path("p"), 0o700)
    os.setxattr(tree.path("m"), "user.a", b"1")
    for old, new in (("p", "t"), ("q", "p"), ("t", "q")):
        tree.move(old, new)
    tree.commit_calmly()
    after = everything(tree.top)
    advance(tree, "HEAD~1")
    assert timeless(everything(tree.top)) == timeless(before)
    check_reached(tree)
    advance(tree, "HEAD~1")
    assert timeless(everything(tree.top)) == timeless(after)
    check_reached(tree)


def test_ignore_rules_that_come_with_the_commit(tmp_path: Path) -> None:
    """What they hid is seen, and what they hide is not."""
    tree = Tree(tmp_path, {"d": {"e": {"a": "1"}}})
    tree.commit()
    tree.write(".annexishignore", "*.tmp\n")
    tree.commit()
    tree.write("d/e/x.tmp", "1")
    tree.commit_calmly()
    assert tree.status() == []
    advance(tree, "HEAD~1")
    assert tree.status() == [("added", "d/e/x.tmp")]
    tree.remove("d/e/x.tmp")
    advance(tree, "HEAD~1")
    tree.write("d/e/y.tmp", "1")
    assert tree.status() == []


def test_a_large_directory(tmp_path: Path) -> None:
    """In parts, becoming large, becoming small, and moved."""
    tree = Tree(tmp_path, {"large": {f"{n}": f"{n}" for n in range(4500)}, "d": {"a": "1"}})
    tree.commit_calmly()
    first = recorded(tree)
    put(tree, "large/17", "other")
    tree.remove("large/18")
    tree.move("large/19", "d/19")
    tree.write("large/new/x", "1")
    tree.move("large", "d/large")
    tree.commit_calmly()
    second = recorded(tree)
    for n in range(1000):
        if os.path.lexists(tree.path(f"d/large/{n}")):
            tree.remove(f"d/large/{n}")
    tree.commit_calmly()
    third = recorded(tree)
    for revision, wanted in (("HEAD~2", first), ("HEAD~2", second), ("HEAD~2", third), ("HEAD~2", first)):
        assert advance(tree, revision).problems == ()
        assert recorded(tree) == wanted
        check_reached(tree)
        assert tree.committed().commit is None
        check_reached(tree)


def test_without_a_cache(tmp_path: Path) -> None:
    """When the cache is lost in the middle nothing is lost: what is there is seen by the next command."""
    tree = Tree(tmp_path, {"a": "1", "b": "2"})
    tree.commit()
    put(tree, "a", "22")
    tree.move("b", "c")
    tree.commit()
    commit = follow_head(tree.top, "HEAD~1")
    lose_cache(tree)
    advance_to(tree.top, commit)

    assert tree.read("a") == b"22"
    tree.commit()
    assert tree.read("c") == b"2"
    assert tree.status() == []
