"""Conflicts, settled: every choice of every kind, in one repository and in the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from annexish.errors import AnnexishError, Missing, Refused
from annexish.model.path import RepoPath
from tests.flows.pair import Pair, drawn, tagged
from tests.flows.two import carry, fetch, forget_cache
from tests.trees import Tree


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
    done = pair.here.repository.resolve([RepoPath(b"a.bin")], choice)

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
    pair.here.repository.resolve([RepoPath(b"")], "both")

    assert drawn(pair.here) == both
    assert not list(pair.here.repository.conflicts())
    with pytest.raises(Missing, match="nothing to decide"):
        pair.here.repository.resolve([RepoPath(b"")], "both")


def test_a_base_that_is_nowhere_here_is_not_chosen(tmp_path: Path) -> None:
    """Nobody wants to have nothing in the place of two versions."""
    pair = Pair(tmp_path, {"a.bin": "\0one"})
    pair.here.write("a.bin", "\0here")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.merge()
    before = drawn(pair.here)
    with pytest.raises(AnnexishError, match="its content is not here"):
        pair.here.repository.resolve([RepoPath(b"")], "base")

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
        pair.here.repository.resolve([RepoPath(b"")], "both")

    assert drawn(pair.here) == before
    pair.here.repository.resolve([RepoPath(b"")], "ours")
    assert drawn(pair.here) == {"x": "one"}


def opened(tree: Tree) -> list[tuple[str, str, set[str]]]:
    """What is to be decided: what it is about, where, from whom."""
    return [
        (each.conflict.about.value, os.fsdecode(each.path), {os.fsdecode(one.label) for one in each.conflict.versions})
        for each in tree.repository.conflicts()
    ]


def disputed_place(top: Path) -> Pair:
    """One object that both moved."""
    pair = Pair(top, {"a": "one", "d": {"x": "x"}, "e": {"y": "y"}})
    pair.here.move("a", "d/a")
    pair.here.commit()
    pair.there.move("a", "e/b")
    assert [each.about.value for each in pair.merge().conflicts] == ["place"]
    return pair


def disputed_mode(top: Path) -> Pair:
    """One file whose mode both changed, and one attribute."""
    pair = Pair(top, {"a": "one"})
    os.chmod(pair.here.path("a"), 0o600)
    os.setxattr(pair.here.path("a"), "user.colour", b"red")
    pair.here.commit()
    os.chmod(pair.there.path("a"), 0o640)
    os.setxattr(pair.there.path("a"), "user.colour", b"blue")
    conflicts = pair.merge().conflicts
    assert [(each.about.value, each.fields) for each in conflicts] == [
        ("metadata", (b"mode", b"attribute user.colour"))
    ]
    return pair


def disputed_name(top: Path) -> Pair:
    """Two new files of one name."""
    pair = Pair(top, {"rest": "rest"})
    pair.here.write("new.bin", "\0here")
    pair.here.commit()
    pair.there.write("new.bin", "\0there")
    assert [each.about.value for each in pair.merge().conflicts] == ["name"]
    return pair


def disputed_content(top: Path) -> Pair:
    """One file that both edited, of which the keep has the base."""
    pair = Pair(top, {"d": {"a.bin": "\0one"}})
    for tree, text in ((pair.here, "\0here"), (pair.there, "\0there")):
        tree.remove("d/a.bin")
        tree.write("d/a.bin", text)
        tree.commit(allow_mass_deletion=True)
    assert [each.about.value for each in pair.merge().conflicts] == ["content"]
    return pair


def settled(tree: Tree) -> None:
    """Nothing is to be decided, and nothing is changed."""
    assert opened(tree) == []
    assert tree.repository.status().conflicts == 0
    assert not tree.status()


WHO = pytest.mark.parametrize(
    ("choice", "label"),
    [("ours", None), ("theirs", None), (None, "tree"), (None, "there")],
    ids=["ours", "theirs", "from here", "from there"],
)
"""A choice, in the repository `tree`, and whether it means what was made here."""


def means_here(choice: str | None, label: str | None) -> bool:
    """Whether it is the version of the repository `tree` that is chosen there."""
    return choice == "ours" or label == "tree"


@WHO
def test_a_place_is_chosen(tmp_path: Path, choice: str | None, label: str | None) -> None:
    """The object goes where that side had it."""
    pair = disputed_place(tmp_path)
    pair.here.repository.resolve([RepoPath(b"")], choice, label=label)

    assert ("d/a" if means_here(choice, label) else "e/b") in drawn(pair.here)
    assert len(drawn(pair.here)) == 3
    settled(pair.here)


def test_the_old_place_is_chosen(tmp_path: Path) -> None:
    """Neither side's."""
    pair = disputed_place(tmp_path)
    pair.here.repository.resolve([RepoPath(b"")], "base")

    assert drawn(pair.here) == {"a": "one", "d/x": "x", "e/y": "y"}
    settled(pair.here)


