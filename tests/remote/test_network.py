"""Two hosts with a network between them, which delays and loses packets where the kernel can do that."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annexish import Repository
from tests.faults.conftest import Record
from tests.flows.relatives import check_equal, check_idle, synced
from tests.flows.work import FILES
from tests.remote.sshd import SSHD, Sshd, start
from tests.trees import Tree

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(SSHD is None, reason="there is no sshd"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="there is no ip, of iproute2"),
]
NETEM = ("delay", "20ms", "5ms", "loss", "1%")
THERE, HERE = "10.213.7.1", "10.213.7.2"


class Network(NamedTuple):
    """The server of one host, what ssh is on the other one, and whether packets are delayed and lost between them."""

    sshd: Sshd
    rsh: str
    disturbed: bool

    def url(self, path: str) -> str:
        """The URL of a directory there."""
        return f"ssh://{THERE}:{self.sshd.port}{path}"


def _run(*command: str | Path) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _joined(one: str, other: str) -> bool:
    """Make two namespaces with a cable between them; return whether that is possible here."""
    for name, address, end in ((one, THERE, "annexish-1"), (other, HERE, "annexish-2")):
        if not _run("ip", "netns", "add", name):
            return False
        if name == one and not _run("ip", "-n", one, "link", "add", "annexish-1", "type", "veth", "peer", "annexish-2"):
            return False
        if name == other and not _run("ip", "-n", one, "link", "set", "annexish-2", "netns", other):
            return False
        _run("ip", "-n", name, "address", "add", f"{address}/24", "dev", end)
        _run("ip", "-n", name, "link", "set", end, "up")
    return True


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Both hosts; they are gone afterwards."""
    one, other = (f"annexish-{tmp_path.name[-8:]}-{number}" for number in (1, 2))
    servers: list[subprocess.Popen[bytes]] = []
    try:
        if not _joined(one, other):
            pytest.skip("no network namespaces can be made here")
        ends = ((one, "annexish-1"), (other, "annexish-2"))
        disturb = ("tc", "qdisc", "add", "dev")
        done = [_run("ip", "netns", "exec", name, *disturb, end, "root", "netem", *NETEM) for name, end in ends]
        directory = tmp_path / "sshd"
        directory.mkdir()
        made, server = start(directory)
        servers.append(server)
        for name in ("server", "known"):
            text = (directory / name).read_text()
            (directory / name).write_text(text.replace("127.0.0.1", THERE))
        command = ["ip", "netns", "exec", one, str(SSHD), "-D", "-e", "-f", str(directory / "server")]
        servers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        rsh = f"ip netns exec {other} {made.rsh}"
        _wait(rsh.split(), made.port)
        yield Network(made, rsh, all(done))
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        for name in (one, other):
            _run("ip", "netns", "delete", name)


def _wait(rsh: list[str], port: int) -> None:
    for _ in range(100):
        if _run(*rsh, "-o", "ConnectTimeout=1", "-p", str(port), THERE, "true"):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_hosts_become_equal(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    """In both directions, with small and large files, whatever the network does."""
    monkeypatch.setenv("ANNEXISH_SSH", network.rsh)
    there = Tree(tmp_path, FILES, name="there")
    there.commit()
    Repository.clone(network.url(there.top), tmp_path / "here", program=network.sshd.program)
    here = Tree.opened(str(tmp_path / "here"))
    for tree, name in ((there, "there"), (here, "here")):
        for number in range(300):
            tree.write(f"{name}/{number % 7}/{number}", f"{name} {number}")
        tree.write(f"large {name}", name * 500_000)
    synced(here)
    check_equal(here, there)
    check_idle(here)
    record_property("tried", (f"syncs between two hosts, packets {'lost' if network.disturbed else 'in peace'}", 1))
