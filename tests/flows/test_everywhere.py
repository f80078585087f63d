"""A confirmation for every repository: the commit that says it, and what the others do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from annexish.codec.confirmed import decode_confirmed
from annexish.codec.trees import with_confirmed
from annexish.errors import Corrupt, Missing, Refused
from annexish.model.ids import BlobId, CommitId, ObjectId
from annexish.model.report import Released
from annexish.store.history import Nodes
from annexish.store.pack import PackWriter
from tests.conftest import MakeFilesystem
from tests.flows.kept import BIG, fill, kept, losses, lost, place, run
from tests.flows.test_confirm import killed
from tests.flows.two import copied, fetch, follow_head, forget_cache, merge_head
from tests.trees import Link, Tree, check_snapshot, fsck, git, inside

OTHER = b"other" * 4000
COMMIT_TREE = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit-tree", "-m", "made by hand")


def everywhere(tree: Tree, *paths: str, commit: str | None = None, dry_run: bool = False) -> Released:
    """Confirm losses in every repository."""
    found = [inside(path) for path in paths]
    return tree.repository.confirm(found, commit=commit, everywhere=True, dry_run=dry_run)


def receive(tree: Tree, *, allow_mass_deletion: bool = False, dry_run: bool = False) -> Released:
    """Carry out what others confirmed."""
    return tree.repository.confirm_received(allow_mass_deletion=allow_mass_deletion, dry_run=dry_run)


def paths(done: Released) -> list[str]:
    """The paths of what was let go."""
    return sorted(os.fsdecode(each.path) for each in done.lost)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Several files, of which a directory is gone."""
    tree = Tree(tmp_path, {"d": {"a": BIG, "b": OTHER, "l": Link("a"), "e": ""}, "c": OTHER, "rest": "rest"})
    tree.commit_calmly()
    tree.remove("d")
    tree.commit()
    return tree


@pytest.fixture
def other(tree: Tree) -> Tree:
    """A copy of it."""
    return copied(tree, "other")


def test_it_is_a_commit_that_changes_nothing(tree: Tree) -> None:
    """Its snapshot is that of its parent; nobody finds a change afterwards, and the next commit says it no more."""
    before = tree.repository.show().commit
    done = everywhere(tree, "d")
    made = tree.repository.show().commit
    assert (done.commit, made.parents, made.tree) == (made.id, (before.id,), before.tree)
    assert (made.message, made.counts) == ("confirm 5 losses", {"confirmed": 5})
    assert list(tree.repository.show().difference.changes) == []
    assert list(tree.repository.diff("HEAD~1", "HEAD").difference.changes) == []
    assert (done.contents, paths(done), lost(tree)) == (1, ["d", "d/a", "d/b", "d/e", "d/l"], [])
    assert (kept(tree, BIG), kept(tree, OTHER)) == (False, True)
    check_snapshot(tree)
    assert tree.committed().commit is None
    fsck(tree)
    assert tree.repository.verify().problems == ()

    tree.write("rest", "more")
    tree.write("new", "new")
    tree.repository.commit("of a part", [inside("new")])
    assert "confirmed" not in git(tree, "ls-tree", "--name-only", "HEAD")
    assert tree.commit() == [("modified", "rest")]
    check_snapshot(tree)
    fsck(tree)


def test_it_names_objects_and_what_they_lost(tree: Tree) -> None:
    """A file with its digest, what is no file without one."""
    ids = tree.ls("HEAD~1")
    done = everywhere(tree, "d")
    assert done.commit is not None
    blob = place(tree).history.confirmed(done.commit)
    assert blob is not None
    assert decode_confirmed(blob) == {
        (ids[path].id, ids[path].digest) for path in ("d", "d/a", "d/b", "d/l", "d/e")
    }  # fmt: skip


@pytest.mark.parametrize("again", [False, True])
def test_after_it_a_lost_cache_knows_nothing_new(tree: Tree, *, again: bool) -> None:
    """The cache is made from the snapshot, whoever looks first."""
    everywhere(tree, "d")
    forget_cache(tree)
    if again:
        assert tree.committed().commit is None
    check_snapshot(tree)
    assert tree.committed().commit is None
    assert not any(loss.digest and loss.size and not kept(tree, OTHER) for loss in losses(tree))


