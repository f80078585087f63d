"""Two repositories with one history, changed on both sides, merged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from annexish.errors import AnnexishError, Missing, Refused
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from tests.flows.pair import Pair, drawn, tagged
from tests.flows.two import carry, fetch, follow_head, forget_cache
from tests.trees import Tree, git


def test_a_move_here_and_an_edit_there_are_both_done(tmp_path: Path) -> None:
    """Both repositories come to the same files and the same head."""
    pair = Pair(tmp_path, {"d": {"a": "one"}, "b": "two"})
    pair.here.move("d", "e")
    pair.here.commit()
    pair.there.write("d/a", "other")
    pair.there.write("d/new", "new")
    done = pair.merge()

    assert drawn(pair.here) == {"e/a": "other", "e/new": "new", "b": "two"}
    assert not done.conflicts
    assert not pair.here.status()
    straight = pair.merge(back=True)
    assert drawn(pair.there) == drawn(pair.here)
    assert straight.commit == done.commit
    assert not pair.there.status()


def test_what_is_merged_already_is_left(tmp_path: Path) -> None:
    """A second merge does nothing."""
    pair = Pair(tmp_path, {"a": "one"})
    pair.there.write("b", "two")
    assert pair.merge().commit
    again = pair.merge()

    assert again.commit is None
    assert not again.done.steps


def test_what_both_edited_is_kept_in_both_versions(tmp_path: Path) -> None:
    """The conflict is in the history, and the other repository makes the same of it."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.there.commit()
    before = git(pair.here, "rev-parse", "main").strip()
    done = pair.merge()

    assert len(done.conflicts) == 1
    assert sorted(drawn(pair.here).values()) == ["\0here", "\0there"]
    fetch(pair.there, pair.here)
    git(pair.there, "update-ref", "refs/remotes/other/main", before)
    carry(pair.here, pair.there)
    pair.there.repository.merge("refs/remotes/other/main")
    assert drawn(pair.there) == drawn(pair.here)
    trees = [git(tree, "rev-parse", "main^{tree}") for tree in (pair.here, pair.there)]
    assert trees[0] == trees[1]
    assert [each.path for each in pair.there.repository.conflicts()] == [b"a.bin"]
    again = pair.merge()
    assert not again.conflicts
    assert drawn(pair.there) == drawn(pair.here)


def test_texts_edited_in_different_lines_are_put_together(tmp_path: Path) -> None:
    """No conflict, and no marker ever."""
    pair = Pair(tmp_path, {"a.txt": "1\n2\n3\n4\n5\n"})
    pair.here.remove("a.txt")
    pair.here.write("a.txt", "1 here\n2\n3\n4\n5\n")
    pair.here.commit()
    pair.there.remove("a.txt")
    pair.there.write("a.txt", "1\n2\n3\n4\n5 there\n")
    assert not pair.merge(dry_run=True).conflicts
    done = pair.merge()

    assert drawn(pair.here) == {"a.txt": "1 here\n2\n3\n4\n5 there\n"}
    assert not done.conflicts
    assert [note.path for note in done.notes] == [b"a.txt"]
    assert not pair.here.status()


def test_texts_are_left_apart_where_that_is_wanted(tmp_path: Path) -> None:
    """`merge.text` off."""
    pair = Pair(tmp_path, {"a.txt": "1\n2\n3\n4\n5\n"})
    pair.here.repository.config_set("merge.text", "off")
    pair.here.remove("a.txt")
    pair.here.write("a.txt", "1 here\n2\n3\n4\n5\n")
    pair.here.commit()
    pair.there.write("a.txt", "1\n2\n3\n4\n5 there\n")

    assert len(pair.merge().conflicts) == 1


