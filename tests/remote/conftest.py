"""A real `sshd`, and a repository at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.work import FILES
from tests.remote.sshd import Sshd, start
from tests.trees import Tree


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One server for all tests."""
    made, server = start(tmp_path_factory.mktemp("sshd"))
    yield made
    server.terminate()
    server.wait()


@pytest.fixture
def sshd(running: Sshd, monkeypatch: pytest.MonkeyPatch) -> Sshd:
    """The server, as it was started, and its ssh."""
    monkeypatch.setenv("ANNEXISH_SSH", running.rsh)
    running.allow()
    return running


@pytest.fixture
def there(tmp_path: Path) -> Tree:
    """The repository there."""
    tree = Tree(tmp_path, FILES, name="there")
    tree.commit()
    return tree
