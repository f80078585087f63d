"""The command line in this process, and a repository that says what it is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from annexish.cli.program import program
from annexish.cli.session import Session
from tests.cli.pictures import Pictured

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run `annexish` with words, here; words may be bytes."""

    def invoke(*words: str | bytes, **options: Any) -> Result:  # noqa: ANN401
        return CliRunner().invoke(program, [os.fsdecode(word) for word in words], **options)

    return invoke


@pytest.fixture
def pictured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pictured:
    """A repository without history or files, which every command of this test finds."""
    monkeypatch.chdir(tmp_path)
    repository = Pictured(os.fsencode(tmp_path))
    monkeypatch.setattr(Session, "repository", lambda _: repository)
    return repository


def items(result: Result) -> list[dict[str, Any]]:
    """The objects on stdout."""
    return [json.loads(line) for line in result.stdout.splitlines()]
