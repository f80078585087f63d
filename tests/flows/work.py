"""What a person does between two syncs, in a small tree."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.trees import Tree

FILES = {
    "photos": {"2025": {"a.jpg": "aa", "b.png": "bb"}, "2026": {"c.jpg": "ccc"}},
    "music": {"song": "la", "album": {"01": "one", "02": "two"}},
    "notes.txt": "1\n2\n3\n4\n5\n",
}

Work = Callable[[Tree], None]

WORK: dict[str, tuple[Work, int]] = {
    "move a file": (lambda tree: tree.move("notes.txt", "music/n"), 0),
    "rename a directory": (lambda tree: tree.move("photos", "pictures"), 0),
    "move a directory into another": (lambda tree: tree.move("photos/2025", "music/album/2025"), 0),
    "edit": (lambda tree: tree.write("music/song", "lala"), 4),
    "add": (lambda tree: tree.write("new/one", "12345"), 5),
    "copy": (lambda tree: tree.copy("photos", "copy"), 0),
    "delete": (lambda tree: tree.remove("photos/2025"), 0),
    "make a directory": (lambda tree: os.mkdir(tree.path("empty")), 0),
    "change a mode": (lambda tree: os.chmod(tree.path("notes.txt"), 0o600), 0),
    "change the mode of the root": (lambda tree: os.chmod(tree.top, 0o700), 0),
    "make a link": (lambda tree: os.symlink("notes.txt", tree.path("link")), 0),
    "make a hard link": (lambda tree: os.link(tree.path("notes.txt"), tree.path("twin")), 0),
    "make an empty file": (lambda tree: tree.write("void", ""), 0),
    "swap": (lambda tree: swap(tree, "photos/2025", "music/album"), 0),
    "a directory becomes a file": (lambda tree: replace(tree, "music/album", "xyz"), 3),
}  # fmt: skip
"""What is done, and how many bytes the other side then lacks."""


def replace(tree: Tree, path: str, data: str) -> None:
    """Write a file anew, as editors do."""
    tree.remove(path)
    tree.write(path, data)


def swap(tree: Tree, one: str, other: str) -> None:
    """Exchange the places of two things."""
    tree.move(one, "between")
    tree.move(other, one)
    tree.move("between", other)
