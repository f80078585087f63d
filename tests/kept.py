"""Where contents are kept."""

from __future__ import annotations

import os

from annexish.model.ids import Digest
from tests.trees import Tree


def kept_path(tree: Tree, path: str) -> str:
    """Where the content of a path is kept."""
    digest = tree[path].digest
    assert digest is not None
    return _path(tree, digest)


def forget(tree: Tree, digest: Digest) -> None:
    """Take a content out of the keep."""
    os.unlink(_path(tree, digest))


def _path(tree: Tree, digest: Digest) -> str:
    return tree.path(f".annexish/keep/{digest.hex()[:2]}/{digest.hex()[2:]}")