def test_a_root_that_is_split(tmp_path: Path) -> None:
    """The blob is beside the shards."""
    tree = Tree(tmp_path, {f"{number}": f"{number}" for number in range(4200)} | {"gone": BIG})
    tree.commit()
    tree.remove("gone")
    tree.commit()
    everywhere(tree, "gone")
    assert Nodes(place(tree).history)(tree.repository.show().commit.tree).shards
    assert tree.committed().commit is None
    tree.write("1", "one")
    assert tree.commit() == [("modified", "1")]
    fsck(tree)


def test_another_repository_does_it_when_it_has_the_commit(tree: Tree, other: Tree) -> None:
    """It lets go of the same losses, once."""
    everywhere(tree, "d")
    assert receive(other) == Released([], 0, 0, 0)
    follow_head(other, tree)
    told = receive(other, dry_run=True)
    assert (told.contents, kept(other, BIG)) == (1, True)
    done = receive(other)
    assert done == told
    assert (done.contents, paths(done)) == (1, ["d", "d/a", "d/b", "d/e", "d/l"])
    assert done.bytes_freed >= len(BIG)
    assert (kept(other, BIG), kept(other, OTHER), lost(other)) == (False, True, [])
    newest = next(other.repository.operations())
    assert newest.command == "receive"
    assert receive(other) == Released([], 0, 0, 0)
    with pytest.raises(Refused, match="nothing to take back"):
        other.repository.undo(newest.number)
    assert other.committed().commit is None
    check_snapshot(other)
    fsck(other)


def test_what_is_not_named_stays(tree: Tree, other: Tree) -> None:
    """Other losses, of the same content too, and what was lost since."""
    other.remove("c")
    other.commit()
    everywhere(tree, "d/a", "d/b")
    merge_head(other, tree)
    git(other, "update-ref", "-d", "refs/remotes/other/main")
    done = receive(other)
    assert (paths(done), done.contents) == (["d/a", "d/b"], 1)
    assert (kept(other, BIG), kept(other, OTHER)) == (False, True)
    assert lost(other) == ["c", "d", "d/e", "d/l"]


def test_a_deletion_of_its_own_is_the_same_loss(tmp_path: Path) -> None:
    """Both deleted the object, each in a commit of its own; what no commit of it recorded is no loss here."""
    tree = Tree(tmp_path, {"a": BIG, "b": OTHER, "rest": "rest"})
    tree.commit_calmly()
    other, third = copied(tree, "other"), copied(tree, "third")
    for each in (tree, other):
        each.remove("a")
        each.commit()
    everywhere(tree, "a")
    merge_head(other, tree)
    assert paths(receive(other)) == ["a"]
    assert not kept(other, BIG)

    merge_head(third, tree)
    assert receive(third).lost == []
    third.remove("a")
    assert receive(third).lost == []
    third.commit()
    assert receive(third).lost == []
    assert (lost(third), kept(third, BIG)) == (["a"], True)


def test_what_a_merge_loses(tree: Tree) -> None:
    """The deletion comes with the confirmation: the merge records the loss, and it is the same one."""
    other = copied(tree, "other")
    everywhere(tree, "d")
    theirs = fetch(other, tree)
    merged = git(other, *COMMIT_TREE, "-p", "main~1", "-p", theirs, "main^{tree}").strip()
    git(other, "update-ref", "refs/heads/main", merged)
    forget_cache(other)
    assert other.committed().commit is None
    assert {loss.commit for loss in losses(other)} == {merged}
    assert (receive(other).contents, lost(other), kept(other, BIG)) == (1, [], False)


def test_an_object_of_two_ids(tree: Tree) -> None:
    """It is named under both, so whoever knows it under one of them finds it."""
    tree.remove("c")
    tree.commit()
    history = place(tree).history
    pack = PackWriter(history.packs)
    nodes = Nodes(history, pack)
    node = nodes(history.commit(history.resolve("HEAD~1")).tree)
    more = ObjectId(b"\xff" * 16)
    entries = [one._replace(ids=(*one.ids, more)) if one.name == b"c" else one for one in node.entries]
    joined = nodes.save(node._replace(entries=tuple(entries), blob=None))
    pack.publish()
    before = git(tree, *COMMIT_TREE, joined.hex()).strip()
    after = git(tree, *COMMIT_TREE, "-p", before, "HEAD^{tree}").strip()
    git(tree, "update-ref", "refs/heads/main", after)
    forget_cache(tree)
    assert tree.committed().commit is None
    assert lost(tree) == ["c"]
    made = everywhere(tree, "c").commit
    assert made is not None
    blob = history.confirmed(made)
    assert blob is not None
    assert {id for id, _ in decode_confirmed(blob)} == {*node.entries[0].ids, more}


