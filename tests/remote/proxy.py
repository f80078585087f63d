"""Stands where ssh stands, and disturbs one message: `python -S -E proxy.py KIND AT SEED REPORT`, and what ssh is told.

It starts `annexish serve` of the same Python and relays whole messages in both directions: the greetings, and frames.
All that share a REPORT count them in one order, from 1, and message AT is disturbed as KIND says:

    none       nothing is disturbed
    cut        nothing passes any more, from it on: each connection ends on both sides at its next message
    half       half of it is relayed, then both sides of its connection are ended
    stall      nothing passes any more, from it on, and all pipes stay open until the client is gone
    silence    the same, and the other side never hears that the client is gone
    duplicate  it is relayed twice
    flip       one bit of it is another one, in its length or its body
    drop       it is not relayed
    trickle    it is relayed a byte at a time

REPORT gets a line of 32 bytes for each: its connection, `>` (from the client) or `<`, its bytes, and `!` if it was
disturbed. A line with the connection goes to REPORT.ended when the other side has ended.
It begins to work in a few hundredths of a second, as it imports next to nothing.
"""

import errno
import fcntl
import os
import random
import select
import sys
from collections import deque

GREETING = 9
LENGTH = 4
HEAD = 12
FLAGS = 3 << 30
AHEAD = 4 << 20
"""So many bytes wait for a side that does not read, then no more is read from the other one."""
READ = 256 << 10
LINE = 32
"""Bytes of a line of the report."""
LOST = 255
"""What ssh ends with when a connection is lost."""
GONE = (errno.EPIPE, errno.ECONNRESET)
PROGRAM = "from annexish.cli.main import main; main()"


class Cut(Exception):
    """Both sides are to be ended."""


class Stalled(Exception):
    """Nothing is to be relayed any more."""


class Way:
    """One direction: bytes that have come and are no whole message yet, and pieces that are still to be written."""

    def __init__(self, source: int, target: int, mark: str) -> None:
        self.source, self.target, self.mark = source, target, mark
        self.come = bytearray()
        self.pieces: deque[bytes] = deque()
        self.waiting = 0
        self.greeted = self.ended = self.closed = False
        os.set_blocking(source, False)
        os.set_blocking(target, False)

    def take(self) -> None:
        """Read what there is."""
        try:
            came = os.read(self.source, READ)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in GONE:
                raise
            came = b""
        self.ended = not came
        self.come += came

    def message(self) -> bytes | None:
        """The next whole message; None while it is not all there."""
        size = GREETING if not self.greeted else HEAD + (int.from_bytes(self.come[:LENGTH], "big") & ~FLAGS)
        if len(self.come) < max(size, HEAD):
            return None
        found = bytes(self.come[:size])
        del self.come[:size]
        self.greeted = True
        return found

    def put(self, piece: bytes) -> None:
        """Have it written in one call, so far as the pipe lets it."""
        self.pieces.append(piece)
        self.waiting += len(piece)

    def write(self) -> None:
        """Write a piece, as much of it as fits."""
        piece = self.pieces.popleft()
        try:
            done = os.write(self.target, piece)
        except BlockingIOError:
            done = 0
        except OSError as error:
            if error.errno not in GONE:
                raise
            # nobody reads this way any more: who writes hears of it too
            self.pieces.clear()
            self.waiting = 0
            self.close()
            return
        self.waiting -= done
        if done < len(piece):
            self.pieces.appendleft(piece[done:])

    def close(self) -> None:
        """Let both ends see the end."""
        if not self.closed:
            os.close(self.target)
            os.close(self.source)
            self.closed = self.ended = True


