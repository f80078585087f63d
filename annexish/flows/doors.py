"""Ways to a remote for several processes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Protocol

from annexish.errors import AnnexishError, Missing, Unreachable
from annexish.flows.opened import open_remote
from annexish.flows.place import Place
from annexish.flows.remotes import met, repositories
from annexish.model.remotes import Known
from annexish.remote.port import Remote
from annexish.remote.url import Ssh, parse


class Door(Protocol):
    """A remote that answers, and is used by processes that are forked later."""

    def widen(self, processes: int) -> int:
        """See to it that so many processes can enter; return how many can."""

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        """Return the remote for the process of a number, which begins at 0."""


class _Directory:
    """A repository of this machine: each process opens it by itself."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def widen(self, processes: int) -> int:
        return processes

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        return open_remote(self._known)


class _Connection:
    """A repository of another machine: the first process has the connection that is open, others get their own.

    Those are opened before there are processes, and ask nobody for a password: where that is needed there is one.
    """

    def __init__(self, known: Known, far: Remote, stack: ExitStack) -> None:
        self._known = known
        self._remotes = [far]
        self._stack = stack

    def widen(self, processes: int) -> int:
        try:
            while len(self._remotes) < processes:
                more = self._stack.enter_context(open_remote(self._known, alone=True))
                more.hello()
                self._remotes.append(more)
        except AnnexishError:
            pass  # one process does all of it
        return len(self._remotes)

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        return nullcontext(self._remotes[number])


def door_to(known: Known, far: Remote, stack: ExitStack) -> Door:
    """Return the ways to a remote that is open; more of them are closed with the stack."""
    return _Connection(known, far, stack) if isinstance(parse(known.url), Ssh) else _Directory(known)


@contextmanager
def doors(place: Place) -> Iterator[Sequence[Door]]:
    """Open the remotes that answer now, and are those that were met there."""
    with ExitStack() as stack:
        found = []
        for known in repositories(place):
            try:
                far = stack.enter_context(open_remote(known))
                met(place, known.name, far.hello())
            except (Unreachable, Missing):
                continue
            found.append(door_to(known, far, stack))
        yield found
