"""What the keep of a tree has, and what is recorded as lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from blake3 import blake3

from annexish.flows.place.place import Place
from annexish.store.cache import Cache
from annexish.store.losses import Loss, Losses
from tests.trees import Tree

BIG = b"0123456789abcdef" * 4096
PROGRAM = "from annexish.cli.main import main; raise SystemExit(main())"


def place(tree: Tree) -> Place:
    """Where the repository of a tree keeps its things."""
    return Place(os.fsencode(tree.top))


def losses(tree: Tree) -> list[Loss]:
    """What is recorded as lost, the newest first."""
    cache = Cache(tree.path(".annexish/cache.sqlite"), read_only=True)
    found = list(Losses(cache).newest_first())
    cache.close()
    return found


def lost(tree: Tree) -> list[str]:
    """The paths of what is recorded as lost, sorted."""
    return sorted(os.fsdecode(loss.path) for loss in losses(tree))


def kept(tree: Tree, data: bytes | str) -> bool:
    """Whether the keep has a content."""
    return os.path.exists(kept_at(tree, data))


def kept_at(tree: Tree, data: bytes | str) -> str:
    """Where the keep has a content."""
    digest = blake3(data.encode() if isinstance(data, str) else data).hexdigest()
    return tree.path(f".annexish/keep/{digest[:2]}/{digest[2:]}")


def run(tree: Tree, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "-C", tree.top, *words], capture_output=True, text=True, check=False
    )


def fill(top: Path) -> Path:
    """Leave no block of a file system free."""
    filler = top / "filler"
    with open(filler, "wb", buffering=0) as file:
        for block in (1 << 16, 1 << 10):
            try:
                while True:
                    file.write(bytes(block))
            except OSError:
                continue
    return filler
