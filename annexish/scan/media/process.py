"""One worker process, as the reader sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from annexish.scan.media.protocol import MESSAGE, READY, Limits, OpenFile, pack_limits, pack_request

START = 60.0
"""Seconds that a process may take until it is ready: it loads libraries, perhaps from a cold disk."""

_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from annexish.scan.media.worker import main; main()"


class Ended(Exception):
    """The process is of no more use; the text says what the file that it was reading did to it."""


class NotStarted(Exception):
    """The process ended, or fell silent, before it was ready for any file."""


class Process:
    """A process that answers for one file after the other, in the order in which they were sent."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._ready = False
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._child = _spawn(theirs)
        except OSError as error:
            self._socket.close()
            raise NotStarted(str(error)) from error
        with suppress(OSError):  # a process that is gone already is found when its readiness is awaited
            self._socket.send(pack_limits(limits))

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._child.pid

    def send(self, file: OpenFile) -> None:
        """Hand over a file; raise OSError if nobody listens any more."""
        socket.send_fds(self._socket, [pack_request(file)], [file.fd])

    def answer(self) -> bytes:
        """Wait for the answer to the oldest file that was sent.

        Raise NotStarted if the process cannot run here, and Ended if that file was too much for it.
        """
        self._await_ready()
        try:
            message = self._receive(self._limits.seconds)
        except TimeoutError:
            raise Ended(f"took longer than {self._limits.seconds:g} s to read") from None
        if not message:
            raise Ended(self._cause())
        return message

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._socket.close()
        self._child.kill()
        self._child.wait()

    def _await_ready(self) -> None:
        if self._ready:
            return
        try:
            message = self._receive(START)
        except TimeoutError:
            raise NotStarted("not ready in time") from None
        if message != READY:
            raise NotStarted(self._cause())
        self._ready = True

    def _receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(MESSAGE)
        except ConnectionResetError:
            # It ended with requests unread. That is said once, before the answers it had still sent.
            return self._socket.recv(MESSAGE)

    def _cause(self) -> str:
        try:
            status = self._child.wait(1.0)
        except subprocess.TimeoutExpired:
            return "made the process that read it fall silent"
        if status == -signal.SIGXCPU:
            return f"took more than {self._limits.processor} s of processor time to read"
        if status < 0:
            return f"the process that read it was ended by {signal.Signals(-status).name}"
        return f"the process that read it ended with status {status}"


def _spawn(channel: socket.socket) -> subprocess.Popen[bytes]:
    # The path is given in words, because an isolated interpreter finds only what is installed for all.
    # The locale and the time zone are set so that no library words its answers after the user's.
    environment = {name: value for name, value in os.environ.items() if name != "TINYTAG_DEBUG"}
    environment.update(LC_ALL="C.UTF-8", TZ="UTC", MALLOC_ARENA_MAX="1")
    path = [os.path.abspath(place) for place in sys.path if place]
    return subprocess.Popen(
        [sys.executable, "-I", "-W", "ignore", "-c", _BOOT, *path],
        stdin=channel.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