@WHO
def test_metadata_are_chosen(tmp_path: Path, choice: str | None, label: str | None) -> None:
    """All fields of the conflict are those of that side."""
    pair = disputed_mode(tmp_path)
    pair.here.repository.resolve([RepoPath(b"a")], choice, label=label)

    found = os.stat(pair.here.path("a")).st_mode & 0o777, os.getxattr(pair.here.path("a"), "user.colour")
    assert found == ((0o600, b"red") if means_here(choice, label) else (0o640, b"blue"))
    settled(pair.here)


def test_the_old_metadata_are_chosen(tmp_path: Path) -> None:
    """What there was not is taken away."""
    pair = disputed_mode(tmp_path)
    pair.here.repository.resolve([RepoPath(b"a")], "base")

    assert os.stat(pair.here.path("a")).st_mode & 0o777 not in (0o600, 0o640)
    assert os.listxattr(pair.here.path("a")) == []
    settled(pair.here)


@WHO
def test_a_name_is_given_to_one(tmp_path: Path, choice: str | None, label: str | None) -> None:
    """The other one stays where it is."""
    pair = disputed_name(tmp_path)
    assert set(drawn(pair.here)) == {"rest", "new.from-tree.bin", "new.from-there.bin"}
    pair.here.repository.resolve([RepoPath(b"new.bin")], choice, label=label)

    here = means_here(choice, label)
    other = {"new.from-there.bin": "\0there"} if here else {"new.from-tree.bin": "\0here"}
    assert drawn(pair.here) == {"rest": "rest", "new.bin": "\0here" if here else "\0there", **other}
    settled(pair.here)


@WHO
def test_a_content_is_chosen(tmp_path: Path, choice: str | None, label: str | None) -> None:
    """The other one goes to the safety net."""
    pair = disputed_content(tmp_path)
    pair.here.repository.resolve([RepoPath(b"d")], choice, label=label)

    here = means_here(choice, label)
    assert drawn(pair.here) == {"d/a.bin": "\0here" if here else "\0there"}
    lost = {each.digest for each in pair.here.repository.lost()}
    assert len(lost) >= 1
    settled(pair.here)


@pytest.mark.parametrize("disputed", [disputed_place, disputed_mode, disputed_name, disputed_content])
def test_the_files_may_stay_as_they_are(tmp_path: Path, disputed: Callable[[Path], Pair]) -> None:
    """Whatever it is about."""
    pair = disputed(tmp_path)
    before = drawn(pair.here)
    done = pair.here.repository.resolve([RepoPath(b"")], "as-is")

    assert drawn(pair.here) == before
    assert done.done.steps == ()
    settled(pair.here)


@pytest.mark.parametrize("disputed", [disputed_place, disputed_mode])
def test_one_object_cannot_have_both(tmp_path: Path, disputed: Callable[[Path], Pair]) -> None:
    """The error names it, and nothing is done."""
    pair = disputed(tmp_path)
    before, found = drawn(pair.here), opened(pair.here)
    with pytest.raises(AnnexishError, match="cannot have both"):
        pair.here.repository.resolve([RepoPath(b"")], "both")

    assert (drawn(pair.here), opened(pair.here)) == (before, found)


def test_a_name_has_no_base(tmp_path: Path) -> None:
    """Both files are new."""
    pair = disputed_name(tmp_path)
    with pytest.raises(AnnexishError, match="began with nothing"):
        pair.here.repository.resolve([RepoPath(b"")], "base")


def test_a_label_that_is_none_is_refused(tmp_path: Path) -> None:
    """The error names those that there are."""
    pair = disputed_content(tmp_path)
    with pytest.raises(AnnexishError, match="none of its versions is from 'nas', but from 'there', 'tree'"):
        pair.here.repository.resolve([RepoPath(b"")], label="nas")


def test_a_third_repository_has_no_version(tmp_path: Path) -> None:
    """Whose is ours there cannot be told; a label can."""
    pair = disputed_content(tmp_path)
    settings = Path(pair.here.path(".annexish/config.toml"))
    settings.write_text(settings.read_text().replace(pair.here.repository.id, "cd" * 16))
    third = Tree.opened(pair.here.top)
    for choice in ("ours", "theirs"):
        with pytest.raises(AnnexishError, match="cannot be told"):
            third.repository.resolve([RepoPath(b"")], choice)
    third.repository.resolve([RepoPath(b"")], label="there")

    assert drawn(third) == {"d/a.bin": "\0there"}


