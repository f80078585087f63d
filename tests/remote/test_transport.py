"""The attacks on a transport of a remote, over a real sshd: who answers, what is said, what is never run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from annexish.codec import wire
from annexish.errors import Missing
from annexish.remote.frames import GREETING
from annexish.remote.speech import ERROR, VERSIONS, WHO
from tests.bench.measure import CHILD
from tests.flows.work import FILES
from tests.remote.framed import frame, numbered
from tests.remote.served import served
from tests.remote.sshd import SSHD, Sshd
from tests.trees import Tree, real

pytestmark = pytest.mark.skipif(SSHD is None, reason="there is no sshd")
_PROGRAM = "from annexish.cli.main import main; main()"
EVIL = "a\x1b[2J\x1b]0;t\x07\x9b31m\r\u202eb\u2066"
"""What a terminal would obey."""
_OBEYED = [one.encode() for one in "\x1b\x07\x9b\r\u202e\u2066"]
_FEW = 100 << 10
"""KiB of memory that a command may take."""


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: bytes
    err: bytes
    peak: int

    @property
    def said(self) -> str:
        return (self.out + self.err).decode(errors="replace")


def _run(tmp_path: Path, *words: str, **environment: str) -> Ended:
    """Run a command to its end; it shows no traceback, and nothing that a terminal obeys."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", CHILD, str(tmp_path / "took"), sys.executable, "-c", _PROGRAM, *words],
        env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    code, _, _, peak, _ = (tmp_path / "took").read_text().split()
    ended = Ended(int(code), done.stdout, done.stderr, int(peak))
    assert b"Traceback" not in ended.err
    shown = (ended.out + ended.err).replace(b"\r\n", b"\n")  # as ssh ends its own lines
    assert not any(one in shown for one in _OBEYED), ended.said
    return ended


def _cloned(sshd: Sshd, there: Tree, tmp_path: Path) -> Tree:
    here = str(tmp_path / "here")
    done = _run(tmp_path, "-q", "clone", "--remote-command", sshd.program, sshd.url(there.top), here)
    assert done.code == 0, done.said
    return Tree.opened(here)


def _asked(sshd: Sshd, tmp_path: Path, program: str, *options: str) -> Ended:
    """What is said of something that is no repository; nothing is left of it."""
    goal = tmp_path / "here"
    done = _run(tmp_path, *options, "clone", "--remote-command", program, sshd.url("/there"), str(goal))
    assert done.code == 1
    assert not goal.exists()
    return done


def _saying(tmp_path: Path, data: bytes, after: str = "cat > /dev/null") -> str:
    """A program that says this, whatever it is asked."""
    (tmp_path / "says").write_bytes(numbered(data))
    return f"cat {shlex.quote(str(tmp_path / 'says'))}; {after}; true"


@pytest.mark.parametrize("host", ["-oProxyCommand=touch made", "-oProxyCommand=touch${IFS}made", "-F./config"])
def test_a_host_is_no_option(tmp_path: Path, host: str) -> None:
    """Neither typed nor written into the settings by somebody."""
    here = Tree(tmp_path, {}, name="settings")
    here.repository.remote_add("evil", "ssh://x/f")
    config = Path(here.path(".annexish/remotes.toml"))
    before = config.read_text()
    assert "ssh://x/f" in before
    for url in (f"ssh://{host}/f", f"ssh://x@{host}/f", f"{host}:f", f"ssh://{host}@x/f"):
        assert _run(tmp_path, "clone", url, "here").code == 2
        config.write_text(before.replace("ssh://x/f", url))
        assert _run(tmp_path, "-C", here.top, "sync", "evil").code != 0
    assert not (tmp_path / "made").exists()
    assert not Path(here.path("made")).exists()


@pytest.mark.parametrize(
    "name",
    [
        "it's",
        'a "b"',
        "$(touch made)",
        "`touch made`",
        "a; touch made",
        "a && touch made",
        "* ?",
        "a\\",
        "-rf",
        "#",
        "~",
    ],
)
def test_no_shell_reads_a_path(sshd: Sshd, tmp_path: Path, name: str) -> None:
    """Whatever is in it, it names a directory."""
    (tmp_path / "far").mkdir()
    there = Tree(tmp_path / "far", FILES, name=name)
    there.commit()
    here = _cloned(sshd, there, tmp_path)
    assert real(here.top) == real(there.top)
    assert not list(tmp_path.rglob("made"))


def test_a_path_with_a_line_end_is_no_url(sshd: Sshd, tmp_path: Path) -> None:
    """It could not be shown in one line."""
    assert _run(tmp_path, "clone", sshd.url("/a\nb"), "here").code == 2


