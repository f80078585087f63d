"""Repositories on another machine, over a real sshd on the loopback."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from blake3 import blake3

from annexish import Repository
from annexish.errors import Missing, Refused, Unreachable, Usage
from annexish.flows.losses.release import Net
from annexish.flows.place.place import Place
from annexish.flows.sync.sync import Synced
from annexish.model.ids import Digest
from annexish.remote import ssh
from annexish.remote.url import Ssh, parse
from tests.conftest import MakeFilesystem
from tests.faults.images import flipped, wait
from tests.flows.relatives import but_times, check_equal, check_idle, check_still, furnished, steps, synced
from tests.flows.rotting import found, pretend
from tests.flows.two import copied
from tests.flows.work import FILES, WORK
from tests.remote.served import served
from tests.remote.sshd import SSHD, Sshd
from tests.rich import draw_everything
from tests.trees import Tree, fsck, inside, real

pytestmark = pytest.mark.skipif(SSHD is None, reason="there is no sshd")


def _clone(sshd: Sshd, there: Tree, tmp_path: Path, name: str = "here") -> Tree:
    top = str(tmp_path / name)
    _, done = Repository.clone(sshd.url(there.top), top, program=sshd.program)
    assert done.filled.problems == ()
    return Tree.opened(top)


def test_a_clone_is_as_good_as_its_source(sshd: Sshd, tmp_path: Path) -> None:
    """With everything that a file system holds."""
    there = Tree(tmp_path, {}, name="there")
    draw_everything(there.top)
    there.commit()
    here = _clone(sshd, there, tmp_path)
    assert but_times(furnished(here.top)) == but_times(furnished(there.top))
    check_still(here)


@pytest.mark.parametrize("work", WORK)
def test_what_one_side_changed(sshd: Sshd, there: Tree, tmp_path: Path, work: str) -> None:
    """The other side has it then; only bytes that are new go over."""
    here = _clone(sshd, there, tmp_path)
    do, size = WORK[work]
    do(there)
    assert synced(here).bytes_copied == size
    check_equal(here, there)
    do, size = WORK["add"]
    do(here)
    synced(here)
    check_equal(here, there)
    check_idle(here)


def test_an_edited_large_file_sends_what_differs(sshd: Sshd, tmp_path: Path) -> None:
    """In both directions."""
    data = os.urandom(8 << 20)
    there = Tree(tmp_path, {"large": data}, name="there")
    there.commit()
    here = _clone(sshd, there, tmp_path)
    for tree in (there, here):
        data = data[: 4 << 20] + os.urandom(1000) + data[4 << 20 :]
        tree.remove("large")
        tree.write("large", data)
        assert 1000 <= synced(here).bytes_copied < 1 << 20
        check_equal(here, there)


def test_a_dry_run_tells_what_is_done_then(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """On both sides."""
    here = _clone(sshd, there, tmp_path)
    there.move("photos", "pictures")
    here.write("new", "new")
    foreseen = here.repository.sync(dry_run=True)
    assert steps(foreseen) == steps(synced(here))
    check_equal(here, there)


def test_drop_asks_for_proof(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """The other side reads what it holds."""
    here = _clone(sshd, there, tmp_path)
    synced(here)
    here.repository.drop([inside("photos")])
    assert not os.path.exists(here.path("photos/2025/a.jpg"))
    here.repository.get([inside("photos")])
    check_equal(here, there)


@pytest.mark.parametrize(("options", "error"), [("", ""), ("--read-only", "cannot be written"), ("--append-only", "")])
def test_what_a_key_may(sshd: Sshd, there: Tree, tmp_path: Path, options: str, error: str) -> None:
    """Who may only add leaves the files there as they are; who may only read changes nothing."""
    here = _clone(sshd, there, tmp_path)
    words = f"{sshd.program} serve --restrict-to {tmp_path} {options}"
    sshd.allow(f'restrict,command="{words}"')
    before, head = real(there.top), there.repository.status().head
    here.remove("photos")
    here.write("new", "new")
    done: Synced = here.repository.sync(["origin"])
    assert error in str(done.remotes[0].error or "")
    if options == "--append-only":
        with Net(Place(os.fsencode(there.top))) as net:
            assert list(net.orphans(int(time.time()) + 90_000)) == []
            assert net.kept(Digest(blake3(b"new").digest())) is not None
    if options:
        assert (real(there.top), there.repository.status().head) == (before, head)
    else:
        check_equal(here, there)


@pytest.mark.parametrize("options", ["", "--read-only", "--append-only"])
def test_rot_there(sshd: Sshd, tmp_path: Path, options: str) -> None:
    """Every key finds it; it is healed from here by who may change files."""
    good = os.urandom(1 << 20)
    there = Tree(tmp_path, {"a": good, **FILES}, name="there")
    there.commit_calmly()
    here = _clone(sshd, there, tmp_path)
    pretend(there, "a", flipped(good, 500_000))
    wait()
    sshd.allow(f'restrict,command="{sshd.program} serve --restrict-to {tmp_path} {options}"')
    assert found(here.repository.verify(remote="origin")) == [("rot", "a", False)]
    assert found(here.repository.verify([inside("photos")], remote="origin")) == []
    if options:
        with pytest.raises(Refused):
            here.repository.verify(remote="origin", repair=True)
        assert there.read("a") != good
    else:
        assert found(here.repository.verify(remote="origin", repair=True)) == [("rot", "a", True)]
        assert there.read("a") == good
        check_equal(here, there)


def test_rot_here_is_healed_from_there(sshd: Sshd, tmp_path: Path) -> None:
    """A key that may only read is enough."""
    good = os.urandom(1 << 20)
    there = Tree(tmp_path, {"a": good}, name="there")
    there.commit()
    here = _clone(sshd, there, tmp_path)
    here.commit_calmly()
    pretend(here, "a", flipped(good, 500_000))
    wait()
    sshd.allow(f'restrict,command="{sshd.program} serve --restrict-to {tmp_path} --read-only"')
    assert found(here.repository.verify(repair=True)) == [("rot", "a", True)]
    assert here.read("a") == good


def test_who_only_reads_gives_a_copy_no_id(there: Tree, tmp_path: Path) -> None:
    """That would be written there."""
    copy = copied(there, "copy")
    before = Path(copy.path(".annexish/config.toml")).read_bytes()
    with served(copy.top, "--read-only") as remote:
        assert not remote.hello().takes
    assert Path(copy.path(".annexish/config.toml")).read_bytes() == before
    with served(copy.top) as remote:
        remote.hello()
    assert Path(copy.path(".annexish/config.toml")).read_bytes() != before


def test_no_path_leads_out_of_what_is_allowed(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """By dots or by links."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(there.top)
    sshd.allow(f'restrict,command="{sshd.program} serve --restrict-to {tmp_path}/inside"')
    for path in (there.top, f"{tmp_path}/inside/../there", f"{tmp_path}/inside/link"):
        with pytest.raises(Refused, match="may not use"):
            Repository.clone(sshd.url(path), str(tmp_path / "here"), program=sshd.program)
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("path", ["~/there", "/~/there"])
def test_a_path_from_the_home(there: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """As people write it; no shell reads it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with served(path) as remote:
        assert remote.hello().id == there.repository.id
    with served(path, "--restrict-to", str(tmp_path)) as remote:
        assert remote.hello().id == there.repository.id
    with pytest.raises(Missing), served(path, "--restrict-to", str(tmp_path / "there")) as remote:
        remote.hello()


def test_what_people_meet(sshd: Sshd, there: Tree, tmp_path: Path) -> None:
    """Each with what can be done."""
    goal = str(tmp_path / "here")
    with pytest.raises(Unreachable, match="cannot be started") as met:
        Repository.clone(sshd.url(there.top), goal, program="nobody-has-this")
    assert "--remote-command" in met.value.hint
    with pytest.raises(Unreachable, match="does not answer as annexish does"):
        Repository.clone(sshd.url(there.top), goal, program="echo hello; true")
    (sshd.directory / "known").rename(sshd.directory / "known.aside")
    try:
        with pytest.raises(Unreachable, match="could not connect"):
            Repository.clone(sshd.url(there.top), goal, program=sshd.program)
    finally:
        (sshd.directory / "known.aside").rename(sshd.directory / "known")
    assert not os.path.exists(goal)


def test_a_disk_that_fills_there(sshd: Sshd, filesystem: MakeFilesystem, tmp_path: Path) -> None:
    """It is said where to make room; then the same command goes on, and sends nothing again."""
    disk = filesystem("tmpfs", mib=8)
    there = Tree(disk, {"a": "a"}, name="there")
    there.commit()
    here = _clone(sshd, there, tmp_path)
    # each takes a block of 4 KiB there
    for number in range(3000):
        here.write(f"d{number % 30}/{number}", f"{number} " * 9)
    size = sum(len(f"{number} " * 9) for number in range(3000))
    with pytest.raises(Unreachable, match=r"on the other side: .*No space left") as met:
        here.repository.sync(["origin"])
    assert "make room there" in met.value.hint
    for tree in (here, there):
        tree.status()
        fsck(tree)
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    assert 0 < synced(here).bytes_copied < size * 3 // 4
    check_equal(here, there)


def test_no_shell_reads_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes over the connection; a host is never an option."""
    monkeypatch.delenv("ANNEXISH_SSH", raising=False)
    where = parse("ssh://ada@desk:2222/a b/$(touch x)/'q'")
    assert isinstance(where, Ssh)
    words = ssh.words(where, ssh.Settings())
    assert words[-7:] == ["-p", "2222", "-l", "ada", "--", "desk", "annexish serve"]
    assert not any("touch" in word for word in words)
    with pytest.raises(Usage):
        parse("ssh://-oProxyCommand=x/path")
