"""A real `sshd` on the loopback, with keys and a configuration of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
_PROGRAM = "from annexish.cli.main import main; main()"


class Sshd(NamedTuple):
    """A server that runs: `rsh` is the ssh that trusts it, `program` what annexish is called there."""

    port: int
    directory: Path
    program: str

    @property
    def rsh(self) -> str:
        """What ANNEXISH_SSH must be."""
        return f"ssh -F {self.directory}/client"

    def url(self, path: Path | str) -> str:
        """The URL of a directory there."""
        return f"ssh://127.0.0.1:{self.port}{path}"

    def allow(self, line: str = "") -> None:
        """Let the key of the tests in, with options before it."""
        key = (self.directory / "key.pub").read_text()
        (self.directory / "authorized").write_text(f"{line} {key}".lstrip())


def start(directory: Path) -> tuple[Sshd, subprocess.Popen[bytes]]:
    """Start one in an empty directory, which only this user may enter."""
    assert SSHD is not None, "there is an sshd"
    directory.chmod(0o700)
    port = free_port()
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    (directory / "server").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
    )
    host = (directory / "host.pub").read_text()
    (directory / "known").write_text(f"[127.0.0.1]:{port} {host}")
    (directory / "client").write_text(
        f"Host *\n  UserKnownHostsFile {directory}/known\n  GlobalKnownHostsFile none\n  IdentityFile {directory}/key\n"
        f"  IdentitiesOnly yes\n  BatchMode yes\n  LogLevel ERROR\n  ConnectTimeout 10\n"
    )
    program = directory / "annexish"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(_PROGRAM)} "$@"\n')
    program.chmod(0o755)
    os.makedirs("/run/sshd", exist_ok=True)
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", directory / "server"], stderr=log)
    made = Sshd(port, directory, str(program))
    made.allow()
    wait_for(port)
    return made, server


def free_port() -> int:
    """A port of the loopback at which nobody listens."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody answers at a port."""
    for _ in range(200):
        with socket.socket() as some:
            if some.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
