"""Ways to a remote for several processes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from annexish.errors import AnnexishError, Missing, Unreachable
from annexish.flows.contents.door import Door
from annexish.flows.place.place import Place
from annexish.flows.remotes.opened import connections_to, open_remote
from annexish.flows.remotes.remotes import met, repositories
from annexish.model.remotes import Known
from annexish.remote.port import Remote
from annexish.remote.url import Ssh, parse

if TYPE_CHECKING:
    from annexish.remote.wire import Wire


_MANY = 16_384
"""Fewer files come sooner through one connection than others are open."""


class _Directory:
    """A repository of this machine: each process opens it by itself."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def prepare(self, processes: int, files: int) -> None:
        pass

    def widen(self, processes: int, files: int) -> int:
        return processes

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        return open_remote(self._known)


class _Connection:
    """A repository of another machine: each process that is forked gets a connection of its own.

    They are opened before there are processes, and ask nobody for a password: where that is needed, or bytes are
    limited, this process does all by itself. What a process used is of no use to another one.
    """

    def __init__(self, known: Known, far: Remote, stack: ExitStack) -> None:
        self._known = known
        self._far = far
        self._more: list[Wire] = []
        self._opened = stack.enter_context(ExitStack())
        self._used = False

    def prepare(self, processes: int, files: int) -> None:
        if processes > 1 and files >= _MANY and not self._more and not self._known.limit:
            try:
                self._more = [self._opened.enter_context(one) for one in connections_to(self._known, processes)]
            except AnnexishError:
                self._close()

    def widen(self, processes: int, files: int) -> int:
        if self._used:
            self._close()
        if processes == 1:
            return 1
        try:
            self.prepare(processes, files)
            for one in self._more:
                one.hello()
        except AnnexishError:
            self._close()
        self._used = bool(self._more)
        return len(self._more) or 1

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        return self._more[number].lent() if self._used else nullcontext(self._far)

    def _close(self) -> None:
        self._opened.close()
        self._more, self._used = [], False


def door_to(known: Known, far: Remote, stack: ExitStack) -> Door:
    """Return the ways to a remote that is open; more of them are closed with the stack."""
    return _Connection(known, far, stack) if isinstance(parse(known.url), Ssh) else _Directory(known)


@contextmanager
def doors(place: Place, rate: int = 0) -> Iterator[Sequence[Door]]:
    """Open the remotes that answer now, and are those that were met there; `rate` as in `Manner`."""
    with ExitStack() as stack:
        found = []
        for one in repositories(place):
            known = one._replace(limit=rate)
            try:
                far = stack.enter_context(open_remote(known))
                met(place, known.name, far.hello())
            except (Unreachable, Missing):
                continue
            found.append(door_to(known, far, stack))
        yield found