def test_an_object_that_lost_the_same_content_twice(tmp_path: Path) -> None:
    """While one of its losses is not confirmed, nobody else is told; with the last one all are."""
    tree = Tree(tmp_path, {"a": BIG, "rest": "rest"})
    tree.commit()
    for text in ("between", BIG, "last"):
        tree.write("new", text)
        tree.move("new", "a")
        tree.commit()
    other = copied(tree, "other")
    one = everywhere(tree, commit="HEAD~2")
    assert (one.commit, paths(one), kept(tree, BIG)) == (None, ["a"], True)
    assert lost(tree) == ["a", "a"]
    assert everywhere(tree, commit="HEAD").commit
    follow_head(other, tree)
    assert (receive(other).contents, kept(other, BIG), kept(tree, BIG)) == (1, False, False)
    assert [loss.size for loss in losses(other)] == [len("between")]


def test_what_another_head_holds_waits(tree: Tree, other: Tree) -> None:
    """A third repository has not heard of the deletion; when it has, its content goes."""
    git(other, "update-ref", "refs/remotes/third/main", "HEAD~1")
    everywhere(tree, "d")
    follow_head(other, tree)
    done = receive(other)
    assert (paths(done), done.contents, done.waiting) == (["d", "d/b", "d/e", "d/l"], 0, 1)
    assert (kept(other, BIG), lost(other)) == (True, ["d/a"])
    other.write("rest", "more")
    other.commit()
    assert receive(other).waiting == 1
    git(other, "update-ref", "refs/remotes/third/main", "HEAD~1")
    done = receive(other)
    assert (paths(done), done.contents, done.waiting) == (["d/a"], 1, 0)
    assert not kept(other, BIG)


def test_many_at_once_are_refused(tmp_path: Path) -> None:
    """Nothing is done then; with a word it is."""
    many = {f"{number}": f"content {number}" for number in range(12)}
    tree = Tree(tmp_path, {"d": many, "rest": "rest"})
    tree.commit_calmly()
    tree.remove("d")
    tree.commit(allow_mass_deletion=True)
    other = copied(tree, "other")
    assert everywhere(tree, "d").contents == 12
    follow_head(other, tree)
    with pytest.raises(Refused, match="12 contents") as told:
        receive(other)
    assert "--allow-mass-deletion" in told.value.hint
    assert receive(other, dry_run=True).contents == 12
    other.repository.config_set("guard.max_deletions", "11")
    with pytest.raises(Refused):
        receive(other)
    assert len(lost(other)) == 13
    assert all(kept(other, text) for text in many.values())
    assert receive(other, allow_mass_deletion=True).contents == 12
    assert lost(other) == []
    assert receive(other).lost == []


def test_what_comes_back_and_is_lost_again_is_another_loss(tree: Tree) -> None:
    """A cache that was lost has everything carried out again; that lets go of nothing new."""
    everywhere(tree, "d/b")
    tree.repository.restore_here("HEAD~2", [inside("d")])
    tree.commit()
    assert tree.ids()["d/b"] == tree.ids("HEAD~3")["d/b"]
    tree.remove("d/b", "c")
    tree.commit(allow_mass_deletion=True)
    forget_cache(tree)
    receive(tree)
    assert {"c", "d/b"} <= set(lost(tree))
    assert kept(tree, OTHER)
    assert everywhere(tree, "d/b", "c").contents == 1
    assert not kept(tree, OTHER)


def test_a_lost_cache_has_it_carried_out_again(tree: Tree, other: Tree) -> None:
    """What the history tells to be lost and to be confirmed is listed no more."""
    everywhere(tree, "d")
    follow_head(other, tree)
    receive(other)
    forget_cache(other)
    assert other.committed().commit is None
    assert "d/b" in lost(other)
    assert receive(other).contents == 0
    assert lost(other) == []
    check_snapshot(other)


