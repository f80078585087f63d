"""One node of a snapshot into a directory: files, links, special files, and the directories in it."""

from __future__ import annotations

import os
from contextlib import suppress

from annexish.apply.filling import Filling
from annexish.apply.result import TROUBLE, Result, pack
from annexish.apply.special import make_special
from annexish.diff.pieces import Piece
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath, components, in_control, join
from annexish.system.descend import Descent


class Making:
    """Makes what is missing below the top of a descent; a name that is there is never touched."""

    def __init__(self, filling: Filling, descent: Descent, *, steps: bool) -> None:
        self.filling = filling
        self._descent = descent
        self._steps = steps

    def piece(self, piece: Piece) -> Result:
        """Make what a node holds; what needs an order is left for later."""
        result = Result(piece.path, steps=self._steps)
        if in_control(piece.path):
            if piece.first:
                result.problem(piece.path, "failed", "it has the name of the control directory")
            return result
        try:
            at = self.enter(piece.path)
        except OSError as error:
            if piece.first:
                result.failed(piece.path, error)
            return result
        if piece.first:
            result.own = pack(piece.own)
        for entry in piece.entries:
            try:
                self._one(at, entry, result)
            except TROUBLE as error:
                result.failed(join(piece.path, entry.name), error)
        return result

    def enter(self, path: RepoPath) -> int:
        """Open a directory, made if it is missing."""
        with suppress(FileNotFoundError):
            return self._descent.open(path)
        above = RepoPath(b"")
        for name in components(path):
            at = self._descent.open(above)
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=at)
            above = join(above, name)
        return self._descent.open(path)

    def _one(self, at: int, entry: Entry, result: Result) -> None:
        if entry.kind is Kind.FILE:
            self._file(at, entry, result)
        elif entry.kind is Kind.DIRECTORY:
            if in_control(join(result.path, entry.name)):
                return
            with suppress(FileExistsError):
                os.mkdir(entry.name, 0o700, dir_fd=at)
            result.made("mkdir", result.path, entry)
        else:
            self._other(at, entry, result)

    def _file(self, at: int, entry: Entry, result: Result) -> None:
        if entry.links:
            made = self.filling.lend(at, entry)
            if made is None:
                result.wait(entry, "")
                return
        else:
            made = self.filling.from_keep(at, entry)
        word, notes = made
        if word in ("absent", "corrupt"):
            result.wait(entry, word)
        else:
            result.made(word, result.path, entry, notes)

    def _other(self, at: int, entry: Entry, result: Result) -> None:
        make_special(at, entry.name, entry)
        word = "symlink" if entry.kind is Kind.SYMLINK else "special"
        result.made(word, result.path, entry, self.filling.dressing.other(at, entry))
