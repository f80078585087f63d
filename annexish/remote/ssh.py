"""A repository on another machine: the system's `ssh` starts `annexish serve` there, and frames go through it."""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import suppress

from annexish.errors import Unreachable
from annexish.remote.frames import Frames
from annexish.remote.url import Ssh
from annexish.remote.wire import Line, Wire

PROGRAM = "annexish"
"""What is started there, if nobody says otherwise."""
_PATIENCE = 60.0
_FAILED, _NO_PROGRAM, _NO_START = 255, 127, 126
"""ssh(1): it could not connect. The shell there: no such program, and one that cannot be started."""
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")


def words(where: Ssh, program: str = PROGRAM) -> list[str]:
    """Return the command; the path is no part of it, so that no shell ever reads it."""
    rsh = shlex.split(os.environ.get("ANNEXISH_SSH", "")) or ["ssh"]
    port = ["-p", str(where.port)] if where.port else []
    user = ["-l", where.user] if where.user else []
    return [*rsh, "-T", *_ALIVE, *port, *user, "--", where.host, f"{program} serve"]


def remote_at(where: Ssh, program: str = PROGRAM) -> Wire:
    """Return the repository there; entering it connects, and raises Unreachable with what can be done."""
    return Wire(lambda: _connected(where, program), os.fsencode(where.path))


def _connected(where: Ssh, program: str) -> Line:
    try:
        process = subprocess.Popen(words(where, program), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as error:
        raise Unreachable(f"ssh cannot be started: {error.strerror}", hint="install OpenSSH's client") from error
    assert process.stdin is not None
    assert process.stdout is not None
    frames = Frames(process.stdout.fileno(), process.stdin.fileno())
    return Line(frames, lambda: _end(process), lambda error: _reason(where, program, _end(process), str(error)))


def _end(process: subprocess.Popen[bytes]) -> int:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    try:
        return process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _reason(where: Ssh, program: str, code: int, said: str) -> Unreachable:
    """What a person can do about a connection that did not begin."""
    if code == _FAILED:
        return Unreachable(f"ssh could not connect to {where.host!r}", hint=f"try `ssh {where.host}`, which says more")
    if code in (_NO_PROGRAM, _NO_START):
        return Unreachable(
            f"{program!r} cannot be started on {where.host!r}",
            hint="`pip install annexish` there; if it is not on the PATH, --remote-command says where it is",
        )
    return Unreachable(f"{where.host!r} does not answer as annexish does: {said}")
