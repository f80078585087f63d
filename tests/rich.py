"""A tree with everything that a file system can hold, and a walker that sees all of it on its own."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

MIB = 1 << 20


def draw_everything(top: str) -> None:
    """Fill a directory; owners and devices need root."""
    here = os.fsencode(top)
    _files(here)
    _metadata(here)
    _links(here)
    _holes(here)
    _long(here)
    os.mkdir(here + b"/empty")
    os.mkdir(here + b"/empty/inside")
    times = [(b"empty/inside", 5), (b"empty", -7_000_000_001), (b"names", 1_600_000_000_000_000_001), (b"linked", 3)]
    for name, time in times:
        os.utime(os.path.join(here, name), ns=(0, time))
    os.chmod(here, 0o751)
    os.utime(here, ns=(0, 1_234_567_890_123_456_789))


def _files(here: bytes) -> None:
    os.mkdir(here + b"/names")
    for name in (b"plain", b"\xff\xfe not text", b"new\nline", b"n" * 255, b"-rf", b" ", "é".encode(), b"*"):
        _write(os.path.join(here, b"names", name), b"content of " + name)
    _write(here + b"/nothing", b"")
    _write(here + b"/large", os.urandom(3 * MIB + 17))
    _write(here + b"/twin", b"content of plain")


def _metadata(here: bytes) -> None:
    for at, mode in enumerate((0o000, 0o400, 0o644, 0o777, 0o4755, 0o2755, 0o6711, 0o1644)):
        path = here + b"/mode-%d" % at
        _write(path, b"mode %o" % mode)
        os.chown(path, at % 3 * 1234, at % 2 * 4321)
        os.chmod(path, mode)
        os.utime(path, ns=(0, 1_700_000_000_000_000_000 + at))
    for name, mode in ((b"sticky", 0o1777), (b"group", 0o2775), (b"closed", 0o000)):
        os.mkdir(os.path.join(here, name))
        _write(os.path.join(here, name, b"x"), b"in " + name)
        os.chown(os.path.join(here, name), 77, 88)
        os.chmod(os.path.join(here, name), mode)
    for path in (here + b"/mode-1", here + b"/sticky", here + b"/large"):
        _attribute(path, b"user.one", b"\0\xff")
        _attribute(path, b"trusted.two", b"2" * 300)
    _attribute(here + b"/mode-2", b"security.capability", bytes.fromhex("0000000200040000000000000000000000000000"))
    if shutil.which("setfacl"):
        subprocess.run(["setfacl", "-m", "u:1234:rw,g:77:r", here + b"/mode-2"], check=True)
        subprocess.run(["setfacl", "-m", "d:u:1234:rwx,u:99:rx", here + b"/group"], check=True)


def _links(here: bytes) -> None:
    os.mkdir(here + b"/linked")
    _write(here + b"/linked/first", b"three names")
    os.link(here + b"/linked/first", here + b"/linked/second")
    os.link(here + b"/linked/first", here + b"/names/third")
    _write(here + b"/linked/void", b"")
    os.link(here + b"/linked/void", here + b"/void")
    for name, target in ((b"up", b"../x"), (b"nowhere", b"\xff" * 200), (b"absolute", b"/etc"), (b"dir", b"names")):
        os.symlink(target, os.path.join(here, name))
        os.chown(os.path.join(here, name), 5, 6, follow_symlinks=False)
        os.utime(os.path.join(here, name), ns=(0, 1_111_111_111_222_222_222), follow_symlinks=False)
    _attribute(here + b"/dir", b"trusted.of-a-link", b"1")
    os.mkfifo(here + b"/pipe", 0o640)
    os.utime(here + b"/pipe", ns=(0, 99))
    os.mknod(here + b"/null", stat.S_IFCHR | 0o606, os.makedev(1, 3))
    os.mknod(here + b"/loop", stat.S_IFBLK | 0o600, os.makedev(7, 99))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fsdecode(here + b"/socket"))


def _holes(here: bytes) -> None:
    with open(here + b"/holes", "wb") as file:
        file.write(b"begin")
        file.seek(5 * MIB)
        file.write(b"x" * 5000)
        file.truncate(9 * MIB)
    with open(here + b"/hole", "wb") as file:
        file.truncate(2 * MIB + 3)
    with open(here + b"/small-hole", "wb") as file:
        file.seek(128 << 10)
        file.write(b"end")


def _long(here: bytes) -> None:
    """A path of more than 4 KiB."""
    at = os.open(here, os.O_RDONLY | os.O_DIRECTORY)
    for level in range(18):
        name = b"%02d" % level + b"d" * 253
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    file = os.open("deep", os.O_WRONLY | os.O_CREAT, dir_fd=at)
    os.write(file, b"down here")
    os.close(file)
    os.close(at)


def _write(path: bytes, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _attribute(path: bytes, name: bytes, value: bytes) -> None:
    try:
        os.setxattr(path, name, value, follow_symlinks=False)
    except OSError as error:
        # tmpfs knows `user` only since Linux 6.6, and security.capability is for files that it likes
        if error.errno not in (errno.ENOTSUP, errno.EINVAL):
            raise


class Found(NamedTuple):
    """What there is to say of one name."""

    mode: int
    owner: tuple[int, int]
    mtime: int
    size: int
    device: int
    content: bytes
    extents: tuple[tuple[int, int], ...]
    attributes: tuple[tuple[str, bytes], ...]
    joined: frozenset[bytes]


def everything(top: str | Path) -> dict[bytes, Found]:
    """Walk a directory and return all of it by path, `.annexish` at its top left out.

    xfs shows ACLs as attributes of another name too, which are left out.
    """
    start = os.fsencode(top)
    found: dict[bytes, Found] = {b"": _found(start, -1, start)}
    names: dict[int, set[bytes]] = defaultdict(set)
    inodes: dict[bytes, int] = {}
    for at, directories, files, descriptor in os.fwalk(start):
        path = at[len(start) + 1 :]
        if not path:
            directories[:] = [each for each in directories if each != b".annexish"]
        for name in directories + files:
            full = path + b"/" + name if path else name
            found[full] = _found(name, descriptor, b"/proc/self/fd/%d/%s" % (descriptor, name))
            record = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if not stat.S_ISDIR(record.st_mode):
                names[record.st_ino].add(full)
                inodes[full] = record.st_ino
    return {path: one._replace(joined=frozenset(names[inodes[path]]) if path in inodes else frozenset())
            for path, one in found.items()}  # fmt: skip


def _found(name: bytes, directory: int, path: bytes) -> Found:
    at = directory if directory >= 0 else None
    record = os.stat(name, dir_fd=at, follow_symlinks=False)
    content = b""
    extents: tuple[tuple[int, int], ...] = ()
    if stat.S_ISLNK(record.st_mode):
        content = os.readlink(name, dir_fd=at)
    elif stat.S_ISREG(record.st_mode):
        content, extents = _content(name, at)
    size = 0 if stat.S_ISDIR(record.st_mode) else record.st_size
    attributes = [(key, os.getxattr(path, key, follow_symlinks=False))
                  for key in os.listxattr(path, follow_symlinks=False)
                  if not key.startswith("trusted.SGI_ACL_")]  # fmt: skip
    owner = (record.st_uid, record.st_gid)
    return Found(
        record.st_mode, owner, record.st_mtime_ns, size, record.st_rdev, content, extents, tuple(sorted(attributes)),
        frozenset(),
    )  # fmt: skip


def _content(name: bytes, at: int | None) -> tuple[bytes, tuple[tuple[int, int], ...]]:
    """A hash of the bytes, and from where to where there are any."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at)
    with open(descriptor, "rb") as file:
        os.fsync(descriptor)
        digest = sha256(file.read()).digest()
        extents: list[tuple[int, int]] = []
        end = 0
        while True:
            try:
                start = os.lseek(descriptor, end, os.SEEK_DATA)
            except OSError:
                return digest, tuple(extents)
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            extents.append((start, end))