def test_it_cannot_be_undone(tree: Tree) -> None:
    """The history says it to everybody; that is said, and nothing is done."""
    everywhere(tree, "d")
    operation = next(tree.repository.operations())
    assert (operation.command, operation.text) == ("confirm", "d everywhere")
    assert operation.before != operation.after == tree.repository.show().commit.id
    done = tree.repository.undo()
    assert done.commit is None
    assert [(problem.code, "everywhere" in problem.reason) for problem in done.done.problems] == [("gone", True)]
    assert lost(tree) == []


def test_a_dry_run_commits_nothing(tree: Tree) -> None:
    """It tells the same as for this repository alone."""
    head = tree.repository.show().commit.id
    done = everywhere(tree, "d", dry_run=True)
    assert (done.contents, len(done.lost), done.commit) == (1, 5, None)
    assert tree.repository.show().commit.id == head
    with pytest.raises(Missing):
        everywhere(tree, "c")
    assert tree.repository.show().commit.id == head


def test_a_blob_that_is_none_is_refused(tree: Tree, other: Tree) -> None:
    """Whatever another repository wrote: nothing goes, and it is said which commit."""
    done = everywhere(tree, "d")
    history = place(tree).history
    assert done.commit is not None
    blob = git(tree, "rev-parse", "HEAD~1:entries").strip()
    data = with_confirmed(history.tree(history.commit(done.commit).tree), BlobId(bytes.fromhex(blob)))
    Path(tree.path("../forged")).write_bytes(data)
    made = git(tree, "hash-object", "-t", "tree", "-w", tree.path("../forged")).strip()
    text = git(tree, "log", "-1", "--format=%B")
    forged = CommitId(git(tree, *COMMIT_TREE[:-2], "-m", text, "-p", "HEAD~1", made).strip())
    git(tree, "update-ref", "refs/heads/main", forged)
    follow_head(other, tree)
    with pytest.raises(Corrupt, match=forged[:10]):
        receive(other)
    assert kept(other, BIG)
    assert "d/a" in lost(other)
    assert other.committed().commit is None
    check_snapshot(other)


def test_all(tree: Tree, other: Tree) -> None:
    """Every loss, in every repository."""
    tree.write("new", "new")
    tree.move("new", "c")
    tree.commit()
    assert everywhere(tree).contents == 2
    follow = fetch(other, tree)
    assert receive(other).lost == [], "what was only fetched is not carried out"
    other.write("new", "new")
    other.move("new", "c")
    other.commit()
    merge_head(other, tree)
    assert git(other, "merge-base", "--is-ancestor", follow, "HEAD") == ""
    assert receive(other).contents == 2
    assert lost(other) == []
    assert not kept(other, OTHER)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_killed_when_it_was_recorded(tree: Tree) -> None:
    """The next command that writes, whatever it does, lets go of what the commit says."""
    assert killed(tree, "unlinkat", 1, "confirm", "--everywhere", "d")
    assert tree.repository.show().commit.counts == {"confirmed": 5}
    assert (kept(tree, BIG), len(lost(tree))) == (True, 5)
    tree.write("new", "new")
    assert tree.commit() == [("added", "new")]
    assert (kept(tree, BIG), kept(tree, OTHER), lost(tree)) == (False, True, [])
    assert [one.command for one in tree.repository.operations()][:2] == ["commit", "confirm"]
    check_snapshot(tree)
    fsck(tree)


@pytest.mark.root
def test_a_full_disk(filesystem: MakeFilesystem) -> None:
    """A commit needs room; it says so, nothing goes, and a confirmation here makes the room."""
    top = filesystem("ext4-4k", mib=16)
    tree = Tree(top, {"a": os.urandom(1 << 20), "b": os.urandom(1 << 20), "rest": "rest"})
    tree.commit()
    tree.remove("a", "b")
    tree.commit(allow_mass_deletion=True)
    fill(top)
    done = run(tree, "confirm", "--everywhere", "a")
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert lost(tree) == ["a", "b"]
    assert run(tree, "confirm", "b").returncode == 0
    assert run(tree, "confirm", "--everywhere", "a").returncode == 0
    assert lost(tree) == []
    check_snapshot(tree)
    fsck(tree)
