"""What is left out: `.annexishignore` files and tagged caches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.trees import Link, Tree, fsck

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# a cache\n"


def _files(tree: Tree) -> set[str]:
    """What is recorded, without directories and ignore files."""
    return {path for path, entry in tree.ls().items() if entry.digest and not path.endswith(".annexishignore")}


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ("", {"a.tmp", "d/a.tmp", "d/e/a.tmp", "d/e/x", "x"}),
        ("*.tmp", {"d/e/x", "x"}),
        ("# a comment\n\n*.tmp\n!d/a.tmp", {"d/a.tmp", "d/e/x", "x"}),
        ("/a.tmp", {"d/a.tmp", "d/e/a.tmp", "d/e/x", "x"}),
        ("d/", {"a.tmp", "x"}),
        ("d/*", {"a.tmp", "x"}),
        ("e/", {"a.tmp", "d/a.tmp", "x"}),
        ("**/e/*.tmp", {"a.tmp", "d/a.tmp", "d/e/x", "x"}),
        ("*", set()),
        ("*\n!x", {"x"}),
        ("x\r\n*.tmp\r\n", set()),
    ],
)
def test_patterns(tmp_path: Path, rules: str, kept: set[str]) -> None:
    """Git's syntax, from the root."""
    tree = Tree(tmp_path, {"a.tmp": "1", "x": "2", "d": {"a.tmp": "3", "e": {"a.tmp": "4", "x": "5"}}})
    tree.write(".annexishignore", rules)
    tree.commit()

    assert _files(tree) == kept
    assert tree.status() == []
    fsck(tree)


def test_nested_rules(tmp_path: Path) -> None:
    """The rules of a directory hold below it, and before those above."""
    tree = Tree(
        tmp_path,
        {
            ".annexishignore": "*.tmp\n",
            "a.tmp": "1",
            "d": {
                ".annexishignore": "!keep.tmp\n/only\n",
                "keep.tmp": "2",
                "b.tmp": "3",
                "only": "4",
                "e": {"only": "5"},
            },
            "keep.tmp": "6",
        },
    )
    tree.commit()

    assert _files(tree) == {"d/keep.tmp", "d/e/only"}


@pytest.mark.parametrize("name", ["new\nline", "x\n", "\n", "caf\udce9", "\u2028", "a\x0cb", "a\x85b"])
def test_names_of_any_kind(tmp_path: Path, name: str) -> None:
    """Directories and files with odd names are matched like others."""
    tree = Tree(
        tmp_path, {".annexishignore": "*.tmp\n", name: {"a.tmp": "1", "b": "2"}, name + ".tmp": "3", ".tmp" + name: "4"}
    )
    tree.commit()

    assert _files(tree) == {f"{name}/b", ".tmp" + name}


@pytest.mark.parametrize("name", ["caf\udce9", "a\u2028b", "a\x0cb", "a\x85b", "a\x1cb"])
def test_rules_of_any_kind(tmp_path: Path, name: str) -> None:
    """A rule ends at the end of its line and nowhere else."""
    tree = Tree(tmp_path, {name: "1", "a": "2", "b": "3"})
    Path(tree.path(".annexishignore")).write_bytes(os.fsencode(name) + b"\n")
    tree.commit()

    assert _files(tree) == {"a", "b"}


def test_rules_that_change(tmp_path: Path) -> None:
    """What is no longer left out appears, at every level; what is tracked stays tracked."""
    tree = Tree(
        tmp_path, {".annexishignore": "*.tmp\n", "a.tmp": "1", "d": {"e": {"a.tmp": "2", "x": "3"}}, "f": {"a.tmp": ""}}
    )
    tree.commit()
    tree.write(".annexishignore", "f\n")

    assert (
        tree.status()
        == [("modified", ".annexishignore"), ("added", "a.tmp"), ("added", "d/e/a.tmp"), ("added", "f/a.tmp")][:3]
    )
    tree.commit()
    tree.write(".annexishignore", "*.tmp\nd\n")
    tree.append("d/e/x", "!")
    tree.append("d/e/a.tmp", "!")
    assert tree.commit() == [("modified", ".annexishignore"), ("modified", "d/e/a.tmp"), ("modified", "d/e/x")]
    tree.remove(".annexishignore")
    assert tree.commit() == [("deleted", ".annexishignore"), ("added", "f/a.tmp")]