def test_a_version_that_is_gone_cannot_be_chosen(tmp_path: Path) -> None:
    """The other one can, and the files can stay as they are."""
    pair = disputed_content(tmp_path)
    (beside,) = set(drawn(pair.here)) - {"d/a.bin"}
    owner = "tree" if "tree" in beside else "there"
    pair.here.remove(beside)
    with pytest.raises(AnnexishError, match="no longer there") as error:
        pair.here.repository.resolve([RepoPath(b"")], label=owner)

    assert "--as-is" in error.value.hint
    pair.here.repository.resolve([RepoPath(b"")], label="there" if owner == "tree" else "tree")
    assert list(drawn(pair.here)) == ["d/a.bin"]
    settled(pair.here)


def test_a_name_that_is_taken_is_not_given(tmp_path: Path) -> None:
    """What has it now is another object; once that is renamed, the name is free."""
    pair = disputed_name(tmp_path)
    pair.here.write("new.bin", "in the way")
    with pytest.raises(AnnexishError, match="its name is taken"):
        pair.here.repository.resolve([RepoPath(b"new.bin")], "ours")

    assert drawn(pair.here)["new.bin"] == "in the way"
    pair.here.move("new.bin", "other")
    pair.here.repository.resolve([RepoPath(b"new.bin")], "ours")
    assert drawn(pair.here)["new.bin"] == "\0here"


def test_a_name_that_another_choice_leaves_is_free(tmp_path: Path) -> None:
    """Two files that swap their places are settled at once, in whichever order."""
    pair = Pair(tmp_path, {"a": "one", "b": "two", "d": {}, "e": {}})
    pair.here.move("a", "d/1")
    pair.here.move("b", "d/2")
    pair.here.commit()
    pair.there.move("a", "d/2")
    pair.there.move("b", "d/1")
    pair.merge()
    assert {about for about, _, _ in opened(pair.here)} == {"place"}
    pair.here.repository.resolve([RepoPath(b"")], "ours")
    pair.here.commit()

    assert drawn(pair.here) == {"d/1": "one", "d/2": "two"}
    settled(pair.here)


def test_directories_moved_into_each_other(tmp_path: Path) -> None:
    """One is put back, and no directory is ever in itself: who wants the other way moves them by hand."""
    pair = Pair(tmp_path, {"a": {"x": "x"}, "b": {"y": "y"}})
    pair.here.move("a", "b/a")
    pair.here.commit()
    pair.there.move("b", "a/b")
    pair.merge()
    assert {about for about, _, _ in opened(pair.here)} == {"place"}
    here, there = {"b/a/x": "x", "b/y": "y"}, {"a/x": "x", "a/b/y": "y"}
    later = drawn(pair.here)
    assert later in (here, there)
    with pytest.raises(AnnexishError, match="cannot be in itself"):
        pair.here.repository.resolve([RepoPath(b"")], "theirs" if later == here else "ours")

    inner, outer = ("a", "b") if later == here else ("b", "a")
    pair.here.move(f"{outer}/{inner}", inner)
    pair.here.move(outer, f"{inner}/{outer}")
    pair.here.repository.resolve([RepoPath(b"")], "as-is")
    assert drawn(pair.here) == (there if later == here else here)
    settled(pair.here)


def test_only_one_kind_is_settled(tmp_path: Path) -> None:
    """The others stay open, and `status` counts them."""
    pair = Pair(tmp_path, {"a.bin": "\0one", "b": "two"})
    pair.here.write("a.bin", "\0here")
    pair.here.move("b", "c")
    pair.here.commit()
    pair.there.write("a.bin", "\0there")
    pair.there.move("b", "d")
    pair.merge()
    assert pair.here.repository.status().conflicts == 2
    pair.here.repository.resolve([RepoPath(b"")], "ours", about="place")

    assert [about for about, _, _ in opened(pair.here)] == ["content"]
    assert pair.here.repository.status().conflicts == 1
    forget_cache(pair.here)
    assert pair.here.repository.status().conflicts == 1
    with pytest.raises(Missing, match="no such conflict"):
        pair.here.repository.resolve([RepoPath(b"")], "ours", about="metadata")


def test_only_what_is_in_a_directory_is_settled(tmp_path: Path) -> None:
    """Several at once, as one commit."""
    files = {"1.bin": "\0one", "2.bin": "\0two"}
    pair = Pair(tmp_path, {"d": files, "e": files})
    for tree, word in ((pair.here, "here"), (pair.there, "there")):
        for path in ("d/1.bin", "d/2.bin", "e/1.bin"):
            tree.write(path, f"\0{word} {path}")
        tree.commit()
    pair.merge()
    done = pair.here.repository.resolve([RepoPath(b"d")], "theirs")

    assert len(done.conflicts) == 2
    assert [path for _, path, _ in opened(pair.here)] == ["e/1.bin"]
    assert {path: text for path, text in drawn(pair.here).items() if path.startswith("d/")} == {
        "d/1.bin": "\0there d/1.bin",
        "d/2.bin": "\0there d/2.bin",
    }
    assert pair.here.repository.show().commit.message == "resolve 2 conflicts: theirs"


