"""Runs one command and writes what it took: `python -I -S child.py RESULT PROGRAM ARGUMENT...`.

A process of its own, because a child's peak memory never reads below that of the process it was forked from.
Figures are those of the command and all its descendants; the peak is that of the largest of them.
Bytes read are counted as the system counts `read` calls, from wherever the bytes came.
"""

import os
import sys
import time


def main(result: str, command: list[str]) -> int:
    """Run, wait, write `exit code, wall s, CPU s, peak KiB, bytes read`."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.execvp(command[0], command)  # noqa: S606 -- nothing here is for a shell
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    wall = time.monotonic() - start
    read = bytes_read(pid)
    _, status, used = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with open(result, "w", encoding="ascii") as file:
        file.write(f"{code} {wall:.6f} {used.ru_utime + used.ru_stime:.6f} {used.ru_maxrss} {read}")
    return 0


def bytes_read(pid: int) -> int:
    """Bytes read by a process that has ended but is not forgotten yet, and by its children."""
    with open(f"/proc/{pid}/io", encoding="ascii") as file:
        return int(file.readline().removeprefix("rchar:"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
