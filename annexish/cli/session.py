"""One run of the program: where it stands, how it speaks, which repository it is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from annexish.cli.paths import Place
from annexish.cli.printing import Printer
from annexish.cli.progress import StatusLine
from annexish.errors import Unreachable

if TYPE_CHECKING:
    from annexish.cli.jsonl import Items
    from annexish.flows.repository import Repository


class Session:
    """What the options before the command said, and the means of speaking that follow from them."""

    def __init__(
        self, directories: tuple[bytes, ...] = (), *, json: bool = False, quiet: bool = False, verbose: bool = False
    ) -> None:
        self.here = stand(directories)
        self.json, self.quiet, self.verbose = json, quiet, verbose
        self.status_line = StatusLine(sys.stderr, quiet=quiet)
        self.out = Printer(sys.stdout, sys.stderr, self.status_line.clear)

    def repository(self) -> Repository:
        """Open the repository around the place where the command stands."""
        from annexish import Repository

        return Repository.find(self.here)

    def place(self, repository: Repository) -> Place:
        """How paths of `repository` are spoken of from here."""
        return Place(os.path.realpath(repository.root), self.here)

    def path(self, word: bytes) -> bytes:
        """Return the absolute path of a word that names a place outside of any repository."""
        return os.path.join(self.here, word)

    def items(self) -> Items:
        """The stream of JSON Lines on stdout."""
        from annexish.cli.jsonl import Items

        return Items(self.out.line)

    @contextmanager
    def progress(self) -> Iterator[StatusLine | None]:
        """Show one line on a terminal while a long job runs; nothing is to be told where nobody sees it."""
        try:
            yield self.status_line if self.status_line.watched else None
        finally:
            self.status_line.clear()

    def remark(self, text: str) -> None:
        """Print what orients a person, and was not asked for."""
        if not self.quiet and not self.json:
            self.out.line(text)

    def waiting(self, text: str) -> None:
        """Say on stderr that the command waits, and for whom."""
        if not self.quiet and not self.json:
            self.out.warn(text)

    def finish(self) -> None:
        """Hand over all that was printed."""
        self.status_line.clear()
        self.out.flush()


def stand(directories: tuple[bytes, ...]) -> bytes:
    """The physical directory that `-C A -C B` leads to."""
    try:
        here = os.path.realpath(os.path.join(os.getcwdb(), *directories))
        if not os.path.isdir(here):
            raise NotADirectoryError(20, os.strerror(20 if os.path.lexists(here) else 2), here)
    except OSError as error:
        name = os.fsdecode(error.filename or os.fsencode("the current directory"))
        raise Unreachable(f"cannot stand in {name}: {error.strerror}") from error
    return here