def test_what_is_not_committed_is_committed_first(tmp_path: Path) -> None:
    """Nothing is overwritten that no commit has."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.there.write("a.bin", "\0there")
    done = pair.merge()

    assert done.saved
    assert sorted(drawn(pair.here).values()) == ["\0here", "\0there"]


def test_content_that_is_not_here_is_absent(tmp_path: Path) -> None:
    """It is in the snapshot, it is no deletion, and the next commit says nothing of it."""
    pair = Pair(tmp_path, {"a": "one"})
    pair.there.write("b", "two")
    done = pair.merge(contents=False)

    assert done.done.absent == (b"b",)
    assert not pair.here.status()
    assert "b" in pair.here.ls()
    assert pair.here.committed().commit is None


def test_a_dry_run_changes_nothing_and_tells_the_steps(tmp_path: Path) -> None:
    """The steps are those that are done then."""
    pair = Pair(tmp_path, {"d": {"a": "one"}, "b": "two", "c": "three"})
    pair.there.move("d", "e")
    pair.there.remove("b")
    pair.there.write("new", "four")
    before = drawn(pair.here)
    plan = pair.merge(dry_run=True)

    assert drawn(pair.here) == before
    assert plan.commit is None
    done = pair.merge()
    assert (
        {(step.word, step.path) for step in plan.done.steps}
        == {(step.word, step.path) for step in done.done.steps}
        == {("move", b"e"), ("delete", b"b"), ("copy", b"new")}
    )


def test_most_of_the_files_going_is_refused(tmp_path: Path) -> None:
    """Nothing is done until a person says that it was meant."""
    pair = Pair(tmp_path, {f"f{number}": str(number) for number in range(30)})
    pair.there.remove(*(f"f{number}" for number in range(20)))
    pair.here.write("x", "x")
    with pytest.raises(Refused, match="20 of 31"):
        pair.merge()

    assert len(drawn(pair.here)) == 31
    foretold = [
        pair.here.repository.merge("other/main", dry_run=True, allow_mass_deletion=each) for each in (False, True)
    ]
    assert [each.refused for each in foretold] == ["the merge would delete 20 of 31 files", None]
    assert [sum(step.word == "delete" for step in each.done.steps) for each in foretold] == [20, 20]
    pair.merge(allow_mass_deletion=True)
    assert len(drawn(pair.here)) == 11


def test_a_dry_run_foretells_that_the_commit_before_is_refused(tmp_path: Path) -> None:
    """What is not committed is most of the files going, which the merge would not record unasked."""
    pair = Pair(tmp_path, {f"f{number}": str(number) for number in range(30)})
    pair.there.write("x", "x")
    pair.merge(dry_run=True)
    pair.here.remove(*(f"f{number}" for number in range(20)))
    foretold = pair.merge(dry_run=True)
    with pytest.raises(Refused, match="20 of 30"):
        pair.merge()

    assert foretold.unsaved == 20
    assert foretold.refused == "the commit of what is not committed would delete 20 of 30 files"
    assert pair.merge(dry_run=True, allow_mass_deletion=True).refused is None


def test_unrelated_histories_are_joined_when_asked(tmp_path: Path) -> None:
    """What is the same becomes one object; no content is needed twice, and there is no storm of conflicts."""
    files = {"d": {"a": "one", "b": "two"}, "c": "three"}
    here, there = Tree(tmp_path, {**files, "only": "here"}), Tree(tmp_path, {**files, "more": "there"}, name="there")
    here.commit()
    there.commit()
    fetch(here, there)
    carry(there, here)
    with pytest.raises(Refused, match="nothing in common"):
        here.repository.merge("refs/remotes/other/main")
    done = here.repository.merge("refs/remotes/other/main", adopt=True)

    assert not done.conflicts
    assert drawn(here) == {"d/a": "one", "d/b": "two", "c": "three", "only": "here", "more": "there"}
    assert [step.path for step in done.done.steps if step.word == "copy"] == [b"more"]
    assert len(here.ls()["d/a"].ids) == 2
    assert not here.status()


def test_a_merge_is_taken_back(tmp_path: Path) -> None:
    """As a new commit."""
    pair = Pair(tmp_path, {"a": "one", "b": "two"})
    pair.there.move("a", "c")
    pair.there.remove("b")
    pair.merge()
    assert drawn(pair.here) == {"c": "one"}
    pair.here.repository.undo()

    assert drawn(pair.here) == {"a": "one", "b": "two"}
    assert not pair.here.status()


def test_crossed_merges_end_in_one_snapshot(tmp_path: Path) -> None:
    """Both merge the other's head at once, go on, and merge again: two bases."""
    pair = Pair(tmp_path, {"a.bin": "\0one", "d": {"x": "1"}})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.there.commit()
    first = git(pair.here, "rev-parse", "main").strip()
    pair.merge()
    fetch(pair.there, pair.here)
    git(pair.there, "update-ref", "refs/remotes/other/main", first)
    carry(pair.here, pair.there)
    pair.there.repository.merge("refs/remotes/other/main")
    pair.here.repository.resolve([RepoPath(b"a.bin")], "ours")
    pair.there.move("d", "e")
    done = pair.merge()

    assert not done.conflicts
    assert drawn(pair.here) == {"a.bin": "\0here", "e/x": "1"}
    assert not list(pair.here.repository.conflicts())


