"""Which system calls change files, and which of their arguments name the files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from tests.faults import kernel
from tests.faults.kernel import Traced

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_SHARED, _WRITABLE = 1, 2
_CHANGES_FILE = 0x40000000
"""In the number of an ioctl: the caller gives something, as FICLONE and FS_IOC_SETFLAGS do."""
_AT_CWD = (1 << 32) - 100
_LONGEST = 4096


class Where(NamedTuple):
    """The arguments that name one file: a descriptor, a path, or a path below a descriptor."""

    descriptor: int = -1
    path: int = -1


class Kind(NamedTuple):
    """A system call: its name, its files, where the bytes are that it writes (address, length, offset)."""

    name: str
    files: tuple[Where, ...]
    masks: tuple[tuple[int, int], ...] = ()
    data: tuple[int, ...] = ()


class Call(NamedTuple):
    """A call that a process is about to make: the files it concerns, its arguments."""

    process: int
    kind: Kind
    arguments: tuple[int, ...]
    files: tuple[bytes, ...]


_FD = (Where(0),)
_PATH = (Where(-1, 0),)
_PATHS = (Where(-1, 0), Where(-1, 1))
_AT = (Where(0, 1),)
_ATS = (Where(0, 1), Where(2, 3))

KINDS = {
    1: Kind("write", _FD, data=(1, 2)),
    2: Kind("open", _PATH, ((1, _WRITING),)),
    9: Kind("mmap", (Where(4),), ((2, _WRITABLE), (3, _SHARED))),
    16: Kind("ioctl", _FD, ((1, _CHANGES_FILE),)),
    18: Kind("pwrite64", _FD, data=(1, 2, 3)),
    20: Kind("writev", _FD),
    40: Kind("sendfile", _FD),
    74: Kind("fsync", _FD),
    75: Kind("fdatasync", _FD),
    76: Kind("truncate", _PATH),
    77: Kind("ftruncate", _FD),
    82: Kind("rename", _PATHS),
    83: Kind("mkdir", _PATH),
    84: Kind("rmdir", _PATH),
    85: Kind("creat", _PATH),
    86: Kind("link", _PATHS),
    87: Kind("unlink", _PATH),
    88: Kind("symlink", (Where(-1, 1),)),
    90: Kind("chmod", _PATH),
    91: Kind("fchmod", _FD),
    92: Kind("chown", _PATH),
    93: Kind("fchown", _FD),
    94: Kind("lchown", _PATH),
    132: Kind("utime", _PATH),
    133: Kind("mknod", _PATH),
    162: Kind("sync", ()),
    188: Kind("setxattr", _PATH),
    189: Kind("lsetxattr", _PATH),
    190: Kind("fsetxattr", _FD),
    197: Kind("removexattr", _PATH),
    198: Kind("lremovexattr", _PATH),
    199: Kind("fremovexattr", _FD),
    235: Kind("utimes", _PATH),
    257: Kind("openat", _AT, ((2, _WRITING),)),
    258: Kind("mkdirat", _AT),
    259: Kind("mknodat", _AT),
    260: Kind("fchownat", _AT),
    261: Kind("futimesat", _AT),
    263: Kind("unlinkat", _AT),
    264: Kind("renameat", _ATS),
    265: Kind("linkat", _ATS),
    266: Kind("symlinkat", (Where(1, 2),)),
    268: Kind("fchmodat", _AT),
    280: Kind("utimensat", _AT),
    285: Kind("fallocate", _FD),
    296: Kind("pwritev", _FD),
    306: Kind("syncfs", _FD),
    316: Kind("renameat2", _ATS),
    326: Kind("copy_file_range", (Where(2),)),
    328: Kind("pwritev2", _FD),
    437: Kind("openat2", _AT),
    452: Kind("fchmodat2", _AT),
    463: Kind("setxattrat", _AT),
    466: Kind("removexattrat", _AT),
}
OPENS = ("open", "creat", "openat", "openat2")


def mutating() -> list[Traced]:
    """Every call that changes a file, makes a change durable, or opens a file to change it."""
    return [Traced(number, kind.masks) for number, kind in KINDS.items()]


def opening() -> list[Traced]:
    """Every call that opens a file, to read it too."""
    return [Traced(number) for number, kind in KINDS.items() if kind.name in OPENS]


def below(call: Call, top: bytes) -> bool:
    """Whether a call concerns a directory or what is in it."""
    return call.kind.name == "sync" or any(file == top or file.startswith(top + b"/") for file in call.files)


def next_call(process: int) -> Call:
    """Return the call before which the filter stopped a process."""
    number, arguments = kernel.stopped_before(process)
    kind = KINDS[number]
    return Call(process, kind, arguments, tuple(_files(process, kind, arguments)))


def _files(process: int, kind: Kind, arguments: tuple[int, ...]) -> Iterator[bytes]:
    for where in kind.files:
        path = _string(process, arguments[where.path]) if where.path >= 0 else b""
        if where.descriptor < 0 or arguments[where.descriptor] & 0xFFFFFFFF == _AT_CWD:
            yield _resolved(process, path, "cwd")
        else:
            yield _resolved(process, path, f"fd/{arguments[where.descriptor] & 0xFFFFFFFF}")


def _resolved(process: int, path: bytes, start: str) -> bytes:
    """Return where a path of a process leads, which may be one that names an open file."""
    for prefix in (b"/proc/self/", b"/proc/thread-self/"):
        if path.startswith(prefix + b"fd/"):
            number, _, rest = path.removeprefix(prefix + b"fd/").partition(b"/")
            return os.path.normpath(os.path.join(_link(process, f"fd/{number.decode()}"), rest))
    if path.startswith(b"/"):
        return os.path.normpath(path)
    return os.path.normpath(os.path.join(_link(process, start), path)) if path else _link(process, start)


def _link(process: int, name: str) -> bytes:
    try:
        return os.readlink(os.fsencode(f"/proc/{process}/{name}"))
    except FileNotFoundError:
        return b""


def _string(process: int, address: int) -> bytes:
    if not address:
        return b""
    return kernel.memory(process, address, _LONGEST).partition(b"\0")[0]
