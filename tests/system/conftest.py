"""What comes at a bad moment."""

from __future__ import annotations

import os
import signal

import pytest


@pytest.fixture
def forked(hears_signals: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that are forked from now on: right after each of them comes a Ctrl-C."""
    fork, made = os.fork, list[int]()

    def stopped() -> int:
        process = fork()
        if process:
            made.append(process)
            signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(os, "fork", stopped)
    return made
