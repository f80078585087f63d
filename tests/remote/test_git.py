"""Git servers of every stock kind: `git daemon`, `git-shell` behind a real sshd, a directory; and what people meet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annexish import Repository
from annexish.errors import Missing, Unreachable
from annexish.model.published import HEADS
from annexish.remote.git import Server
from annexish.remote.url import Git
from tests.flows.relatives import check_equal, cloned, head, synced
from tests.flows.work import FILES
from tests.hubs import Hub, only_the_hub
from tests.remote.sshd import SSHD, Sshd, free_port, start, wait_for
from tests.trees import Tree

_CORE = Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=False).stdout.strip())
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
NO_SSHD = pytest.mark.skipif(SSHD is None or shutil.which("git-shell") is None, reason="there is no sshd or git-shell")
NO_DAEMON = pytest.mark.skipif(not (_CORE / "git-daemon").exists(), reason="there is no git daemon")

NO_WEB = pytest.mark.skipif(
    shutil.which("openssl") is None or not (_CORE / "git-http-backend").exists(),
    reason="there is no openssl or git over http",
)


class Daemon(NamedTuple):
    """A server of the bare repositories in a directory."""

    url: str
    top: Path


@pytest.fixture(scope="module", params=["", "--enable=receive-pack"])
def daemon(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One that is read only, and one that is not."""
    top, port = tmp_path_factory.mktemp("daemon"), free_port()
    words = ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", f"--base-path={top}", "--export-all"]
    server = subprocess.Popen(
        [*words, "--informative-errors", *filter(None, [request.param])], stderr=subprocess.DEVNULL
    )
    wait_for(port)
    yield Daemon(f"git://127.0.0.1:{port}", top)
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One ssh server for all tests, which lets nobody do anything but Git."""
    made, server = start(tmp_path_factory.mktemp("sshd"))
    made.allow('restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\""')
    yield made
    server.terminate()
    server.wait()


@pytest.fixture
def sshd(running: Sshd, monkeypatch: pytest.MonkeyPatch) -> Sshd:
    """The server, and the ssh that knows it."""
    monkeypatch.setenv("ANNEXISH_SSH", running.rsh)
    return running


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Tree, Tree]:
    """Two repositories with the same files that do not know each other."""
    there = Tree(tmp_path, FILES, name="there")
    there.commit()
    here = cloned(there, "here")
    only_the_hub(here)
    return here, there


def check_meeting(hub: Hub, here: Tree, there: Tree) -> None:
    """What each moved, the other one has; a third one begins with it."""
    hub.met(here, there)
    here.move("photos", "pictures")
    there.remove("music/song")
    for tree in (here, there, here):
        synced(tree)
    check_equal(here, there)
    hub.fsck()
    assert head(hub.cloned(f"{here.top}-third")) == head(here)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A server of `git http-backend` behind https."""
    top = tmp_path_factory.mktemp("web")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        ["openssl", *words.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "cert"],
        cwd=top, check=True, capture_output=True,
    )  # fmt: skip
    script = Path(__file__).with_name("https.py")
    with subprocess.Popen([sys.executable, script, top, top / "cert", top / "key"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield Daemon(f"https://127.0.0.1:{int(server.stdout.readline())}", top)
        server.terminate()


@NO_WEB
def test_https(web: Daemon, pair: tuple[Tree, Tree], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom a person's Git trusts; one that asks for a password is not asked in anyone's name."""
    here, _ = pair
    hub = Hub(web.top / "hub.git", f"{web.url}/hub.git")
    here.repository.remote_add("stranger", hub.url)
    with pytest.raises(Unreachable, match="certificate"):
        here.repository.sync(["stranger"])
    monkeypatch.setenv("GIT_SSL_CAINFO", str(web.top / "cert"))
    here.repository.remote_add("shut", f"{web.url}/shut/hub.git")
    with pytest.raises(Unreachable, match="let you in"):
        here.repository.sync(["shut"])
    here.repository.remote_remove("stranger")
    here.repository.remote_remove("shut")
    check_meeting(hub, *pair)


@NO_DAEMON
def test_a_git_daemon(daemon: Daemon, pair: tuple[Tree, Tree], request: pytest.FixtureRequest) -> None:
    """Two meet at one that takes pushes; from another one is only pulled, and it is named."""
    here, there = pair
    writable = "receive-pack" in request.node.name
    hub = Hub(daemon.top / f"{writable}.git", f"{daemon.url}/{writable}.git")
    if writable:
        check_meeting(hub, here, there)
        return
    there.repository.remote_add("hub", str(hub.path))
    there.move("photos", "pictures")
    synced(there)
    here.repository.remote_add("hub", hub.url)
    (met,) = here.repository.sync(["hub"]).remotes
    assert isinstance(met.error, Unreachable)
    assert "write" in str(met.error)
    assert os.path.exists(here.path("pictures/2025/a.jpg"))
    with pytest.raises(Missing, match="no Git repository"):
        Repository.clone(f"{daemon.url}/nowhere.git", f"{here.top}-nowhere")
    assert not os.path.exists(f"{here.top}-nowhere")


@NO_SSHD
def test_git_shell_over_ssh(sshd: Sshd, pair: tuple[Tree, Tree], tmp_path: Path) -> None:
    """The user's ssh, with a key that may do nothing but Git."""
    path = tmp_path / "it's a hub.git"
    check_meeting(Hub(path, sshd.url(path)), *pair)


@NO_SSHD
def test_what_people_meet_over_ssh(sshd: Sshd, pair: tuple[Tree, Tree], tmp_path: Path) -> None:
    """Each with what can be done."""
    here, _ = pair
    here.repository.remote_add("wrong", sshd.url(tmp_path / "nowhere.git"))
    with pytest.raises(Missing, match="no Git repository") as met:
        here.repository.sync(["wrong"])
    assert "git init --bare" in met.value.hint
    hub = Hub(tmp_path / "hub.git", sshd.url(tmp_path / "hub.git"))
    hub.met(here)
    for name, says, hint in ("known", "host of", "compare"), ("key", "let you in", "ls-remote"):
        (sshd.directory / name).rename(sshd.directory / "aside")
        try:
            with pytest.raises(Unreachable, match=says) as lost:
                here.repository.sync(["hub"])
            assert hint in lost.value.hint
        finally:
            (sshd.directory / "aside").rename(sshd.directory / name)
    assert synced(here, "hub").steps == []


def test_nobody_answers(pair: tuple[Tree, Tree]) -> None:
    """It is said in Git's words."""
    here, _ = pair
    here.repository.remote_add("hub", f"git://127.0.0.1:{free_port()}/x")
    with pytest.raises(Unreachable, match=r"could not reach.*fatal") as met:
        here.repository.sync(["hub"])
    assert "git ls-remote" in met.value.hint


def test_no_hook_and_nothing_of_the_person_around(
    pair: tuple[Tree, Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither hooks of the hub, nor of the person, nor a Git around this program change what is done."""
    here, there = pair
    hub = Hub(tmp_path / "hub.git")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in (hooks / "pre-push", hooks / "reference-transaction", hub.path / "hooks" / "pre-receive"):
        name.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        name.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[core]\nhooksPath={hooks}\n[push]\nfollowTags=true\n[fetch]\nprune=true\n[tag]\ngpgSign=true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    hub.met(here, there)
    there.move("photos", "pictures")
    synced(there, "hub")
    synced(here, "hub")
    monkeypatch.undo()
    check_equal(here, there)
    assert not (tmp_path / "ran").exists()


def test_only_transports_that_git_speaks_itself(tmp_path: Path) -> None:
    """Whatever a person's configuration makes of a URL, no program is run for it."""
    hub = Hub(tmp_path / "hub.git")
    with pytest.raises(Unreachable, match="not allowed"):
        Server(Git(f"ext::touch {tmp_path}/ran"), str(hub.path)).references()
    assert not (tmp_path / "ran").exists()


def test_a_url_is_no_option(tmp_path: Path) -> None:
    """Even one that nobody checked."""
    hub = Hub(tmp_path / "hub.git")
    with pytest.raises((Missing, Unreachable)):
        Server(Git(f"--upload-pack=touch {tmp_path}/ran"), str(hub.path)).references()
    assert not (tmp_path / "ran").exists()


def test_only_what_lacks_goes_over(pair: tuple[Tree, Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both directions: a small change of a large history is a small pack."""
    here, there = pair
    for number in range(300):
        there.write(f"many/{number}", "")
    hub = Hub(tmp_path / "hub.git")
    hub.met(here, there)
    for tree in (there, here, there):
        synced(tree, "hub")
    monkeypatch.setenv("GIT_TRACE_PACKET", str(tmp_path / "trace"))
    before = hub.git("count-objects", "-v")
    there.move("notes.txt", "n")
    synced(there, "hub")
    synced(here, "hub")
    check_equal(here, there)
    after = hub.git("count-objects", "-v")
    assert _objects(after) - _objects(before) < 15
    assert "have " in (tmp_path / "trace").read_text()


def _objects(said: str) -> int:
    counts = dict(line.split(": ") for line in said.splitlines())
    return int(counts["count"]) + int(counts["in-pack"])


def test_references_that_are_not_ours_are_passed_over(tmp_path: Path) -> None:
    """A server may hold what it likes."""
    hub = Hub(tmp_path / "hub.git")
    blob = hub.git("hash-object", "-w", "--stdin", data=b"x")
    for name in ("refs/tags/x", f"{HEADS}x", HEADS + "5" * 32):
        hub.git("update-ref", name, blob)
    assert Server(Git(str(hub.path)), str(hub.path)).references() == {HEADS + "5" * 32: blob}


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("remote: error: 403 Forbidden", Unreachable, "let you in"),
        ("error: insufficient permission for adding an object", Unreachable, "let you write"),
        ("remote: fatal: No space left on device", Unreachable, "no room"),
        ("fatal: detected dubious ownership in repository at '/x'", Unreachable, "somebody else"),
        ("error: cannot run ssh: No such file or directory", Unreachable, "could not reach"),
        ("", Unreachable, "without a word"),
    ],
)
def test_what_git_says_is_put_in_words(line: str, kind: type[Exception], message: str, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Of what a server says that cannot be made to happen here."""
    program = tmp_path / "git"
    program.write_text(
        f"#!/bin/sh\necho {line!r} >&2\necho 'hint: more' >&2\nexit 128\n" if line else "#!/bin/sh\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(kind, match=message):
        Server(Git("git@desk:x", "desk"), str(tmp_path)).references()
