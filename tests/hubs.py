"""Bare Git repositories where histories meet, and what a stock Git says of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from annexish import Repository
from tests.trees import Tree


class Hub:
    """A bare Git repository; `url` is what a remote of it is called."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path = path
        self.url = url or str(path)
        subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)

    def git(self, *words: str, data: bytes = b"") -> str:
        """Run Git there; what it says, without the newline."""
        done = subprocess.run(["git", "-C", str(self.path), *words], input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    def references(self) -> dict[str, str]:
        """What every reference names."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {line.split()[0]: line.split()[1] for line in lines}

    def met(self, *trees: Tree) -> None:
        """Let repositories call it `hub`."""
        for tree in trees:
            tree.repository.remote_add("hub", self.url)

    def fsck(self) -> None:
        """A stock Git finds nothing wrong with it."""
        self.git("fsck", "--strict", "--no-dangling", "--no-progress")

    def cloned(self, top: Path | str, *, content: bool = True) -> Tree:
        """A repository that is made of it."""
        Repository.clone(self.url, top, content=content)
        return Tree.opened(os.fspath(top))


def only_the_hub(tree: Tree) -> None:
    """Forget every other remote."""
    for one in tree.repository.remotes():
        if one.name != "hub":
            tree.repository.remote_remove(one.name)


def leftovers(tree: Tree) -> list[str]:
    """What was fetched and is not checked yet."""
    return [name for name in os.listdir(tree.path(".annexish")) if name.startswith("unchecked")]
