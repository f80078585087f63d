"""The table of losses: what is lost is counted by content."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annexish.model.entry import Kind
from annexish.model.ids import CommitId, Digest
from annexish.model.path import RepoPath
from annexish.store.cache import Cache
from annexish.store.losses import Loss, Losses


@pytest.fixture
def cache() -> Iterator[Cache]:
    """An empty one."""
    made = Cache.in_memory()
    made.begin()
    yield made
    made.close()


def loss(path: str, content: str, size: int) -> Loss:
    """A file that was deleted; a content is told by a letter."""
    digest = Digest(content.encode() * 32)
    return Loss(CommitId("c" * 40), RepoPath(path.encode()), Kind.FILE, size, digest, 1, 2, replaced=False)


def test_each_content_counts_once(cache: Cache) -> None:
    """Copies need no space of their own, and empty files and directories none at all."""
    losses = Losses(cache)
    directory = loss("d", "-", 0)._replace(kind=Kind.DIRECTORY, digest=None)
    losses.add([loss("a", "a", 5), loss("b", "b", 7), loss("copy of a", "a", 5), loss("empty", "e", 0), directory])

    assert losses.total() == (2, 12)


def test_counting_reads_no_row(cache: Cache) -> None:
    """The index has all that is asked for, so that `status` does not slow down with what is lost."""
    cache.finish({})
    asked: list[str] = []
    cache.connection.set_trace_callback(asked.append)
    Losses(cache).total()
    cache.connection.set_trace_callback(None)

    plan = cache.connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()
    assert any("COVERING INDEX loss_content" in row[3] for row in plan)
