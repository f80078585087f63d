"""Repositories of this machine, asked over the protocol: `annexish serve` runs in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from annexish.errors import AnnexishError
from annexish.remote.frames import Frames
from annexish.remote.wire import Line, Wire

_PROGRAM = "from annexish.cli.main import main; main()"


def started(*options: str) -> subprocess.Popen[bytes]:
    """Start the other side."""
    words = [sys.executable, "-c", _PROGRAM, "serve", *options]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def frames_of(process: subprocess.Popen[bytes], patience: float = 60) -> Frames:
    """The frames to and from it."""
    assert process.stdin is not None
    assert process.stdout is not None
    return Frames(process.stdout.fileno(), process.stdin.fileno(), patience=patience)


def served(path: Path | str, *options: str) -> Wire:
    """Ask a repository; the other side begins and ends with the context."""

    def connected() -> Line:
        process = started(*options)
        return line_to(process, frames_of(process))

    return Wire(connected, os.fsencode(path))


def line_to(process: subprocess.Popen[bytes], frames: Frames) -> Line:
    """The line to a process, which ends with it."""

    def explained(error: AnnexishError, _: bool) -> AnnexishError:  # noqa: FBT001 - a fact
        ended(process)
        return error

    return Line(frames, lambda: ended(process), explained)


def ended(process: subprocess.Popen[bytes]) -> int:
    """End the connection; return the exit code."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    return process.wait(60)
