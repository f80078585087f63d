"""A command that is shot after some time, with all of its processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

_PROGRAM = "from annexish.cli.main import main; main()"


def run_for(limit: float, *words: str) -> float:
    """Run a command and kill it after some seconds; return how long it took, -1 if it was killed."""
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=limit)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    said, _ = process.communicate()
    if process.returncode == -signal.SIGKILL:
        return -1
    assert process.returncode == 0, said.decode(errors="replace")
    return time.monotonic() - start
