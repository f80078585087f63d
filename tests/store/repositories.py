"""Bare Git repositories with a few objects, and Git itself to look at them."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from annexish.codec.messages import encode_message
from annexish.codec.shards import shard_of
from annexish.diff.patch import Put, patch
from annexish.model.ids import CommitId, TreeId
from annexish.store.history import History, Nodes
from annexish.store.pack import PackWriter
from tests.pictures import entry, root


def git(directory: str | Path, *words: str) -> str:
    """What Git says of a repository; the test fails where Git does."""
    done = subprocess.run(["git", "-C", str(directory), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout


def bare(directory: Path) -> Path:
    """An empty bare repository; returns where its packs lie."""
    History.create(str(directory))
    return directory / "objects" / "pack"


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that no compression makes smaller."""
    return hashlib.shake_128(b"%d %d" % (seed, size)).digest(size)


def commit(history: History, names: dict[str, str], message: str | bytes = "files", *parents: CommitId) -> CommitId:
    """Record a directory of files, as a commit does: a pack, then the head."""
    pack = PackWriter(history.packs)
    nodes = Nodes(history, pack)
    inside = patch(nodes, nodes.save, shard_of, None, {b"x": Put(entry("x", "1"))}).tree
    delta = {one.name: Put(one) for one in (entry(name, content) for name, content in names.items())}
    delta[b"inside"] = Put(entry("inside", {}), inside)
    tree = patch(nodes, nodes.save, shard_of, None, delta, root()).tree
    made = CommitId(pack.put(b"commit", commit_bytes(tree, message, *parents)).hex())
    pack.publish()
    history.refresh()
    history.move_head(made, "commit: test")
    return made


def commit_bytes(tree: TreeId, message: str | bytes, *parents: CommitId) -> bytes:
    """The bytes of a commit object."""
    text = encode_message(message, "r" * 32, {"added": 1}).encode() if isinstance(message, str) else message
    lines = [f"tree {tree.hex()}", *[f"parent {parent}" for parent in parents]]
    lines += [f"{role} Ada <ada@example.org> 1700000000 +0100" for role in ("author", "committer")]
    return "\n".join([*lines, "", ""]).encode() + text