class Proxy:
    """Both directions, and what is done to one message."""

    def __init__(self, ways: tuple[Way, Way], kind: str, at: int, seed: int, report: int) -> None:
        self.ways, self.kind, self.at, self.report = ways, kind, at, report
        self.chance = random.Random(seed)

    def run(self) -> None:
        """Relay until both directions have ended."""
        while not all(way.closed for way in self.ways):
            for way in self.ways:
                while way.waiting < AHEAD and (message := way.message()) is not None:
                    self.relay(way, message)
                if way.ended and not way.closed and not way.pieces:
                    if way.come:
                        way.put(bytes(way.come))
                        way.come.clear()
                    else:
                        way.close()
            self.wait()

    def wait(self) -> None:
        """Read and write what can be read and written."""
        poll = select.poll()
        reading = {way.source: way for way in self.ways if not way.ended and way.waiting < AHEAD}
        writing = {way.target: way for way in self.ways if not way.closed and way.pieces}
        for source in reading:
            poll.register(source, select.POLLIN)
        for target in writing:
            poll.register(target, select.POLLOUT)
        if not reading and not writing:
            return
        for ready, _ in poll.poll():
            if ready in reading:
                reading[ready].take()
            elif not writing[ready].closed:
                writing[ready].write()

    def relay(self, way: Way, message: bytes) -> None:
        """Hand a message on, or do to it what is to be done."""
        number = self.counted(way, len(message))
        if number < self.at or self.kind == "none":
            way.put(message)
        elif self.kind == "cut":
            raise Cut
        elif self.kind in ("stall", "silence"):
            raise Stalled
        elif number > self.at:
            way.put(message)
        else:
            self.disturb(way, message)

    def disturb(self, way: Way, message: bytes) -> None:
        """Do to a message what happens to it alone."""
        match self.kind:
            case "half":
                way.put(message[: len(message) // 2])
                raise Cut
            case "duplicate":
                way.put(message)
                way.put(message)
            case "flip":
                bit = self.chance.randrange(8 * (LENGTH if self.chance.random() < 0.3 else len(message)))
                changed = bytearray(message)
                changed[bit // 8] ^= 1 << bit % 8
                way.put(bytes(changed))
            case "trickle":
                for k in range(len(message)):
                    way.put(message[k : k + 1])
            case kind:
                assert kind == "drop", kind

    def counted(self, way: Way, size: int) -> int:
        """Write a line of the report; return its number."""
        fcntl.flock(self.report, fcntl.LOCK_EX)
        number = os.fstat(self.report).st_size // LINE + 1
        mark = "!" if self.kind != "none" and number == self.at else ""
        os.write(self.report, f"{os.getpid()} {way.mark} {size} {mark}".ljust(LINE - 1).encode() + b"\n")
        fcntl.flock(self.report, fcntl.LOCK_UN)
        return number

    def hand_over(self) -> None:
        """Write what was relayed before the cut, to whoever still reads."""
        for way in self.ways:
            while way.pieces and not way.closed:
                select.select([], [way.target], [])
                way.write()

    def stand(self) -> None:
        """Do nothing until the client is gone: nobody holds the other end of what would be written to it."""
        self.hand_over()
        if not self.ways[1].closed:
            poll = select.poll()
            poll.register(self.ways[1].target, 0)
            poll.poll()


def started() -> tuple[int, int, int]:
    """Start the other side; return its process, and what it reads and writes."""
    down, target = os.pipe()
    source, up = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(down, 0)
        os.dup2(up, 1)
        os.closerange(3, 256)
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, "serve"])  # noqa: S606 - nothing here is for a shell
    os.close(down)
    os.close(up)
    return pid, target, source


def main(kind: str, at: str, seed: str, report: str) -> int:
    """Relay to the other side until both have ended; return what ssh would."""
    if kind == "silence" and (relay := os.fork()):
        # the client ends what it takes for ssh; the other side hears nothing of it
        os.close(0)
        os.close(1)
        os.waitpid(relay, 0)
        return LOST
    pid, target, source = started()
    notes = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    ways = (Way(0, target, ">"), Way(source, 1, "<"))
    proxy = Proxy(ways, kind, int(at), int(seed), notes)
    lost = True
    try:
        proxy.run()
        lost = False
    except Cut:
        proxy.hand_over()
    except Stalled:
        proxy.stand()
    if kind != "silence":
        for way in ways:
            way.close()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(f"{report}.ended", "a", encoding="ascii") as ended:
        ended.write(f"{os.getpid()}\n")
    return LOST if lost else code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