def test_tags_go_where_their_objects_go(tmp_path: Path) -> None:
    """A picture that is moved here and a new one there are both found by their tags."""
    pair = Pair(tmp_path, {"d": {}, "e": {"x": "1"}})
    pair.here.repository.config_set("media.tags", "on")
    pair.there.repository.config_set("media.tags", "on")
    for at, tree in enumerate((pair.here, pair.there)):
        Image.new("RGB", (10 + at, 20)).save(tree.path(f"d/{at}.png"))
    pair.there.commit()
    pair.here.commit()
    pair.here.move("d/0.png", "e/moved.png")
    pair.here.commit()
    pair.merge()

    tags = {path: each for path, each in tagged(pair.here).items() if each}
    assert {path: (each["image.width"], each["image.height"]) for path, each in tags.items()} == {
        "e/moved.png": (10, 20),
        "d/1.png": (11, 20),
    }
    assert not pair.here.status()


def test_each_version_of_a_picture_has_its_own_tags(tmp_path: Path) -> None:
    """Tags are read from the content: what is in force has none that only the other version has."""
    pair = Pair(tmp_path, {"d": {}})
    Image.new("RGB", (10, 20)).save(pair.here.path("d/a.jpg"))
    for tree in (pair.here, pair.there):
        tree.repository.config_set("media.tags", "on")
    pair.merge(back=True)
    for tree, width, tag, value in ((pair.here, 11, 0x0110, "Camera"), (pair.there, 12, 0x0112, 6)):
        tree.remove("d/a.jpg")
        marks = Image.Exif()
        marks[tag] = value
        Image.new("RGB", (width, 20)).save(tree.path("d/a.jpg"), exif=marks)
        tree.commit()
    done = pair.merge()

    assert len(done.conflicts) == 1
    tags = [each for each in tagged(pair.here).values() if each]
    found = {each["image.width"]: (each.get("image.camera"), each.get("image.orientation")) for each in tags}
    assert found == {11: ("Camera", None), 12: (None, 6)}


def test_what_was_reorganised_by_hand_is_found_by_its_content(tmp_path: Path) -> None:
    """Two disks copied years ago: one object each, in one place; nothing is copied, and nothing is to be decided."""
    here = Tree(tmp_path, {"photos": {"a": "one", "b": "two", "twin": "same", "twin2": "same"}, "empty": ""})
    there = Tree(tmp_path, {"pictures": {"2019": {"a": "one"}, "b2": "two", "twin": "same"}, "none": ""}, name="there")
    here.commit()
    there.commit()
    fetch(here, there)
    done = here.repository.merge("refs/remotes/other/main", adopt=True)

    assert not done.conflicts
    found = {path: len(entry.ids) for path, entry in here.ls().items() if entry.kind is Kind.FILE}
    assert sorted(found.values()) == [1, 1, 1, 2, 2, 2]
    assert sorted(drawn(here).values()) == ["", "", "one", "same", "same", "two"]
    assert {step.word for step in done.done.steps if step.kind is Kind.FILE} <= {"move", "copy", "metadata"}
    assert not [step for step in done.done.steps if step.word == "copy" and step.size]
    assert not here.status()


