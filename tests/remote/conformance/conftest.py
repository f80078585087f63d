"""A remote of each implementation, empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annexish.model.ids import Digest
from annexish.remote.port import Remote
from tests.remote.conformance.places import IMPLEMENTATIONS


class Given(NamedTuple):
    """A remote, and what a test does to it behind its back."""

    remote: Remote
    hold: Callable[[bytes], None]
    spoil: Callable[[Digest], None]
    rot: Callable[[Digest], None]


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Given:
    """A remote that holds nothing."""
    implementation = IMPLEMENTATIONS[request.param]
    remote = implementation.make(tmp_path)
    return Given(
        remote,
        lambda data: implementation.hold(tmp_path, remote, data),
        lambda digest: implementation.spoil(tmp_path, remote, digest),
        lambda digest: implementation.rot(tmp_path, remote, digest),
    )


@pytest.fixture
def remote(given: Given) -> Iterator[Remote]:
    """The remote, entered and locked, so that contents can be given to it."""
    with given.remote as entered, entered.locked():
        yield entered
