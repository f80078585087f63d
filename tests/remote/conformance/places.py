"""The implementations of the port, each as what the suite must know of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from annexish import Repository
from annexish.flows.place.place import Place
from annexish.flows.remotes.far import Far
from annexish.model.ids import Digest
from annexish.remote.memory import Memory
from annexish.remote.port import Remote
from tests.remote.served import served


class Implementation(NamedTuple):
    """How one makes an empty remote in a directory, gives one contents that it then holds, and lets one of them rot.

    Of what is only `kept`, nobody takes rot for an edit.
    """

    make: Callable[[Path], Remote]
    hold: Callable[[Path, Remote, bytes], None]
    spoil: Callable[[Path, Remote, Digest], None]
    rot: Callable[[Path, Remote, Digest], None]


def digest(data: bytes) -> Digest:
    """What a content is called."""
    return Digest(blake3(data).digest())


def _hold_in_memory(_: Path, remote: Remote, data: bytes) -> None:
    assert isinstance(remote, Memory)
    remote.contents[digest(data)] = data


def _spoil_in_memory(_: Path, remote: Remote, name: Digest) -> None:
    assert isinstance(remote, Memory)
    remote.contents[name] = b"x" + remote.contents[name][1:]


def _directory(path: Path) -> Remote:
    tree = path / "tree"
    tree.mkdir()
    Repository.init(tree)
    return Far(Place(os.fsencode(tree)))


def _hold_in_directory(path: Path, _: Remote, data: bytes) -> None:
    tree = path / "tree"
    (tree / digest(data).hex()).write_bytes(data)
    Repository.find(tree).commit("more")


def _spoil_in_directory(path: Path, _: Remote, name: Digest) -> None:
    with (path / "tree" / name.hex()).open("r+b") as file:
        file.write(b"x")


def _rot_in_directory(path: Path, _: Remote, name: Digest) -> None:
    """Let only the keep have it, and other bytes of the same size and time."""
    tree = path / "tree"
    (tree / name.hex()).unlink()
    Repository.find(tree).commit("less", allow_mass_deletion=True)
    kept = tree / ".annexish" / "keep" / name.hex()[:2] / name.hex()[2:]
    times = kept.stat()
    kept.chmod(0o600)
    with kept.open("r+b") as file:
        file.write(b"x")
    os.utime(kept, ns=(times.st_atime_ns, times.st_mtime_ns))


def _wire(path: Path) -> Remote:
    """A directory, asked over the protocol as ssh would."""
    _directory(path)
    return served(path / "tree")


IMPLEMENTATIONS = {
    "memory": Implementation(lambda _: Memory("a" * 32), _hold_in_memory, _spoil_in_memory, _spoil_in_memory),
    "directory": Implementation(_directory, _hold_in_directory, _spoil_in_directory, _rot_in_directory),
    "wire": Implementation(_wire, _hold_in_directory, _spoil_in_directory, _rot_in_directory),
}
