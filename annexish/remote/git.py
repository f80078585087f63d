"""A Git server, asked by the system's `git`, so that a person's ssh, keys and credential helpers hold for it.

Every command is run for a bare repository of this machine that is thrown away, and that nobody configured.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from annexish.errors import AnnexishError, Missing, Unreachable
from annexish.model.published import is_object, is_published
from annexish.remote.url import Git

_ALLOWED = "file:git:http:https:ssh"
"""The transports that a URL may lead to, by whatever a person's configuration makes of it."""
_SETTINGS = (
    "protocol.version=2", "core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsync=none",
    "http.lowSpeedLimit=1", "http.lowSpeedTime=60",
)  # fmt: skip
_OF_GIT = ("!", "fatal:", "error:", "ERROR:", "remote:")
"""How lines begin that say what went wrong; others are advice."""
_QUIET = ("--quiet", "--no-progress")
_FETCH = ("--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-prune", "--recurse-submodules=no", "--refmap=")
_PUSH = ("--porcelain", "--atomic", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", "--no-verify")
_NO_HOOKS = "git -c core.hooksPath=/dev/null receive-pack"
"""What takes a push in a directory of this machine: hooks that lie there are not run."""
_ANOTHER = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_GRAFT_FILE", "GIT_PREFIX",
)  # fmt: skip
"""What a Git around this program says of a repository of its own."""
_LOST = (
    "stale info", "fetch first", "non-fast-forward", "but expected", "incorrect old value", "file exists",
    "reference already exists", "unable to resolve reference",
)  # fmt: skip
"""What Git says of a reference that somebody else moved, or is moving."""


class Update(NamedTuple):
    """What a reference is to name, and what it names there now; "" if it is not there."""

    name: str
    before: str


class Server:
    """A Git server; `directory` is the bare repository that takes what is fetched and has what is pushed.

    Without one it can only be asked for references.
    """

    def __init__(self, where: Git, directory: str = "") -> None:
        self._where = where
        self._directory = directory

    def references(self) -> dict[str, str]:
        """Return what repositories published there: reference to object name; raise Unreachable, Missing."""
        rows = (line.split("\t") for line in self._run("ls-remote", "--refs", "-q", "--", self._where.url).splitlines())
        found = {row[1]: row[0] for row in rows if len(row) == 2}
        return {reference: name for reference, name in found.items() if is_published(reference) and is_object(name)}

    def fetch(self, references: Iterable[str]) -> None:
        """Take what references lead to, and the references."""
        specs = "".join(f"+{reference}:{reference}\n" for reference in references)
        self._run("fetch", *_QUIET, *_FETCH, "--stdin", "--", self._where.url, told=specs)

    def push(self, updates: Mapping[str, Update]) -> bool:
        """Let references name other objects there; return False if somebody else was faster with one of them.

        All of them are taken or none, and only if each names what it did before.
        """
        leases = [f"--force-with-lease={reference}:{update.before}" for reference, update in updates.items()]
        specs = [f"{update.name}:{reference}" for reference, update in updates.items()]
        here = () if self._where.host else (f"--receive-pack={_NO_HOOKS}",)
        done = self._started("push", *_QUIET, *_PUSH, *here, *leases, "--", self._where.url, *specs)
        if not done.returncode:
            return True
        rejected = "".join(line + "\n" for line in done.stdout.splitlines() if line.startswith("!"))
        said = done.stderr + rejected
        if rejected and any(word in said.lower() for word in _LOST):
            return False
        raise self._explained(said)

    def _run(self, *words: str, told: str = "") -> str:
        done = self._started(*words, told=told)
        if done.returncode:
            raise self._explained(done.stderr)
        return done.stdout

    def _started(self, *words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        command = ["git", *(word for one in _SETTINGS for word in ("-c", one)), *words]
        environment = {name: value for name, value in os.environ.items() if name not in _ANOTHER}
        try:
            return subprocess.run(
                command, env=environment | self._around(), cwd=None if self._directory else "/",
                input=told, capture_output=True, text=True, errors="replace", check=False,
            )  # fmt: skip
        except OSError as error:
            raise Unreachable(
                f"git cannot be started: {error.strerror}",
                hint="install Git: it carries the history to and from a Git server",
            ) from error

    def _around(self) -> dict[str, str]:
        """What Git is told besides: where it works, and whom it may ask."""
        told = {"GIT_ALLOW_PROTOCOL": _ALLOWED, "LC_ALL": "C"}
        if self._directory:
            told["GIT_DIR"] = self._directory
        if not os.isatty(0):
            told["GIT_TERMINAL_PROMPT"] = "0"
        rsh = os.environ.get("ANNEXISH_SSH", "")
        return told | {"GIT_SSH_COMMAND": rsh} if shlex.split(rsh) else told

    def _explained(self, said: str) -> AnnexishError:
        """What Git said, and what a person can do about it."""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(_OF_GIT)] or lines or ["it failed without a word"]
        found = ((reason, line) for reason in _REASONS for line in lines if reason.fits(line))
        reason, line = next(found, (_ANYTHING, told[-1]))
        url, host = self._where.url, self._where.host
        return reason.kind(f"{reason.message.format(url=url)}: {line}", hint=reason.hint.format(url=url, host=host))


class _Reason(NamedTuple):
    """What Git, ssh or a server says, in lower case; what it means, and what can be done."""

    signs: Sequence[str]
    kind: type[AnnexishError]
    message: str
    hint: str

    def fits(self, line: str) -> bool:
        """Whether a line says it."""
        return any(sign in line.lower() for sign in self.signs)


_ANYTHING = _Reason((), Unreachable, "git could not reach {url}", "try `git ls-remote {url}`, which says more")
_REASONS = (
    _Reason(
        ("cannot run ",),
        Unreachable,
        "git could not reach {url}",
        "install OpenSSH's client, or set ANNEXISH_SSH",
    ),
    _Reason(
        ("host key verification failed", "remote host identification has changed"),
        Unreachable,
        "the host of {url} is not known",
        "`ssh {host}` once, and compare the key that it shows",
    ),
    _Reason(
        ("no space left", "quota exceeded", "unable to create temporary"),
        Unreachable,
        "{url} has no room for the history",
        "make room on the server",
    ),
    _Reason(
        ("dubious ownership",),
        Unreachable,
        "{url} belongs to somebody else",
        "`git config --global --add safe.directory PATH` says that it is trusted",
    ),
    _Reason(
        (
            "permission denied", "access denied", "authentication failed", "could not read username", "error: 403",
            "service not enabled", "insufficient permission", "read-only",
        ),
        Unreachable,
        "{url} does not let you in, or does not let you write",
        "try `git ls-remote {url}`, and ask whoever runs the server",
    ),
    _Reason(
        (
            "does not appear to be a git repository", "repository not found", "no such repository", "not exported",
            "does not exist", "no such file or directory", "not a git repository", "error: 404",
            "project you were looking for",
        ),
        Missing,
        "there is no Git repository at {url}",
        "`git init --bare` makes one there; `annexish remote` lists the URLs",
    ),
)  # fmt: skip
"""The first one that fits is told."""
