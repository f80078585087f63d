"""ptrace(2) and seccomp(2) by ctypes: no compiler and no package is needed. Linux on x86-64."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from typing import NamedTuple

TRACEME, CONT, SYSCALL, POKEUSER, SETOPTIONS, GETSYSCALLINFO = 0, 7, 24, 6, 0x4200, 0x420E
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
"""Mark stops at calls; follow fork, vfork, clone, exec; stop where the filter says; end with the tracer."""
EVENT_SECCOMP = 7
WAIT_ALL = 0x40000000

_OP_EXIT, _OP_SECCOMP = 2, 3
_ORIG_RAX, _RAX = 15 * 8, 10 * 8
_X86_64 = 0xC000003E
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


class Traced(NamedTuple):
    """A system call to stop at: its number, and for some arguments a mask of which each must have a bit."""

    number: int
    masks: tuple[tuple[int, int], ...] = ()


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def supported() -> bool:
    """Whether this is a system whose calls are known here."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def ptrace(request: int, process: int, address: int = 0, data: int = 0) -> None:
    """Ask for one thing; raise OSError, ProcessLookupError if the process has been killed meanwhile."""
    if _libc.ptrace(request, process, address, data) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def stopped_before(process: int) -> tuple[int, tuple[int, ...]]:
    """Return number and arguments of the call that a process is about to make."""
    info = _info(process)
    assert info[0] == _OP_SECCOMP, "the process stands where the filter stopped it"
    number, *arguments = struct.unpack_from("7Q", info, 24)
    return number, tuple(arguments)


def stopped_after(process: int) -> int:
    """Return what the call gave that a process has just made; -errno if it failed."""
    info = _info(process)
    assert info[0] == _OP_EXIT, "the process stands at the end of a call"
    return int(struct.unpack_from("q", info, 24)[0])


def fail(process: int, code: int) -> None:
    """Let a process that stands before a call skip it, and see an error."""
    ptrace(POKEUSER, process, _ORIG_RAX, (1 << 64) - 1)
    ptrace(POKEUSER, process, _RAX, (1 << 64) - code)


def memory(process: int, address: int, length: int) -> bytes:
    """Return bytes of a stopped process, fewer where its memory ends."""
    descriptor = os.open(f"/proc/{process}/mem", os.O_RDONLY)
    try:
        return os.pread(descriptor, length, address)
    finally:
        os.close(descriptor)


def install(calls: Iterable[Traced]) -> None:
    """Let this process, and those forked from it, stop for their tracer before each of these calls."""
    code = b"".join(_filter(calls))
    program = _Program(len(code) // 8, code)
    for words in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(program))):
        if _libc.prctl(*words):
            raise OSError(ctypes.get_errno(), "no seccomp filter")


def _info(process: int) -> bytes:
    buffer = ctypes.create_string_buffer(88)
    ptrace(GETSYSCALLINFO, process, len(buffer), ctypes.addressof(buffer))
    return buffer.raw


def _filter(calls: Iterable[Traced]) -> Iterable[bytes]:
    """Yield the instructions of classic BPF, eight bytes each."""
    yield _step(_LOAD, 4)
    yield _step(_EQUAL, _X86_64, 1, 0)
    yield _step(_RETURN, _ALLOW)
    yield _step(_LOAD, 0)
    for call in calls:
        yield _step(_EQUAL, call.number, 0, 3 * len(call.masks) + 1)
        for argument, mask in call.masks:
            yield _step(_LOAD, 16 + 8 * argument)
            yield _step(_ANY_BIT, mask, 1, 0)
            yield _step(_RETURN, _ALLOW)
        yield _step(_RETURN, _TRACE)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