def test_what_is_edited_since_is_what_is_chosen(tmp_path: Path) -> None:
    """Somebody goes on with a version before it is chosen, and moves the file: the conflict follows it."""
    pair = disputed_content(tmp_path)
    (beside,) = set(drawn(pair.here)) - {"d/a.bin"}
    pair.here.write(beside, "\0more")
    pair.here.move("d/a.bin", "moved.bin")
    owner = "tree" if "tree" in beside else "there"
    done = pair.here.repository.resolve([RepoPath(b"moved.bin")], label=owner)

    assert done.saved
    assert drawn(pair.here) == {"moved.bin": "\0more"}
    settled(pair.here)


def test_found_here_and_settled_there(tmp_path: Path) -> None:
    """Merged back, it is settled here too; ours are those of the repository in which it is said."""
    pair = disputed_content(tmp_path)
    pair.merge(back=True)
    assert opened(pair.there) == opened(pair.here) != []
    pair.there.repository.resolve([RepoPath(b"")], "ours")
    assert drawn(pair.there) == {"d/a.bin": "\0there"}
    pair.merge()

    assert drawn(pair.here) == {"d/a.bin": "\0there"}
    settled(pair.here)
    settled(pair.there)


def test_settled_alike_on_both_sides(tmp_path: Path) -> None:
    """Nothing is left to decide."""
    pair = disputed_content(tmp_path)
    pair.merge(back=True)
    pair.here.repository.resolve([RepoPath(b"")], "ours")
    pair.there.repository.resolve([RepoPath(b"")], "theirs")
    done = pair.merge()

    assert not done.conflicts
    assert drawn(pair.here) == {"d/a.bin": "\0here"}
    settled(pair.here)


def test_tags_go_with_the_content(tmp_path: Path) -> None:
    """The picture that is chosen has its own size, and the other one leaves no tags behind."""
    pair = Pair(tmp_path, {"d": {}})
    for tree in (pair.here, pair.there):
        tree.repository.config_set("media.tags", "on")
    Image.new("RGB", (10, 20)).save(pair.here.path("d/p.png"))
    pair.here.commit()
    fetch(pair.there, pair.here)
    carry(pair.here, pair.there)
    pair.there.repository.merge("refs/remotes/other/main")
    for tree, width in ((pair.here, 11), (pair.there, 12)):
        Image.new("RGB", (width, 20)).save(tree.path("d/p.png"))
        tree.commit()
    pair.merge()
    assert len([each for each in tagged(pair.here).values() if each]) == 2
    pair.here.repository.resolve([RepoPath(b"")], "ours")

    assert {path: each["image.width"] for path, each in tagged(pair.here).items() if each} == {"d/p.png": 11}
    settled(pair.here)


def test_an_empty_directory_is_no_choice(tmp_path: Path) -> None:
    """Where all files are gone, as on a disk that is not mounted, nothing is settled; the hint names the commit."""
    pair = disputed_content(tmp_path)
    found = opened(pair.here)
    pair.here.remove("d")
    with pytest.raises(Refused, match="2 of 2 files are gone") as error:
        pair.here.repository.resolve([RepoPath(b"")], "as-is")

    assert "commit --allow-mass-deletion" in error.value.hint
    assert opened(pair.here) == found


@pytest.mark.parametrize("together", [True, False])
def test_names_of_one_inode_are_settled(tmp_path: Path, *, together: bool) -> None:
    """One after the other they are files of their own, together they stay one; nothing is changed afterwards."""
    pair = Pair(tmp_path, {"a": "\0one", "z": "z"})
    os.link(pair.here.path("a"), pair.here.path("b"))
    pair.here.commit()
    fetch(pair.there, pair.here)
    carry(pair.here, pair.there)
    pair.there.repository.merge("refs/remotes/other/main")
    for tree, text in ((pair.here, "\0here"), (pair.there, "\0there")):
        tree.remove("a", "b")
        tree.write("a", text)
        os.link(tree.path("a"), tree.path("b"))
        tree.commit(allow_mass_deletion=True)
    assert [each.path for each in pair.merge().conflicts] == [b"a", b"b"]
    choice, text = ("theirs", "\0there") if drawn(pair.here)["a"] == "\0here" else ("ours", "\0here")
    for path in [b""] if together else [b"a", b"b"]:
        pair.here.repository.resolve([RepoPath(path)], choice)
        assert not pair.here.status()
        names = pair.here.ls()
        marks = [names[name].links for name in ("a", "b")]
        assert marks[0] == marks[1]
        assert bool(marks[0]) is together

    assert drawn(pair.here) == {"a": text, "b": text, "z": "z"}
    assert os.path.samefile(pair.here.path("a"), pair.here.path("b")) is together
    settled(pair.here)