def test_tracked_stays_tracked(tmp_path: Path) -> None:
    """New neighbours are left out, changes and deletions of what is tracked are recorded."""
    tree = Tree(tmp_path, {"build": {"a": "1", "b": "2"}, "x": "3", "y": "4"})
    tree.commit()
    tree.write(".annexishignore", "build/\n")
    tree.append("build/a", "!")
    tree.write("build/new", "5")
    tree.write("build/deep/new", "6")
    tree.remove("build/b")

    assert tree.commit() == [("added", ".annexishignore"), ("modified", "build/a"), ("deleted", "build/b")]
    assert tree.status() == []


def test_a_move_into_what_is_ignored(tmp_path: Path) -> None:
    """A tracked directory stays tracked where it goes; a file that goes to an ignored name is gone."""
    tree = Tree(tmp_path, {".annexishignore": "*.tmp\n", "d": {"x": "1"}, "f": "2", "g": "3"})
    tree.commit()
    tree.move("f", "f.tmp")

    assert tree.commit() == [("deleted", "f")]


def test_rules_follow_the_place(tmp_path: Path) -> None:
    """A directory that moved is under the rules of its new place, all the way down."""
    tree = Tree(
        tmp_path,
        {
            ".annexishignore": "/a/e/*.tmp\n",
            "a": {"e": {"a.tmp": "1", "x": "2"}},
            "b": {".annexishignore": "*.bak\n", "c": {"d": {"a.bak": "3", "x": "4"}}},
        },
    )
    tree.commit_calmly()
    assert _files(tree) == {"a/e/x", "b/c/d/x"}
    tree.move("a", "z")
    tree.move("b/c", "c")

    expected = [("moved", "b/c", "c"), ("added", "c/d/a.bak"), ("moved", "a", "z"), ("added", "z/e/a.tmp")]
    assert tree.status() == expected
    assert tree.commit() == expected
    assert tree.status() == []


def test_below_a_large_directory(tmp_path: Path) -> None:
    """The rules of a directory with thousands of entries hold in the directories below it."""
    large = {f"{n:05}": "" for n in range(4200)}
    tree = Tree(tmp_path, {"large": {**large, ".annexishignore": "*.tmp\n", "d": {"e": {"x": "1"}}}})
    tree.commit()
    tree.append("large/d/e/x", "!")
    tree.write("large/d/e/a.tmp", "left out")

    assert tree.commit() == [("modified", "large/d/e/x")]


def test_ignored_is_listed(tmp_path: Path) -> None:
    """On request, `status` lists what is left out; a directory is one line."""
    tree = Tree(
        tmp_path,
        {".annexishignore": "*.tmp\ncache/\n", "a.tmp": "1", "cache": {"x": "2"}, "d": {"b.tmp": "3", "l": Link("x")}},
    )
    tree.commit()
    status = tree.repository.status(ignored=True)

    assert status.ignored == (b"a.tmp", b"cache/", b"d/b.tmp")
    assert list(status.difference.changes) == []
    assert tree.repository.status().ignored == ()


def test_an_ignore_file_that_is_no_file(tmp_path: Path) -> None:
    """A link or a directory of that name has no rules; it is recorded as what it is."""
    tree = Tree(
        tmp_path,
        {"rules": "*.tmp\n", ".annexishignore": Link("rules"), "d": {".annexishignore": {"x": "1"}}, "a.tmp": "2"},
    )
    tree.commit()

    assert "a.tmp" in tree.ls()
    assert "d/.annexishignore/x" in tree.ls()


def test_tagged_caches(tmp_path: Path) -> None:
    """With the setting, a directory with a valid tag keeps only the tag; without it, it is data like any other."""
    tree = Tree(
        tmp_path,
        {"cache": {"CACHEDIR.TAG": TAG, "x": "1", "d": {"y": "2"}}, "no": {"CACHEDIR.TAG": "not one", "x": "3"}},
    )
    tree.repository.config_set("scan.cachedir-tag", "on")
    tree.commit()
    assert _files(tree) == {"cache/CACHEDIR.TAG", "no/CACHEDIR.TAG", "no/x"}

    tree.repository.config_set("scan.cachedir-tag", "off")
    assert tree.commit() == [("added", "cache/d"), ("added", "cache/d/y"), ("added", "cache/x")]
    tree.repository.config_set("scan.cachedir-tag", "on")
    tree.append("cache/d/y", "!")
    tree.write("cache/new", "4")
    tree.write("cache/d/new", "5")
    assert tree.commit() == [("modified", "cache/d/y")]
    assert tree.status() == []
