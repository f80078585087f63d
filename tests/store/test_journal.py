"""What a command is about to do: there until it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish.model.path import TOP
from annexish.store.journal import Journal, Request
from tests.limited import no_more_files


def test_a_request_stays_when_it_cannot_be_forgotten_durably(tmp_path: Path) -> None:
    """A command that fails here is finished by the next one."""
    journal = Journal(str(tmp_path))
    request = Request("recover", b"/somewhere", (), TOP)
    journal.write(request)
    with no_more_files(), pytest.raises(OSError, match="Too many open files"):
        journal.clear()

    assert journal.read() == request
    journal.clear()
    assert journal.read() is None