def test_a_conflict_is_carried_until_it_is_resolved(tmp_path: Path) -> None:
    """Through commits, a lost cache, a root that becomes large and small again, and an undo."""
    pair = Pair(tmp_path, {"a.bin": "\0one", "b": "two"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge()

    def still_open() -> bool:
        return [each.path for each in pair.here.repository.conflicts()] == [b"a.bin"]

    pair.here.write("c", "three")
    pair.here.commit()
    assert still_open()
    for number in range(4200):
        pair.here.write(f"many{number}", "x")
    pair.here.commit()
    assert still_open()
    pair.here.remove(*(f"many{number}" for number in range(4200)))
    pair.here.commit(allow_mass_deletion=True)
    assert still_open()
    forget_cache(pair.here)
    pair.here.write("b", "other")
    pair.here.commit()
    assert still_open()
    pair.here.repository.undo()
    assert still_open()
    pair.here.move("a.bin", "moved.bin")
    pair.here.commit()
    assert [each.path for each in pair.here.repository.conflicts()] == [b"moved.bin"]
    pair.here.repository.resolve([RepoPath(b"moved.bin")], "as-is")
    assert not list(pair.here.repository.conflicts())


def test_nothing_is_committed_for_what_cannot_be_merged(tmp_path: Path) -> None:
    """An unknown revision, unrelated histories, and what is merged already leave the files uncommitted."""
    pair = Pair(tmp_path, {"a": "one"})
    stranger = Tree(tmp_path, {"b": "two"}, name="stranger")
    stranger.commit()
    fetch(pair.here, stranger, "stranger")
    fetch(pair.here, pair.there)
    pair.here.write("new", "new")
    before = git(pair.here, "rev-parse", "main")
    with pytest.raises(Missing):
        pair.here.repository.merge("nowhere")
    with pytest.raises(Refused, match="nothing in common"):
        pair.here.repository.merge("refs/remotes/stranger/main")
    done = pair.here.repository.merge("refs/remotes/other/main")

    assert (done.commit, done.saved) == (None, None)
    assert git(pair.here, "rev-parse", "main") == before
    assert pair.here.status() == [("added", "new")]


def test_a_repository_without_a_commit_merges_nothing(tmp_path: Path) -> None:
    """Its files would be overwritten by what nobody compared them with."""
    pair = Pair(tmp_path, {"a": "one"})
    empty = Tree(tmp_path, {"a": "mine"}, name="empty")
    fetch(empty, pair.there)
    with pytest.raises(Missing, match="nothing was committed here yet"):
        empty.repository.merge("refs/remotes/other/main")

    assert drawn(empty) == {"a": "mine"}
    assert list(empty.repository.operations()) == []


def test_a_dry_run_tells_what_a_merge_does(tmp_path: Path) -> None:
    """It puts texts together as the merge does, counts what is not committed, and writes nothing at all."""
    pair = Pair(tmp_path, {"a.txt": "1\n2\n3\n4\n5\n", "b.bin": "\0one"})
    for tree, text in ((pair.here, "1 here\n2\n3\n4\n5\n"), (pair.there, "1\n2\n3\n4\n5 there\n")):
        tree.remove("a.txt")
        tree.write("a.txt", text)
        tree.write("b.bin", f"\0{text}")
        tree.commit()
    pair.here.write("new", "new")
    fetch(pair.here, pair.there)
    carry(pair.there, pair.here)
    before = _all_of(pair.here)
    plan = pair.here.repository.merge("refs/remotes/other/main", dry_run=True)

    assert _all_of(pair.here) == before
    assert plan.unsaved == 1
    assert [(each.about.value, each.path) for each in plan.conflicts] == [("content", b"b.bin")]
    done = pair.merge()
    assert [(each.about, each.path) for each in done.conflicts] == [(each.about, each.path) for each in plan.conflicts]
    assert {(step.word, step.path) for step in done.done.steps} >= {("copy", b"a.txt")}


def _all_of(tree: Tree) -> dict[str, tuple[int, int]]:
    """Size and time of every file, those of the repository too; SQLite's shared memory is no file of anybody."""
    found = {}
    for at, _, names in os.walk(tree.top):
        for name in names:
            if not name.endswith(("-shm", "-wal")):
                record = os.stat(os.path.join(at, name))
                found[os.path.join(at, name)] = (record.st_size, record.st_mtime_ns)
    return found


def test_what_others_confirmed_goes_with_the_merge(tmp_path: Path) -> None:
    """The loss and the bytes; `undo` without a number takes the merge back, and says what is gone."""
    pair = Pair(tmp_path, {"a": "one", "b": "two", "c": "three"})
    pair.there.remove("a")
    pair.there.commit()
    pair.there.repository.confirm([RepoPath(b"a")], everywhere=True)
    pair.here.write("d", "four")
    done = pair.merge(contents=False)

    assert [each.path for each in done.received.lost] == [b"a"]
    assert done.received.contents == 1
    assert not list(pair.here.repository.lost())
    undone = pair.here.repository.undo()
    assert undone.operation.command == "merge"
    assert drawn(pair.here) == {"b": "two", "c": "three", "d": "four"}
    assert [problem.path for problem in undone.done.problems] == [b"a"]


def test_what_others_confirmed_is_looked_at_by_the_next_merge(tmp_path: Path) -> None:
    """Also where there is nothing to merge any more, as after a merge that was killed at its end."""
    pair = Pair(tmp_path, {"a": "one", "b": "two", "c": "three"})
    pair.there.remove("a")
    pair.there.commit()
    pair.merge(contents=False)
    pair.there.repository.confirm([RepoPath(b"a")], everywhere=True)
    follow_head(pair.here, pair.there)
    assert [each.path for each in pair.here.repository.lost()] == [b"a"]
    done = pair.here.repository.merge("refs/remotes/other/main")

    assert (done.commit, [each.path for each in done.received.lost]) == (None, [b"a"])


def test_most_of_what_is_kept_going_is_left_and_said(tmp_path: Path) -> None:
    """The merge is made, and a note names the command that lets it go."""
    files = {f"f{number}": str(number) for number in range(30)}
    pair = Pair(tmp_path, {**files, "rest": "rest"})
    pair.there.remove(*files)
    pair.there.commit(allow_mass_deletion=True)
    pair.there.repository.confirm([RepoPath(b"")], everywhere=True)
    done = pair.merge(contents=False, allow_mass_deletion=True)

    assert drawn(pair.here) == {"rest": "rest"}
    assert not done.received.lost
    assert ["confirm --received" in note.reason for note in done.notes] == [True]
    assert len(list(pair.here.repository.lost())) == 30
    assert len(pair.here.repository.confirm_received(allow_mass_deletion=True).lost) == 30


def test_what_several_commits_lost_comes_back(tmp_path: Path) -> None:
    """The head goes over them at once; what the last but one had not either, the history tells."""
    pair = Pair(tmp_path, {"d": {"a": "one", "b": "two"}, "c": "three", "e": "four"})
    ids = pair.here.ids()
    pair.there.remove("d")
    pair.there.commit()
    for text in ("more", "and more"):
        pair.there.remove("c")
        pair.there.write("c", text)
        pair.there.commit()
    pair.merge()
    assert set(drawn(pair.here)) == {"c", "e"}
    pair.here.repository.recover([RepoPath(b"d"), RepoPath(b"c")])

    found = drawn(pair.here)
    assert sorted(found.values()) == ["and more", "four", "one", "three", "two"]
    pair.here.commit()
    assert all(pair.here.ids()[path] == ids[path] for path in ("d", "d/a", "d/b"))


def test_a_dry_run_tells_what_will_be_absent(tmp_path: Path) -> None:
    """What it says is done is what is done then."""
    pair = Pair(tmp_path, {"a": "one", "b": "two"})
    pair.there.remove("a")
    pair.there.write("a", "other")
    pair.there.write("new", "new")
    plan = pair.merge(dry_run=True, contents=False)
    done = pair.merge(contents=False)

    assert [(step.word, step.path) for step in plan.done.steps] == [("delete", b"a")]
    assert [(step.word, step.path) for step in done.done.steps] == [("delete", b"a")]
    assert plan.done.absent == done.done.absent == (b"a", b"new")
    assert not done.done.problems


def test_a_version_that_is_not_here_is_not_chosen(tmp_path: Path) -> None:
    """Nothing is taken away for a content that only another repository has."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge(contents=False)
    before = drawn(pair.here)
    wrong = "theirs" if "a.bin" in before else "ours"
    if wrong == "theirs":
        with pytest.raises(AnnexishError, match="its content is not here"):
            pair.here.repository.resolve([RepoPath(b"")], wrong)
    assert drawn(pair.here) == before
