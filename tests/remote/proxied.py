"""Commands whose connections go through the proxy, and what passed it."""

from __future__ import annotations

import itertools
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PROXY = Path(__file__).with_name("proxy.py")
_PROGRAM = "from annexish.cli.main import main; main()"
_PATIENCE = "2"
_LIMIT = 120
"""Seconds after which a command is one that does not end."""


class Message(NamedTuple):
    """One that passed, or should have passed."""

    connection: int
    up: bool
    size: int
    disturbed: bool


class Passed(NamedTuple):
    """How a command ended, what it said, and what passed."""

    code: int
    said: str
    messages: list[Message]
    ended: set[int]
    """The connections whose other side has ended."""

    @property
    def moved(self) -> int:
        """Bytes of all messages."""
        return sum(message.size for message in self.messages)

    @property
    def disturbed(self) -> bool:
        """Whether it came so far."""
        return any(message.disturbed for message in self.messages)

    @property
    def turns(self) -> int:
        """How often the client speaks after the other side has spoken, in all connections together."""
        turns = 0
        for connection in {message.connection for message in self.messages}:
            ways = [message.up for message in self.messages if message.connection == connection]
            turns += sum(after and not before for before, after in itertools.pairwise(ways))
        return turns


def proxied(directory: Path, *words: str, kind: str = "none", at: int = 0, seed: int = 0) -> Passed:
    """Run a command whose message number `at` is disturbed; every other side that it started has ended then."""
    report = directory / "passed"
    report.write_bytes(b"")
    ended = report.with_suffix(".ended")
    ended.write_bytes(b"")
    rsh = shlex.join([sys.executable, "-S", "-E", str(PROXY), kind, str(at), str(seed), str(report)])
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words],
        env={**os.environ, "ANNEXISH_SSH": rsh, "ANNEXISH_PATIENCE": _PATIENCE},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=_LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        raise AssertionError(f"it did not end: {' '.join(words)}: {said.decode(errors='replace')}") from None
    messages = [_message(line) for line in report.read_text().splitlines()]
    passed = Passed(process.returncode, said.decode(), messages, {int(line) for line in ended.read_text().split()})
    assert passed.ended == {message.connection for message in messages}
    return passed


def _message(line: str) -> Message:
    connection, mark, size, *rest = line.split()
    return Message(int(connection), mark == ">", int(size), rest == ["!"])
