"""Two repositories with one history, changed on both sides, merged."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from annexish.codec.descriptive import Tags, decode_descriptive
from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import AnnexishError, Missing, Refused
from annexish.flows import place as places
from annexish.model.entry import Kind
from annexish.model.path import RepoPath
from annexish.model.report import MergeDone
from annexish.store.history import Nodes
from tests.flows.two import copied, fetch, forget_cache
from tests.trees import Picture, Tree, git


class Pair:
    """Two repositories that began with the same files; what one fetches comes with the contents."""

    def __init__(self, top: Path, picture: Picture) -> None:
        self.here = Tree(top, picture)
        self.here.commit()
        self.there = copied(self.here, "there")
        settings = Path(self.there.path(".annexish/config.toml"))
        text = settings.read_text()
        settings.write_text(text.replace(self.here.repository.id, "ab" * 16).replace('"tree"', '"there"'))
        self.there = Tree.opened(self.there.top)

    def merge(self, *, back: bool = False, contents: bool = True, **options: bool) -> MergeDone:
        """Commit there, and merge that here; `back` the other way round."""
        one, other = (self.there, self.here) if back else (self.here, self.there)
        other.commit(allow_mass_deletion=True)
        fetch(one, other)
        if contents:
            carry(other, one)
        return one.repository.merge("refs/remotes/other/main", **options)


def carry(source: Tree, target: Tree) -> None:
    """Bring what the keep of one repository has into that of another one."""
    script = "cd $1/.annexish/keep && cp -an --parents . $2/.annexish/keep/"
    subprocess.run(["sh", "-c", script, "sh", source.top, target.top], check=True, stderr=subprocess.DEVNULL)


def tagged(tree: Tree) -> dict[str, Tags]:
    """The tags of every object of the newest commit, by path."""
    place = places.find(os.fsencode(tree.top))
    head = place.head()
    assert head is not None
    nodes = Nodes(place.history)
    found = {}
    for path in ["", *(path for path, entry in tree.ls().items() if entry.kind is Kind.DIRECTORY)]:
        entry = find_entry(nodes, place.history.commit(head).tree, RepoPath(path.encode()), nibbles)
        assert entry is not None
        assert entry[1] is not None
        node = nodes(entry[1])
        tags = decode_descriptive(nodes.blob(node.descriptive)) if node.descriptive else {}
        found |= {f"{path}/{each.name.decode()}": tags.pop(each.id, {}) for each in node.entries}
        assert not tags, "only what is there has tags"
    return found


def drawn(tree: Tree) -> dict[str, str]:
    """The files of a working tree."""
    found = {}
    for at, directories, names in os.walk(tree.top):
        directories[:] = [name for name in directories if name != ".annexish"]
        for name in names:
            path = os.path.join(at, name)
            found[os.path.relpath(path, tree.top)] = Path(path).read_text()
    return found


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


@pytest.mark.parametrize(("choice", "expected"), [("ours", "\0here"), ("theirs", "\0there"), ("base", "\0one")])
def test_a_version_is_chosen(tmp_path: Path, choice: str, expected: str) -> None:
    """The other one goes to the safety net; nothing is left to decide, and undo brings it back."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.remove("a.bin")
    pair.there.remove("a.bin")
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge()
    both = drawn(pair.here)
    done = pair.here.repository.resolve([b"a.bin"], choice)

    assert drawn(pair.here) == {"a.bin": expected}
    assert len(done.conflicts) == 1
    assert not list(pair.here.repository.conflicts())
    assert not pair.here.status()
    pair.here.repository.undo()
    assert drawn(pair.here) == both


def test_both_versions_may_stay(tmp_path: Path) -> None:
    """Only the conflict goes."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge()
    both = drawn(pair.here)
    pair.here.repository.resolve([b""], "both")

    assert drawn(pair.here) == both
    assert not list(pair.here.repository.conflicts())
    with pytest.raises(Missing, match="no such conflict"):
        pair.here.repository.resolve([b""], "both")


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
    pair.merge(allow_mass_deletion=True)
    assert len(drawn(pair.here)) == 11


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
    pair.here.repository.resolve([b"a.bin"], "ours")
    pair.there.move("d", "e")
    done = pair.merge()

    assert not done.conflicts
    assert drawn(pair.here) == {"a.bin": "\0here", "e/x": "1"}
    assert not list(pair.here.repository.conflicts())


def test_a_base_that_is_nowhere_here_is_not_chosen(tmp_path: Path) -> None:
    """Nobody wants to have nothing in the place of two versions."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge()
    before = drawn(pair.here)
    with pytest.raises(AnnexishError, match="its content is not here"):
        pair.here.repository.resolve([b""], "base")

    assert drawn(pair.here) == before


def test_a_choice_that_is_none_is_refused(tmp_path: Path) -> None:
    """The error names the conflict, and nothing is done."""
    pair = Pair(tmp_path, {"a": "one"})
    pair.here.move("a", "x")
    pair.here.commit()
    pair.there.move("a", "y")
    pair.merge()
    before = drawn(pair.here)
    with pytest.raises(AnnexishError, match="cannot have both"):
        pair.here.repository.resolve([b""], "both")

    assert drawn(pair.here) == before
    pair.here.repository.resolve([b""], "ours")
    assert drawn(pair.here) == {"x": "one"}


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
    pair.here.repository.resolve([b"moved.bin"], "as-is")
    assert not list(pair.here.repository.conflicts())
