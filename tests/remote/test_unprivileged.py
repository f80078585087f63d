"""A server, its keys and a repository of a user without rights, over a real sshd."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.flows.work import FILES
from tests.remote.sshd import SSHD, Other, Sshd, other, start
from tests.trees import Picture, Tree, check_snapshot, draw, real

pytestmark = [pytest.mark.root, pytest.mark.skipif(SSHD is None, reason="there is no sshd")]
_PROGRAM = "from annexish.cli.main import main; main()"


class Far(NamedTuple):
    """The other machine, where somebody else has a directory."""

    user: Other
    sshd: Sshd
    top: Path

    def annexish(self, *words: str) -> str:
        """What a command says there, which did what it should."""
        command = self.user.words(*self.user.program, "-C", str(self.top), *words)
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def own(self) -> None:
        """Give the user all that is in the directory."""
        for directory, below, files in os.walk(self.top):
            for name in (".", *below, *files):
                os.chown(os.path.join(directory, name), self.user.id, self.user.id, follow_symlinks=False)

    def draw(self, picture: Picture) -> None:
        """Make files of the user."""
        draw(self.top, picture)
        self.own()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Other, Sshd]]:
    """One server for all tests."""
    user = other()
    with tempfile.TemporaryDirectory(prefix="annexish-") as directory:
        sshd, server = start(Path(directory), user)
        yield user, sshd
        server.terminate()
        server.wait()


@pytest.fixture
def far(served: tuple[Other, Sshd], monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """A repository of that user."""
    user, sshd = served
    monkeypatch.setenv("ANNEXISH_SSH", sshd.rsh)
    with tempfile.TemporaryDirectory(prefix="annexish-") as directory:
        made = Far(user, sshd, Path(directory) / "there")
        os.chmod(directory, 0o755)
        made.draw(FILES)
        made.annexish("-q", "init")
        made.annexish("-q", "config", "set", "media.tags", "off")
        made.annexish("-q", "commit", "-m", "all")
        yield made


def _run(*words: str) -> tuple[int, str]:
    """How a command ends here, and what it says."""
    command = [sys.executable, "-c", _PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def _cloned(far: Far, tmp_path: Path) -> Tree:
    here = str(tmp_path / "here")
    assert _run("-q", "clone", "--remote-command", far.sshd.program, far.sshd.url(far.top), here) == (0, "")
    return Tree.opened(here)


def _check_equal(far: Far, here: Tree) -> None:
    check_snapshot(here)
    assert real(here.top) == real(str(far.top))
    assert far.annexish("status") == "nothing changed\n"
    far.annexish("-q", "verify")


def test_both_sides_change(far: Far, tmp_path: Path) -> None:
    """All comes to the other side; nothing there belongs to anyone else."""
    here = _cloned(far, tmp_path)
    _check_equal(far, here)
    far.draw({"from there": {"file": "there"}})
    here.write("from here/file", "here")
    here.move("photos", "pictures")
    assert _run("-C", here.top, "-q", "sync") == (0, "")
    _check_equal(far, here)
    owners = {os.lstat(os.path.join(top, name)).st_uid for top, _, names in os.walk(far.top) for name in names}
    assert owners == {far.user.id}


def test_a_file_that_may_not_be_read(far: Far, tmp_path: Path) -> None:
    """It is named, and the rest comes; when it may be read again, it comes too."""
    here = _cloned(far, tmp_path)
    far.draw({"secret": "secret", "open": "open"})
    (far.top / "secret").chmod(0)
    code, said = _run("-C", here.top, "sync")
    assert code == 3
    assert "secret" in said
    assert here.read("open") == b"open"
    assert not os.path.exists(here.path("secret"))
    (far.top / "secret").chmod(0o644)
    assert _run("-C", here.top, "-q", "sync") == (0, "")
    _check_equal(far, here)


def test_a_recorded_file_that_may_not_be_read_any_more(far: Far, tmp_path: Path) -> None:
    """A clone names it and brings the rest; the same words finish it later."""
    far.annexish("-q", "config", "set", "keep.mode", "off")
    far.draw({"secret": "secret"})
    far.annexish("-q", "commit", "-m", "secret")
    (far.top / "secret").chmod(0)
    words = ("-q", "clone", "--remote-command", far.sshd.program, far.sshd.url(far.top), str(tmp_path / "here"))
    code, said = _run(*words)
    assert code == 3
    assert "secret" in said
    assert (tmp_path / "here" / "notes.txt").read_text() == FILES["notes.txt"]
    (far.top / "secret").chmod(0o644)
    assert _run(*words) == (0, "")
    _check_equal(far, Tree.opened(str(tmp_path / "here")))


def test_a_directory_that_cannot_be_written(far: Far, tmp_path: Path) -> None:
    """What should go there is named, and the rest goes; when it can be written again, that goes too."""
    here = _cloned(far, tmp_path)
    os.chown(far.top / "music", 0, 0)
    here.write("music/new", "new")
    here.write("photos/new", "new")
    code, said = _run("-C", here.top, "sync")
    assert code == 3
    assert "music/new" in said
    assert (far.top / "photos/new").read_text() == "new"
    assert not (far.top / "music/new").exists()
    os.chown(far.top / "music", far.user.id, far.user.id)
    assert _run("-C", here.top, "-q", "sync") == (0, "")
    _check_equal(far, here)


def test_a_repository_that_cannot_be_written(far: Far, tmp_path: Path) -> None:
    """It is said, and nothing changes there."""
    here = _cloned(far, tmp_path)
    before = real(str(far.top))
    for directory, _, _ in os.walk(far.top):
        os.chown(directory, 0, 0)
    here.write("new", "new")
    code, said = _run("-C", here.top, "sync")
    assert code != 0
    assert said
    assert real(str(far.top)) == before
    far.own()
    assert _run("-C", here.top, "-q", "sync") == (0, "")
    _check_equal(far, here)


def test_a_repository_that_may_not_be_entered(far: Far, tmp_path: Path) -> None:
    """It is said, and nothing is left here."""
    os.chown(far.top, 0, 0)
    far.top.chmod(0o700)
    goal = tmp_path / "here"
    code, said = _run("clone", "--remote-command", far.sshd.program, far.sshd.url(far.top), str(goal))
    assert code == 1
    assert str(far.top) in said
    assert not goal.exists()
