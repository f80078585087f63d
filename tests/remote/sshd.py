"""A real `sshd` on the loopback, with keys and a configuration of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import site
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
_ROOT = str(Path(__file__).parents[2])
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


class Other(NamedTuple):
    """A user without rights, who is known to nobody but the server: `python` is one that this user can start."""

    python: str
    name: str = "visitor"
    id: int = 64_321

    @property
    def program(self) -> list[str]:
        """What annexish is for this user, who may not enter where the Python of the tests is."""
        path = ":".join((_ROOT, *site.getsitepackages()))
        return ["env", f"PYTHONPATH={path}", "PYTHONDONTWRITEBYTECODE=1", self.python, "-c", _PROGRAM]

    def words(self, *command: str) -> list[str]:
        """A command that this user runs."""
        user = ("env", f"USER={self.name}", "HOME=/nonexistent")
        return ["setpriv", f"--reuid={self.id}", f"--regid={self.id}", "--clear-groups", *user, *command]

    def served(self, directory: Path, command: list[str]) -> list[str]:
        """The command of a server that runs as this user, and knows the name, the home and the shell."""
        passwd = directory / "passwd"
        passwd.write_text(f"{self.name}:x:{self.id}:{self.id}::{directory}:/bin/sh\n")
        for path in (directory, *directory.iterdir()):
            os.chown(path, self.id, self.id)
        passwd.chmod(0o644)
        known = 'mount --bind "$0" /etc/passwd && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", known, str(passwd), *self.words(*command)]


def other() -> Other:
    """Another user; skips where there can be none."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    if shutil.which("setpriv") is None or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("needs setpriv, and mounts of its own")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (os.path.realpath(sys.executable), f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        found = Other(python)
        command = found.words(*found.program, "--help")
        if subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip(f"there is no {version} with this program that another user may start")


def start(directory: Path, other: Other | None = None) -> tuple[Sshd, subprocess.Popen[bytes]]:
    """Start one in an empty directory, which only its user may enter: this one, or another one."""
    assert SSHD is not None, "there is an sshd"
    directory.chmod(0o700)
    port = free_port()
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / name], check=True)
    (directory / "server").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    host = (directory / "host.pub").read_text()
    (directory / "known").write_text(f"[127.0.0.1]:{port} {host}")
    (directory / "client").write_text(
        f"Host *\n  UserKnownHostsFile {directory}/known\n  GlobalKnownHostsFile none\n  IdentityFile {directory}/key\n"
        f"  IdentitiesOnly yes\n  BatchMode yes\n  LogLevel ERROR\n  ConnectTimeout 10\n"
    )
    program = directory / "annexish"
    words = [sys.executable, "-c", _PROGRAM] if other is None else other.program
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o755)
    made = Sshd(port, directory, str(program))
    made.allow()
    command = [SSHD, "-D", "-e", "-f", str(directory / "server")]
    if other is not None:
        with (directory / "client").open("a") as client:
            client.write(f"  User {other.name}\n")
        command = other.served(directory, command)
    elif os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(command, stderr=log)
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
