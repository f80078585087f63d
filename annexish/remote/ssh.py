"""A repository on another machine: the system's `ssh` starts `annexish serve` there, and frames go through it."""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import suppress

from annexish.errors import AnnexishError, Unreachable
from annexish.remote.frames import Frames, Lost
from annexish.remote.url import Ssh
from annexish.remote.wire import Line, Wire

PROGRAM = "annexish"
"""What is started there, if nobody says otherwise."""
_PATIENCE = 60.0
_FAILED, _NO_PROGRAM, _NO_START = 255, 127, 126
"""ssh(1): it could not connect. The shell there: no such program, and one that cannot be started."""
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")

_ALONE = ("-o", "BatchMode=yes")
_AGAIN = "the same command again goes on where it was"


def words(where: Ssh, program: str = PROGRAM, *, alone: bool = False) -> list[str]:
    """Return the command; the path is no part of it, so that no shell ever reads it.

    `alone` is said where nobody can be asked for a password.
    """
    rsh = shlex.split(os.environ.get("ANNEXISH_SSH", "")) or ["ssh"]
    port = ["-p", str(where.port)] if where.port else []
    user = ["-l", where.user] if where.user else []
    return [*rsh, "-T", *_ALIVE, *(_ALONE if alone else ()), *port, *user, "--", where.host, f"{program} serve"]


def remote_at(where: Ssh, program: str = PROGRAM, *, alone: bool = False) -> Wire:
    """Return the repository there; entering it connects, the first answer raises Unreachable with what can be done."""
    return Wire(lambda: _connected(where, program, alone=alone), os.fsencode(where.path))


def _connected(where: Ssh, program: str, *, alone: bool) -> Line:
    try:
        process = subprocess.Popen(words(where, program, alone=alone), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as error:
        raise Unreachable(f"ssh cannot be started: {error.strerror}", hint="install OpenSSH's client") from error
    assert process.stdin is not None
    assert process.stdout is not None
    frames = Frames(process.stdout.fileno(), process.stdin.fileno())

    def explained(error: AnnexishError, begun: bool) -> AnnexishError:  # noqa: FBT001 - a fact
        return _reason(where, program, _end(process), error, begun=begun)

    return Line(frames, lambda: _end(process), explained)


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


def _reason(where: Ssh, program: str, code: int, error: AnnexishError, *, begun: bool) -> AnnexishError:
    """What a person can do about a connection that broke, or did not begin."""
    if begun:
        if not isinstance(error, Lost):
            return error
        why = "ssh lost it" if code == _FAILED else str(error)
        return Lost(f"the connection to {where.host!r} ended: {why}", hint=_AGAIN)
    if code == _FAILED:
        return Unreachable(f"ssh could not connect to {where.host!r}", hint=f"try `ssh {where.host}`, which says more")
    if code in (_NO_PROGRAM, _NO_START):
        return Unreachable(
            f"{program!r} cannot be started on {where.host!r}",
            hint="`pip install annexish` there; if it is not on the PATH, --remote-command says where it is",
        )
    return Unreachable(f"{where.host!r} does not answer as annexish does: {error}")
