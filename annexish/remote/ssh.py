"""A repository on another machine: the system's `ssh` starts `annexish serve` there, and frames go through it."""

from __future__ import annotations

import os
import select
import shlex
import subprocess
from contextlib import suppress
from typing import NamedTuple

from annexish.errors import AnnexishError, Unreachable
from annexish.remote.frames import Frames, Lost
from annexish.remote.speech import patience
from annexish.remote.url import Ssh
from annexish.remote.wire import Line, Wire

PROGRAM = "annexish"
"""What is started there, if nobody says otherwise."""
_LOGIN = 600.0
"""Seconds that somebody has to type a password, unless ANNEXISH_PATIENCE says less."""
_ENDING = 10.0
_FAILED, _NO_PROGRAM, _NO_START = 255, 127, 126
"""ssh(1): it could not connect. The shell there: no such program, and one that cannot be started."""
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4")
_ALONE = ("-o", "BatchMode=yes")
_PLAIN = (
    r"s/[\x00-\x08\x0b-\x1f\x7f]//g",
    r"s/\xc2[\x80-\x9f]//g",
    r"s/\xe2\x80[\x8b-\x8f\xa8-\xae]//g",
    r"s/\xe2\x81[\xa0-\xaf]//g",
)
"""Takes away what a terminal obeys: C0 and C1 controls, and those of direction, in UTF-8."""
_AGAIN = "the same command again goes on where it was"


class Settings(NamedTuple):
    """What annexish is called there, how many bytes a second may pass, and whether nobody can be asked for a password.

    An empty name is the usual one, and 0 is no limit.
    """

    program: str = ""
    rate: int = 0
    alone: bool = False

    @property
    def command(self) -> str:
        """What is started there."""
        return self.program or PROGRAM


def words(where: Ssh, settings: Settings) -> list[str]:
    """Return the command; the path is no part of it, so that no shell ever reads it."""
    rsh = shlex.split(os.environ.get("ANNEXISH_SSH", "")) or ["ssh"]
    port = ["-p", str(where.port)] if where.port else []
    user = ["-l", where.user] if where.user else []
    alone = _ALONE if settings.alone else ()
    return [*rsh, "-T", *_ALIVE, *alone, *port, *user, "--", where.host, f"{settings.command} serve"]


def remote_at(where: Ssh, settings: Settings) -> Wire:
    """Return the repository there; entering it connects, the first answer raises Unreachable with what can be done."""
    return Wire(lambda: _connected(where, settings), os.fsencode(where.path), alone=settings.alone)


def _connected(where: Ssh, settings: Settings) -> Line:
    said = None if settings.alone else _listener()
    errors = subprocess.DEVNULL if said is None or said.stdin is None else said.stdin
    try:
        process = subprocess.Popen(words(where, settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
    except OSError as error:
        raise Unreachable(f"ssh cannot be started: {error.strerror}", hint="install OpenSSH's client") from error
    finally:
        if said is not None and said.stdin is not None:
            said.stdin.close()
    assert process.stdin is not None
    assert process.stdout is not None
    login = min(_LOGIN, patience()) if "ANNEXISH_PATIENCE" in os.environ else _LOGIN
    frames = Frames(process.stdout.fileno(), process.stdin.fileno(), patience=login, rate=settings.rate)

    def explained(error: AnnexishError, begun: bool) -> AnnexishError:  # noqa: FBT001 - a fact
        return _reason(where, settings.command, _end(process, said), error, begun=begun)

    return Line(frames, lambda: _end(process, said), explained)


def _listener() -> subprocess.Popen[bytes] | None:
    """Start what shows a person the messages of ssh, and of the shell there, without what a terminal would obey."""
    with suppress(OSError):
        script = [word for part in _PLAIN for word in ("-e", part)]
        return subprocess.Popen(
            ["sed", "-u", *script], stdin=subprocess.PIPE, stdout=2, env={**os.environ, "LC_ALL": "C"}
        )
    return None


def _end(process: subprocess.Popen[bytes], said: subprocess.Popen[bytes] | None) -> int:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    if not _ends(process, min(_ENDING, patience())):
        process.kill()
    if said is not None:
        # a master connection that stays may hold on to it
        _ends(said, 1)
    return process.wait()


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of a process, no longer than so many seconds; return whether it came."""
    if process.poll() is not None:
        return True
    try:
        watch = os.pidfd_open(process.pid)
    except OSError:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(seconds) is not None
        return False
    try:
        return bool(select.select([watch], [], [], seconds)[0]) and process.wait() is not None
    finally:
        os.close(watch)


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
    return Unreachable(
        f"{where.host!r} does not answer as annexish does: {error}",
        hint="is that what a startup file of the shell there prints? it should do so on terminals only",
    )
