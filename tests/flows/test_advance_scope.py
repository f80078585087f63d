"""The head goes on where a part is held: the working tree follows in scope, the rest is history only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from annexish.errors import Refused
from annexish.model.entry import Kind
from annexish.model.ids import CommitId
from annexish.model.report import Advanced
from annexish.model.scope import Scope
from tests.advancing import advance_to, follow_head, miscounted, place_of
from tests.conftest import DEEP
from tests.flows.test_advance import put
from tests.flows.test_restore_here import worked_on
from tests.kept import forget
from tests.rich import everything
from tests.scoped import held, hold, narrow, placed_in, scope, wanted
from tests.trees import Picture, Tree, fsck, git, inside, real, recorded

SEEDS = range(400) if DEEP else range(16)
DISK: Picture = {
    "Music": {"one": {"1.mp3": "1", "1.txt": "t"}, "two.mp3": "2"},
    "Photos": {"trip": {"a.jpg": "a", "deep": {"d.jpg": "d"}}, "b.jpg": "b"},
    "note.txt": "n",
}


def reach(
    tmp_path: Path, only: Iterable[str], work: Callable[[Tree], None], *, without: Iterable[str] = (),
    unwanted: Iterable[str] = (),
) -> tuple[Tree, Advanced]:  # fmt: skip
    """A disk that holds a part follows a commit in which somebody who holds everything did some work."""
    tree = Tree(tmp_path, DISK)
    tree.commit()
    part = scope(tree, only, without, unwanted)
    work(tree)
    tree.commit(allow_mass_deletion=True)
    first, second = revisions(tree)
    back_to(tree, first, part)
    done = advance_to(tree.top, follow_head(tree.top, second))
    check(tree)
    return tree, done


def revisions(tree: Tree) -> list[CommitId]:
    """The commits, oldest first."""
    return [each.id for each in tree.repository.log()][::-1]


def back_to(tree: Tree, revision: str, part: Scope) -> None:
    """Hold a part of a revision."""
    advance_to(tree.top, follow_head(tree.top, revision))
    hold(tree, part)


def check(tree: Tree) -> None:
    """Nothing is to be recorded, the cache says what is here, and the readers agree."""
    assert tree.status() == []
    assert miscounted(tree.top) == []
    here = real(tree.top)
    assert here.items() <= recorded(tree).items()
    assert {os.fsdecode(one.path) for one in tree.repository.ls(recursive=True) if one.present} >= held(tree)
    assert tree.repository.verify().problems == ()
    assert not os.path.lexists(tree.path(".annexish/staging"))
    assert tree.committed().commit is None


def steps(done: Advanced) -> list[tuple[str, str]]:
    """What was done, in few words."""
    return sorted((step.word, os.fsdecode(step.path)) for step in done.steps)


def test_what_is_out_of_scope_changes_in_the_history_only(tmp_path: Path) -> None:
    """Edits, moves, new files and deletions there do nothing here, and nothing is lost by them."""

    def work(tree: Tree) -> None:
        put(tree, "Photos/b.jpg", "other")
        tree.move("Photos/trip", "Photos/journey")
        tree.write("Photos/c.jpg", "c")
        tree.write("new/x", "x")
        tree.remove("note.txt")

    tree, done = reach(tmp_path, ["Music"], work)

    assert (done.steps, done.problems, done.absent) == ((), (), ())
    assert held(tree) == {"Music/one/1.mp3", "Music/one/1.txt", "Music/two.mp3"}
    assert set(real(tree.top)) - held(tree) == {"Music", "Music/one"}
    assert recorded(tree)["Photos/journey/a.jpg"][0] is Kind.FILE


def test_what_moves_out_of_scope_goes_and_is_not_deleted(tmp_path: Path) -> None:
    """Its content stays in the keep, no loss is noted, and it can come back."""
    tree, done = reach(tmp_path, ["Music"], lambda tree: tree.move("Music/one", "one"))

    assert steps(done) == [("drop", "Music/one"), ("drop", "Music/one/1.mp3"), ("drop", "Music/one/1.txt")]
    assert set(real(tree.top)) == {"Music", "Music/two.mp3"}
    assert [loss for loss in tree.repository.lost() if loss.commit == revisions(tree)[-1]] == []
    digest = tree["one/1.mp3"].digest
    assert digest is not None
    assert os.path.exists(tree.path(f".annexish/keep/{digest.hex()[:2]}/{digest.hex()[2:]}"))
    back = advance_to(tree.top, follow_head(tree.top, revisions(tree)[0]))
    assert (back.problems, back.absent) == ((), ())
    assert tree.read("Music/one/1.mp3") == b"1"
    check(tree)


def test_what_moves_into_scope_arrives(tmp_path: Path) -> None:
    """From the keep if it is there, else it is absent."""

    def work(tree: Tree) -> None:
        tree.move("Photos/trip", "Music/trip")
        tree.move("note.txt", "Music/note.txt")

    tree, done = reach(tmp_path, ["Music"], work)

    assert done.absent == ()
    assert wanted(tree) == held(tree) == {
        "Music/one/1.mp3", "Music/one/1.txt", "Music/two.mp3", "Music/note.txt", "Music/trip/a.jpg",
        "Music/trip/deep/d.jpg",
    }  # fmt: skip


def test_what_moves_into_scope_and_is_not_in_the_keep_is_absent(tmp_path: Path) -> None:
    """It is named, and no change."""
    tree = Tree(tmp_path, DISK)
    tree.commit()
    digest = tree["Photos/b.jpg"].digest
    assert digest is not None
    tree.move("Photos/b.jpg", "Music/b.jpg")
    tree.commit()
    first, second = revisions(tree)
    advance_to(tree.top, follow_head(tree.top, first))
    hold(tree, scope(tree, ["Music"]))
    forget(tree, digest)
    done = advance_to(tree.top, follow_head(tree.top, second))

    assert done.absent == (b"Music/b.jpg",)
    assert tree.status() == []
    assert "Music/b.jpg" not in held(tree)


def test_a_rule_follows_its_object(tmp_path: Path) -> None:
    """The directory in scope is renamed elsewhere and moved below another one: it moves here, and costs no copy."""

    def work(tree: Tree) -> None:
        tree.move("Music/one", "Photos/trip/first")
        tree.move("Photos", "Pictures")

    tree, done = reach(tmp_path, ["Music/one"], work)

    assert [step for step in steps(done) if step[0] == "copy"] == []
    assert held(tree) == {"Pictures/trip/first/1.mp3", "Pictures/trip/first/1.txt"}
    assert set(real(tree.top)) - held(tree) == {"Pictures", "Pictures/trip", "Pictures/trip/first"}
    (rule,) = placed_in(tree).scope.only
    assert rule[0] == b"Pictures/trip/first"
    assert place_of(tree.top).scope.only == (rule,)


def test_a_directory_above_the_scope_is_renamed(tmp_path: Path) -> None:
    """It moves here with what is held of it."""
    tree, done = reach(tmp_path, ["Music/one"], lambda tree: tree.move("Music", "Sound"))

    assert steps(done) == [("move", "Sound")]
    assert set(real(tree.top)) == {"Sound", "Sound/one", "Sound/one/1.mp3", "Sound/one/1.txt"}


def test_a_pattern_is_looked_at_anew(tmp_path: Path) -> None:
    """What is renamed away from it goes, what is renamed to it comes, in a directory that moved too."""

    def work(tree: Tree) -> None:
        tree.move("Photos/b.jpg", "Photos/b.png")
        tree.move("Music/two.mp3", "Music/two.jpg")
        tree.move("Photos/trip", "Music/trip")

    tree, _ = reach(tmp_path, ["*.jpg"], work)

    assert held(tree) == wanted(tree) == {"Music/two.jpg", "Music/trip/a.jpg", "Music/trip/deep/d.jpg"}


def test_a_directory_that_moves_across_a_pattern(tmp_path: Path) -> None:
    """Nothing in it changed but its path: what is matched no more goes, what is matched now comes."""
    tree, _ = reach(tmp_path, ["/Photos/**/*.jpg", "/Music/**/*.txt"], lambda tree: tree.move("Photos/trip", "Music/t"))
    assert held(tree) == {"Photos/b.jpg", "Music/one/1.txt"}

    tree.write("Photos/x.jpg", "new")
    tree.commit()
    tree.move("Photos/x.jpg", "Music/x.jpg")
    assert tree.status() == [("moved", "Photos/x.jpg", "Music/x.jpg")]


def test_what_is_left_out_stays_out_wherever_it_goes(tmp_path: Path) -> None:
    """An exception is an object too."""
    tree, done = reach(tmp_path, [], lambda tree: tree.move("Photos/trip", "trip"), without=["Photos/trip/deep"])

    assert steps(done) == [("move", "trip")]
    assert "trip/deep" not in real(tree.top)
    assert held(tree) == wanted(tree)


def test_what_is_unwanted_stays_absent(tmp_path: Path) -> None:
    """Edited, renamed, moved, or deleted elsewhere; what is wanted beside it follows."""

    def work(tree: Tree) -> None:
        put(tree, "Photos/b.jpg", "other")
        tree.move("Photos/trip", "Photos/journey")
        tree.move("Music", "Sound")
        put(tree, "Sound/two.mp3", "second")

    tree, _ = reach(tmp_path, [], work, unwanted=["Photos/b.jpg", "Photos/trip", "Music/one"])

    assert held(tree) == wanted(tree) == {"Sound/two.mp3", "note.txt"}
    assert tree.read("Sound/two.mp3") == b"second"


def test_a_deletion_elsewhere_of_what_is_held(tmp_path: Path) -> None:
    """That is a loss here; what was never here is none."""

    def work(tree: Tree) -> None:
        tree.remove("Music/two.mp3", "Photos/b.jpg")

    tree = Tree(tmp_path, DISK)
    tree.commit()
    part, digest = scope(tree, ["Music"]), tree["Photos/b.jpg"].digest
    work(tree)
    tree.commit()
    first, second = revisions(tree)
    back_to(tree, first, part)
    assert digest is not None
    forget(tree, digest)
    head = follow_head(tree.top, second)
    advance_to(tree.top, head)

    assert [os.fsdecode(loss.path) for loss in tree.repository.lost() if loss.commit == head] == ["Music/two.mp3"]
    check(tree)


def test_a_file_outside_the_scope_that_is_here_stays(tmp_path: Path) -> None:
    """It was made here, and nobody is known to hold it: it follows what others do with it."""
    tree = Tree(tmp_path, DISK)
    tree.commit()
    first = revisions(tree)[0]
    tree.write("Photos/mine.jpg", "mine")
    tree.write("other/mine", "too")
    tree.commit()
    second = revisions(tree)[1]
    tree.move("Photos/mine.jpg", "Photos/trip/ours.jpg")
    tree.move("other", "others")
    put(tree, "others/mine", "edited")
    tree.commit()
    third = revisions(tree)[2]
    back_to(tree, first, scope(tree, ["Music"]))
    tree.write("Photos/mine.jpg", "mine")
    tree.write("other/mine", "too")
    advance_to(tree.top, follow_head(tree.top, first))
    hold_now = advance_to(tree.top, follow_head(tree.top, second))
    assert hold_now.problems == ()
    tree.commit()
    done = advance_to(tree.top, follow_head(tree.top, third))

    assert (done.problems, done.absent) == ((), ())
    assert held(tree) >= {"Photos/trip/ours.jpg", "others/mine"}
    assert tree.read("others/mine") == b"edited"
    check(tree)


def test_a_name_of_a_file_that_has_another_one_elsewhere(tmp_path: Path) -> None:
    """It stays one of a group of hard links while the other name is out of scope."""
    tree = Tree(tmp_path, DISK)
    os.link(tree.path("note.txt"), tree.path("Music/note"))
    tree.commit()
    marks = tree["note.txt"].links
    narrow(tree, revisions(tree)[0], scope(tree, ["Music"]))
    check(tree)
    os.chmod(tree.path("Music/note"), 0o600)

    assert tree.commit() == [("metadata", "Music/note")]
    assert marks is not None
    assert tree["Music/note"].links == tree["note.txt"].links == marks


@pytest.mark.parametrize("seed", SEEDS)
def test_any_snapshot_from_any_other_in_any_scope(tmp_path: Path, seed: int) -> None:
    """After anything that people do, what the scope wants of a snapshot is here, as it was there, and no more.

    Only what was here stays here where it is unwanted by now.
    """
    tree = Tree(tmp_path)
    worker, made = worked_on(tree, seed)
    advance_to(tree.top, follow_head(tree.top, made[seed % 4][0]))
    narrow(tree, made[seed % 4][0], any_scope(tree, worker.random))
    for _ in range(6):
        before = {tree.ids()[path] for path in held(tree)}
        revision, whole = worker.random.choice(made)
        done = advance_to(tree.top, follow_head(tree.top, revision, "HEAD~1"))

        assert (done.problems, done.absent) == ((), ())
        assert held(tree) >= wanted(tree)
        assert {tree.ids()[path] for path in held(tree) - wanted(tree)} <= before
        assert all(placed_in(tree).takes(inside(path)) for path in held(tree))
        directories = [path for path, (kind, _) in real(tree.top).items() if kind is Kind.DIRECTORY]
        assert [path for path in directories if not placed_in(tree).enters(inside(path))] == []
        found = everything(tree.top)
        for path in map(os.fsencode, held(tree)):
            assert found[path][:4] + found[path][5:6] == whole[path][:4] + whole[path][5:6]
        check(tree)
    fsck(tree)


def any_scope(tree: Tree, random: Random) -> Scope:
    """Some objects and patterns in, some out, some unwanted."""
    paths = sorted(tree.ls())
    patterns = ["n1*", "/n*/n2*", "**/n3", "n[0-5]*", "/n*/", "*1/"]

    def some(most: int) -> list[str]:
        return random.sample(paths, min(random.randrange(most), len(paths)))

    def rules(most: int) -> list[str]:
        return [*some(most), *(random.sample(patterns, 1) if random.random() < 0.4 else [])]

    only = rules(5) if random.random() < 0.8 else []
    unwanted, marked = some(3), some(2)
    return scope(tree, only, rules(3), unwanted, [path for path in marked if path not in unwanted])


def test_what_leaves_the_scope_counts_as_gone(tmp_path: Path) -> None:
    """A directory that somebody moved out of it is asked for, as one that somebody deleted is; a plan says so."""
    tree = Tree(tmp_path, {"Music": {f"{n}.mp3": f"{n}" for n in range(20)}, "note.txt": "n"})
    tree.commit()
    part = scope(tree, ["Music"])
    for number in range(15):
        tree.move(f"Music/{number}.mp3", f"old/{number}.mp3")
    tree.write("Photos/a", "a")
    tree.commit()
    first, second = revisions(tree)
    narrow(tree, first, part)
    git(tree, "update-ref", "refs/remotes/other/main", follow_head(tree.top, second))
    plan = tree.repository.merge("refs/remotes/other/main", dry_run=True)

    assert {step.word for step in plan.done.steps} == {"drop"}
    assert plan.refused is not None
    with pytest.raises(Refused, match="15 of 20 files"):
        tree.repository.merge("refs/remotes/other/main")
    done = tree.repository.merge("refs/remotes/other/main", allow_mass_deletion=True)
    assert sorted(done.done.steps) == sorted(plan.done.steps)
    assert held(tree) == wanted(tree)
    check(tree)
