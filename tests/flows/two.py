"""Two repositories with one history, which a stock Git carries from one to the other."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import closing

from annexish.store.cache import Cache
from tests.trees import Tree, git


def copied(tree: Tree, name: str) -> Tree:
    """A repository that somebody copied, the keep too."""
    top = os.path.join(os.path.dirname(tree.top), name)
    subprocess.run(["cp", "-a", tree.top, top], check=True)
    return Tree.opened(top)


def rename_repository(tree: Tree, copied_from: str) -> None:
    """Let a copy be a repository of its own, called as its directory is."""
    settings = tree.path(".annexish/config.toml")
    with open(settings) as file:
        text = file.read().replace(copied_from, "ab" * 16)
    name = os.path.basename(tree.top)
    with open(settings, "w") as file:
        file.write(re.sub('name = ".*"', f'name = "{name}"', text, count=1))


def carry(source: Tree, target: Tree) -> None:
    """Bring what the keep of one repository has into that of another one."""
    script = "mkdir -p $2/.annexish/keep && cd $1/.annexish/keep && cp -an --parents . $2/.annexish/keep/"
    subprocess.run(["sh", "-c", script, "sh", source.top, target.top], check=True, stderr=subprocess.DEVNULL)


def fetch(tree: Tree, source: Tree, name: str = "other") -> str:
    """Carry the history of another repository here; return its head."""
    git(tree, "fetch", "-q", source.path(".annexish/history.git"), f"+refs/heads/main:refs/remotes/{name}/main")
    return git(tree, "rev-parse", f"refs/remotes/{name}/main").strip()


def follow_head(tree: Tree, source: Tree) -> None:
    """Fetch, and take the head of a repository whose snapshot is the same."""
    _move(tree, fetch(tree, source))


def merge_head(tree: Tree, source: Tree) -> None:
    """Fetch, and make a merge of both heads that has the snapshot of this one."""
    theirs = fetch(tree, source)
    words = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit-tree", "-m", "merge")
    _move(tree, git(tree, *words, "-p", "main", "-p", theirs, "main^{tree}").strip())


def _move(tree: Tree, commit: str) -> None:
    assert not tree.status()
    git(tree, "update-ref", "refs/heads/main", commit)
    with closing(Cache(tree.path(".annexish/cache.sqlite"))) as cache:
        cache.begin()
        cache.finish({"commit": commit})


def forget_cache(tree: Tree) -> None:
    """Lose the stat cache."""
    for name in os.listdir(tree.path(".annexish")):
        if name.startswith("cache.sqlite"):
            os.unlink(tree.path(f".annexish/{name}"))
