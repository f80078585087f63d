"""Stands between ssh and its server, and lets each byte come later: `python -S -E delay.py HOST PORT MS [REPORT]`.

It is a ProxyCommand: it connects, and what passes in either direction waits MS milliseconds, so that a question and
its answer take twice as long. No byte waits for another one: as much as comes in passes on. What waits is held, at
most 64 MiB in each direction. At the end, or when ssh hangs up, a line with the bytes of both directions together goes
to REPORT, which is locked until then: whoever has the lock alone reads all that was counted.
"""

import fcntl
import os
import select
import signal
import socket
import sys
import time
from collections import deque

READ = 256 << 10
AHEAD = 64 << 20


class Way:
    """One direction: chunks, each with the time from which it may pass; an empty one is the end."""

    def __init__(self, source: int, target: int, delay: float) -> None:
        self.source, self.target, self.delay = source, target, delay
        self.chunks: deque[tuple[float, bytes]] = deque()
        self.waiting = self.passed = 0
        self.ended = self.closed = False
        os.set_blocking(source, False)
        os.set_blocking(target, False)

    def take(self) -> None:
        """Read what there is, and note when it may pass."""
        try:
            came = os.read(self.source, READ)
        except BlockingIOError:
            return
        except ConnectionError:
            came = b""
        self.ended = not came
        self.waiting += len(came)
        self.passed += len(came)
        self.chunks.append((time.monotonic() + self.delay, came))

    def give(self) -> None:
        """Write a chunk, as much of it as fits."""
        when, chunk = self.chunks.popleft()
        if not chunk:
            self.closed = True
            return
        try:
            done = os.write(self.target, chunk)
        except BlockingIOError:
            done = 0
        except OSError:
            self.ended = self.closed = True
            return
        self.waiting -= done
        if done < len(chunk):
            self.chunks.appendleft((when, chunk[done:]))

    @property
    def hears(self) -> bool:
        """Whether more may come."""
        return not self.ended and self.waiting < AHEAD

    def left(self, now: float) -> float | None:
        """Seconds until something may pass; None if there is nothing."""
        return max(self.chunks[0][0] - now, 0) if self.chunks and not self.closed else None


def wait(ways: tuple[Way, Way]) -> None:
    """Read and write what can be read and written, or wait until something may pass."""
    poll = select.poll()
    now = time.monotonic()
    left = {way: seconds for way in ways if (seconds := way.left(now)) is not None}
    reading = {way.source: way for way in ways if way.hears}
    writing = {way.target: way for way, seconds in left.items() if not seconds}
    for source in reading:
        poll.register(source, select.POLLIN)
    for target in writing:
        poll.register(target, select.POLLOUT)
    later = [seconds for seconds in left.values() if seconds]
    for ready, _ in poll.poll(1000 * min(later) if later else None):
        if ready in reading:
            reading[ready].take()
        else:
            writing[ready].give()


class Hangup(Exception):
    """ssh has ended, and says so."""


def hang_up(*_: object) -> None:
    """End what is done."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise Hangup


def relay(server: socket.socket, ways: tuple[Way, Way]) -> None:
    """Relay until the server has ended, and ssh has heard of it."""
    up, down = ways
    shut = False
    while not down.closed:
        wait(ways)
        if up.closed and not shut:
            shut = True
            server.shutdown(socket.SHUT_WR)


def main(host: str, port: str, ms: str, report: str = os.devnull) -> int:
    """Relay, and say how much it was."""
    with open(report, "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        server = socket.create_connection((host, int(port)))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        delay = int(ms) / 1000
        ways = (Way(0, server.fileno(), delay), Way(os.dup(server.fileno()), 1, delay))
        try:
            signal.signal(signal.SIGHUP, hang_up)
            relay(server, ways)
        except (Hangup, ConnectionError):
            pass
        file.write(f"{sum(way.passed for way in ways)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
