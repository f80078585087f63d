"""Looking at what was recorded: log, show, diff, ls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annexish.errors import Missing
from annexish.model.ids import TreeId
from annexish.model.node import Node
from annexish.model.path import RepoPath
from annexish.store.history import Nodes
from tests.trees import Tree, Word, inside, words


def _told(tree: Tree, before: str = "HEAD", after: str | None = None) -> list[Word]:
    return words(tree.repository.diff(before, after))


def _story(top: Path) -> Tree:
    """A file that is written, moved, edited, left alone, moved with its directory, deleted."""
    tree = Tree(top, {"a": "one", "stays": "1"})
    tree.repository.commit("write")
    tree.move("a", "d/b")
    tree.repository.commit("move")
    tree.append("d/b", " more")
    tree.repository.commit("edit")
    tree.write("stays", "2")
    tree.repository.commit("elsewhere")
    tree.move("d", "e")
    tree.repository.commit("with its directory")
    tree.remove("e/b")
    tree.repository.commit("delete")
    return tree


def test_log_follows_an_object(tmp_path: Path) -> None:
    """Through moves of its own and of its directory, from any revision, to its end and beginning."""
    tree = _story(tmp_path)

    def follow(path: str, revision: str) -> list[str]:
        return [commit.message.strip() for commit in tree.repository.log(revision, follow=inside(path))]

    assert follow("e/b", "HEAD~1") == ["with its directory", "edit", "move", "write"]
    assert follow("d/b", "HEAD~2") == ["edit", "move", "write"]
    assert follow("a", "HEAD~5") == ["write"]
    assert follow("stays", "HEAD") == ["elsewhere", "write"]
    with pytest.raises(Missing):
        follow("nothing", "HEAD")


def test_log_is_bounded(tmp_path: Path) -> None:
    """By number, text and date."""
    tree = _story(tmp_path)

    assert [commit.message.strip() for commit in tree.repository.log(number=2)] == ["delete", "with its directory"]
    assert [commit.message.strip() for commit in tree.repository.log(grep="ED")] == ["edit"]
    assert len(list(tree.repository.log(since="2001-01-01"))) == 6
    assert list(tree.repository.log(since="2400-01-01")) == []


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """Has an empty log, an empty snapshot, and everything to add."""
    tree = Tree(tmp_path, {"a": "one"})

    assert list(tree.repository.log()) == []
    assert list(tree.repository.ls()) == []
    assert tree.status() == [("added", "a")]
    assert _told(tree) == [("added", "a")]


def test_show(tmp_path: Path) -> None:
    """A commit and what it did, the first one too."""
    tree = _story(tmp_path)

    def show(revision: str) -> list[Word]:
        return words(tree.repository.show(revision))

    assert show("HEAD") == [("deleted", "e/b")]
    assert show("HEAD~4") == [("added", "d"), ("moved", "a", "d/b")]
    assert show("HEAD~5") == [("added", "a"), ("added", "stays")]
    assert tree.repository.show("HEAD~2").commit.message.strip() == "elsewhere"


def test_dates_are_revisions(tmp_path: Path) -> None:
    """`@{DATE}` is the newest commit not later."""
    tree = _story(tmp_path)

    assert tree.ls("@{2400-01-01}") == tree.ls("HEAD")
    assert tree.ls("HEAD~2@{2400-01-01}") == tree.ls("HEAD~2")
    with pytest.raises(Missing):
        tree.ls("@{2001-01-01}")


def test_diff_of_any_two(tmp_path: Path) -> None:
    """In both directions, by object."""
    tree = _story(tmp_path)

    assert _told(tree, "HEAD~5", "HEAD~1") == [
        ("added", "e"), ("moved+modified", "a", "e/b"), ("modified", "stays")
    ]  # fmt: skip
    assert _told(tree, "HEAD~1", "HEAD~5") == [
        ("moved+modified", "e/b", "a"), ("deleted", "e"), ("modified", "stays")
    ]  # fmt: skip
    assert _told(tree, "HEAD", "HEAD") == []
    assert words(tree.repository.diff("HEAD~5", "HEAD~1", [inside("stays")])) == [("modified", "stays")]


def test_diff_of_a_revision_and_the_working_tree(tmp_path: Path) -> None:
    """What a commit now would differ from that revision in."""
    tree = Tree(tmp_path, {"a": "first", "b": "1", "c": "1"})
    tree.commit()
    tree.write("a", "the second")
    tree.write("b", "2")
    tree.commit()
    tree.write("c", "2")

    assert _told(tree, "HEAD") == [("modified", "c")]
    assert _told(tree, "HEAD~1") == [("modified", "a"), ("modified", "b"), ("modified", "c")]
    tree.move("b", "d")
    assert _told(tree, "HEAD~1") == [("modified", "a"), ("modified", "c"), ("moved+modified", "b", "d")]


def test_a_content_that_came_back(tmp_path: Path) -> None:
    """Against an old revision, a file that has its old bytes again shows no other content."""
    tree = Tree(tmp_path, {"a": "first"})
    os.utime(tree.path("a"), ns=(0, 0))
    tree.commit()
    tree.write("a", "the second")
    tree.commit()
    tree.write("a", "first")
    os.utime(tree.path("a"), ns=(0, 0))

    assert tree.status() == [("modified", "a")]
    assert _told(tree, "HEAD~1") == []


def test_ls(tmp_path: Path) -> None:
    """A directory's content, a file itself, one level or all."""
    tree = Tree(tmp_path, {"d": {"e": {"f": "1"}, "g": "2"}, "h": "3"})
    tree.commit()

    def ls(*paths: str, recursive: bool = False) -> list[bytes]:
        return [each.path for each in tree.repository.ls("HEAD", [inside(path) for path in paths], recursive=recursive)]

    assert ls() == [b"d", b"h"]
    assert ls(recursive=True) == [b"d", b"d/e", b"d/e/f", b"d/g", b"h"]
    assert ls("d", "h") == [b"d/e", b"d/g", b"h"]
    assert ls("d/e/f") == [b"d/e/f"]
    with pytest.raises(Missing):
        ls("d/x")
    with pytest.raises(Missing):
        ls("h/x")