def test_a_shell_there_reads_the_remote_command(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """The person who types it may say all that this shell allows; no shell here reads it."""
    program = tmp_path / "my 'programs'"
    program.symlink_to(sshd.program)
    words = f"X=1 {shlex.quote(str(program))}"
    assert _run(tmp_path, "-q", "clone", "--remote-command", words, sshd.url(there.top), "here").code == 0
    assert _run(tmp_path, "-C", "here", "-q", "sync").code == 0
    words = f"echo $SSH_CONNECTION > {tmp_path}/made; {sshd.program}"
    assert _run(tmp_path, "-q", "clone", "--remote-command", words, sshd.url(there.top), "other").code == 0
    assert (tmp_path / "made").read_text().startswith("127.0.0.1 ")


def test_a_remote_says_nothing_of_what_is_started(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """Its own settings stay its own, and only they and the person here name programs."""
    there.repository.remote_add("other", "ssh://127.0.0.1/nowhere", program=f"touch {tmp_path}/made; true")
    here = _cloned(sshd, there, tmp_path)
    here.write("new", "new")
    assert _run(tmp_path, "-C", here.top, "sync").code == 0
    assert [one.name for one in here.repository.remotes()] == ["origin"]
    assert not (tmp_path / "made").exists()


def test_what_is_started_there_has_no_secrets(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """A command line can be read by everybody: it holds the program, and nothing of the repository."""
    log = tmp_path / "log"
    sshd.allow(f'restrict,command="echo $SSH_ORIGINAL_COMMAND >> {log}; {sshd.program} serve"')
    here = _cloned(sshd, there, tmp_path)
    assert _run(tmp_path, "-C", here.top, "-q", "sync").code == 0
    assert set(log.read_text().splitlines()) == {f"{sshd.program} serve"}


@pytest.mark.parametrize("known", ["unknown", "changed"])
def test_a_host_key_that_is_not_the_known_one(sshd: Sshd, there: Tree, tmp_path: Path, known: str) -> None:
    """What ssh says of it can be read, and nothing is asked there."""
    host = sshd.directory / "known"
    before = host.read_text()
    key = "" if known == "unknown" else f"[127.0.0.1]:{sshd.port} {(sshd.directory / 'key.pub').read_text()}"
    host.write_text(key)
    try:
        done = _run(tmp_path, "clone", "--remote-command", sshd.program, sshd.url(there.top), "here")
    finally:
        host.write_text(before)
    assert done.code == 1
    assert b"Host key verification failed" in done.err
    assert b"could not connect" in done.err
    assert (b"IDENTIFICATION HAS CHANGED" in done.err) == (known == "changed")
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_text_of_an_error_is_no_command_to_a_terminal(sshd: Sshd, tmp_path: Path, options: tuple[str, ...]) -> None:
    """It is shown with its control characters escaped."""
    error = Missing(f"nothing {EVIL}", hint=f"look {EVIL}")
    data = GREETING + frame(WHO, VERSIONS, {}) + frame(ERROR, *wire.pack_error(error))
    done = _asked(sshd, tmp_path, _saying(tmp_path, data), *options)
    assert "nothing a" in done.said
    assert "[2J" in done.said


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
def test_names_are_no_commands_to_a_terminal(sshd: Sshd, there: Tree, tmp_path: Path, options: tuple[str, ...]) -> None:
    """What comes from the other side is listed with its control characters escaped."""
    here = _cloned(sshd, there, tmp_path)
    there.write(EVIL, EVIL)
    os.mkfifo(there.path(f"fifo {EVIL}"))
    os.symlink(EVIL, there.path(f"link {EVIL}"))
    done = _run(tmp_path, "-C", here.top, *options, "sync")
    assert "[2J" in done.said
    assert here.read(EVIL) == EVIL.encode()
    for words in (("log",), ("ls", "-r"), ("status",), ("show",), ("whereis", "."), ("remote",)):
        _run(tmp_path, "-C", here.top, *options, *words)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_noise_before_the_greeting(sshd: Sshd, tmp_path: Path, options: tuple[str, ...]) -> None:
    """The first line of it is shown, so that a person can find who says it."""
    done = _asked(sshd, tmp_path, f"{_saying(tmp_path, f'Welcome {EVIL}'.encode())}", *options)
    assert "Welcome a" in done.said


def test_a_login_shell_that_prints(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """What it printed is shown."""
    sshd.allow(f'command="echo Good morning; {sshd.program} serve"')
    done = _run(tmp_path, "clone", sshd.url(there.top), "here")
    assert done.code == 1
    assert "Good morning" in done.said
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("endless", ["yes", "cat /dev/zero", "yes annexish", "cat /dev/urandom"])
def test_an_answer_without_end(sshd: Sshd, tmp_path: Path, endless: str) -> None:
    """Before the greeting or behind it: it ends at once, in little memory."""
    done = _asked(sshd, tmp_path, f"{endless}; true")
    assert done.peak < _FEW


@pytest.mark.parametrize("said", [b"", b"annex", GREETING, GREETING + frame(WHO, VERSIONS, {})[:-1]])
def test_an_answer_that_does_not_go_on(
    sshd: Sshd, tmp_path: Path, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up."""
    monkeypatch.setenv("ANNEXISH_PATIENCE", "1")
    _asked(sshd, tmp_path, _saying(tmp_path, said))


def test_what_is_said_there_on_stderr(sshd: Sshd, tmp_path: Path) -> None:
    """It is text of the other side too, and no command to a terminal."""
    (tmp_path / "evil").write_text(EVIL)
    _asked(sshd, tmp_path, f"cat {tmp_path}/evil >&2; false; true")


def test_a_path_that_is_no_text(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for it hears that nothing is there."""
    with pytest.raises(Missing), served("/nowhere/\udcff") as remote:
        remote.hello()
    assert "Traceback" not in capfd.readouterr().err
