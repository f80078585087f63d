"""Contents that rot, without a file system whose blocks are changed, and what is found of them."""

from __future__ import annotations

import os

from blake3 import blake3

from annexish.apply.keep import Keep
from annexish.model.report import Verified
from annexish.scan.stat import Statter
from annexish.store.cache import TOP_ROW, Cache
from tests.trees import Tree


def found(answer: Verified) -> list[tuple[str, str, bool]]:
    """The problems of an answer in few words."""
    return [(problem.code, os.fsdecode(problem.path), problem.healed) for problem in answer.problems]


def kept(data: bytes) -> str:
    """Where the keep has a content."""
    digest = blake3(data).hexdigest()
    return f".annexish/keep/{digest[:2]}/{digest[2:]}"


def put(tree: Tree, data: bytes) -> None:
    """Let the keep have a content in an inode of its own."""
    tree.write("passing", data)
    with Keep(tree.path(".annexish/keep")) as keep, open(tree.path("passing"), "rb") as file:
        keep.remove(blake3(data).digest())
        keep.put(file.fileno(), blake3(data).digest(), len(data))
    tree.remove("passing")


def pretend(tree: Tree, path: str, data: bytes) -> None:
    """Write other bytes into a file at the top, and let the cache take the new record for that of the old bytes."""
    times = os.stat(tree.path(path))
    tree.write(path, data)
    os.utime(tree.path(path), ns=(times.st_atime_ns, times.st_mtime_ns))
    cache = Cache(tree.path(".annexish/cache.sqlite"))
    row = cache.row(TOP_ROW)
    names = row.names.split(b"\0")
    top = os.open(tree.top, os.O_RDONLY)
    stats = Statter().columns_and_own(top, names)
    os.close(top)
    assert stats is not None
    cache.begin()
    cache.put([row._replace(stats=stats)])
    cache.finish({})
    cache.close()