def test_ls_says_what_is_present(tmp_path: Path) -> None:
    """Content that the last commit saw is here; that of older revisions is here if the object still has it."""
    tree = Tree(tmp_path, {"a": "1", "b": "2", "c": "3"})
    tree.commit()
    tree.write("a", "other")
    tree.remove("b")
    tree.commit()

    def present(revision: str) -> dict[RepoPath, bool]:
        return {each.path: each.present for each in tree.repository.ls(revision)}

    assert present("HEAD") == {b"a": True, b"c": True}
    assert present("HEAD~1") == {b"a": False, b"b": False, b"c": True}


def test_status_of_some_paths(tmp_path: Path) -> None:
    """A move is shown from both its ends."""
    tree = Tree(tmp_path, {"a": "1", "d": {"b": "2"}, "e": {}})
    tree.commit()
    tree.append("a", "!")
    tree.move("d/b", "e/b")

    assert tree.status("a") == [("modified", "a")]
    assert tree.status("d") == tree.status("e") == tree.status("e/b") == [("moved", "d/b", "e/b")]
    assert tree.status("nowhere") == []


def test_a_listing_reads_each_directory_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However deep it is, and asked directory by directory."""
    tree = Tree(tmp_path, {"a": {"b": {"c": {"d": "1", "e": "2"}, "f": "3"}}, "g": "4"})
    tree.commit()
    asked: list[TreeId] = []
    load = Nodes.__call__

    def counted(nodes: Nodes, node: TreeId) -> Node:
        asked.append(node)
        return load(nodes, node)

    monkeypatch.setattr(Nodes, "__call__", counted)
    paths = [RepoPath(b""), inside("a"), inside("a/b"), inside("a/b/c")]
    assert len(list(tree.repository.ls("HEAD", paths))) == 7
    assert sorted(asked) == sorted(set(asked))
    assert len(asked) == 4


@pytest.mark.parametrize("revisions", [("HEAD", None), ("HEAD~1", None), ("HEAD~1", "HEAD")])
def test_a_difference_at_a_path_that_is_nowhere(tmp_path: Path, revisions: tuple[str, str | None]) -> None:
    """It is most likely a revision with a slip; a path that one of both sides has is none."""
    tree = Tree(tmp_path, {"gone": "1", "stays": "2"})
    tree.commit()
    tree.remove("gone")
    tree.commit()
    with pytest.raises(Missing, match="HAED"):
        tree.repository.diff(*revisions, [inside("HAED~1")])
    if revisions[0] == "HEAD~1":
        assert words(tree.repository.diff(*revisions, [inside("gone")])) == [("deleted", "gone")]
    if revisions[1] is None:
        tree.write("new", "3")
        assert words(tree.repository.diff(*revisions, [inside("new")])) == [("added", "new")]
