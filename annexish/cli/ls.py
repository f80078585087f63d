"""`annexish ls`."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from annexish.cli.arguments import RevisionsAndPaths, Word, divide
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import columns, name
from annexish.cli.session import Session
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath, split
from annexish.model.report import Listed

if TYPE_CHECKING:
    from annexish.flows.repository import Repository

TYPES = {
    Kind.FILE: stat.S_IFREG,
    Kind.DIRECTORY: stat.S_IFDIR,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.FIFO: stat.S_IFIFO,
    Kind.SOCKET: stat.S_IFSOCK,
    Kind.CHARACTER: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
}
COLOURS = {Kind.DIRECTORY: "blue", Kind.SYMLINK: "cyan"}


@click.command(cls=RevisionsAndPaths, epilog="\b\nExample:\n  annexish ls -l HEAD~2 Photos")
@click.option("-l", "--long", is_flag=True, help="Also mode, owner, group, size, time and target.")
@click.option("-R", "--recursive", is_flag=True, help="Also all that is below.")
@click.argument("words", metavar="[REV] [--] [PATH]...", nargs=-1, type=Word())
@click.pass_obj
def command(session: Session, words: tuple[str, ...], *, long: bool, recursive: bool) -> None:
    """List a snapshot, as `ls` lists files.

    REV is the newest commit unless given, PATH the current directory.
    The files need not be here: -l marks those that are absent.

    With --json: an `entry` item for each, with `path`, `kind`, `size`, `digest`, `mode`, `mtime_ns`, `target`, `ids`,
    and `present`.
    """
    repository = session.repository()
    place = session.place(repository)
    revisions, paths = divide(repository, place, words, 1)
    revision = revisions[0] if revisions else "HEAD"
    paths = paths or (place.inward(b"."),)
    if session.json:
        write(session, place, repository.ls(revision, paths, recursive=recursive))
        return
    listing = Listing(session, repository, revision, place, long=long)
    listing.show(paths, recursive=recursive)


def write(session: Session, place: Place, listed: Iterable[Listed]) -> None:
    """Write entries as items."""
    items = session.items()
    entries = size = 0
    for each in listed:
        items.item("entry", entry_item(each, place))
        entries += 1
        size += each.entry.size
    items.summary({"entries": entries, "size": size})


def entry_item(listed: Listed, place: Place) -> dict[str, object]:
    """The fields of an `entry` item."""
    entry = listed.entry
    target: dict[str, object] = {"target": None} if entry.target is None else named("target", entry.target)
    return {
        **named("path", place.outward(listed.path)),
        "kind": entry.kind.word,
        "size": entry.size,
        "digest": entry.digest.hex() if entry.digest is not None else None,
        "mode": entry.mode,
        "mtime_ns": entry.mtime_ns,
        **target,
        "ids": [each.hex() for each in entry.ids],
        "present": listed.present,
    }


class Listing:
    """Prints paths of one snapshot: directories last, each under its name if there are several."""

    def __init__(self, session: Session, repository: Repository, revision: str, place: Place, *, long: bool) -> None:
        self._out, self._repository, self._revision, self._place = session.out, repository, revision, place
        self._long = long
        self._begun = False

    def show(self, paths: tuple[RepoPath, ...], *, recursive: bool) -> None:
        """Print all `paths`."""
        directories: list[RepoPath] = []
        others: list[Listed] = []
        for path in paths:
            first = next(iter(self._repository.ls(self._revision, [path])), None)
            if first is not None and first.path == path:
                others.append(first)
            else:
                directories.append(path)
        self._print((each, self._place.outward(each.path)) for each in others)
        for path in directories:
            self._directory(path, headed=recursive or len(paths) > 1, recursive=recursive)

    def _directory(self, top: RepoPath, *, headed: bool, recursive: bool) -> None:
        """Print a directory; the repository asks for the next one when it is done with the last."""
        waiting = [top]
        entries: list[Listed] = []

        def one_by_one() -> Iterator[RepoPath]:
            while waiting:
                directory = waiting.pop()
                if headed:
                    self._head(directory)
                yield directory
                self._print((each, split(each.path)[1]) for each in entries)
                if recursive:
                    waiting.extend(each.path for each in reversed(entries) if each.entry.kind is Kind.DIRECTORY)
                entries.clear()

        for each in self._repository.ls(self._revision, one_by_one()):
            entries.append(each)  # noqa: PERF402 -- the loop over paths empties the list meanwhile

    def _head(self, directory: RepoPath) -> None:
        if self._begun:
            self._out.line("")
        self._begun = True
        self._out.line(f"{name(self._place.outward(directory))}:")

    def _print(self, named: Iterable[tuple[Listed, bytes]]) -> None:
        rows = (self._row(each, shown) for each, shown in named)
        for line in columns(rows, "<<<><<") if self._long else ("".join(row) for row in rows):
            self._begun = True
            self._out.line(line)

    def _row(self, listed: Listed, shown: bytes) -> tuple[str, ...]:
        entry = listed.entry
        word = self._out.paint(name(shown), COLOURS.get(entry.kind, ""))
        if not self._long:
            return (word,)
        if entry.target is not None:
            word += f" -> {name(entry.target)}"
        if not listed.present and entry.kind is Kind.FILE:
            word += "  (absent)"
        return (*long_cells(entry), word)


def long_cells(entry: Entry) -> tuple[str, str, str, str, str]:
    """Mode, owner, group, size and time of an entry."""
    owner = entry.owner
    return (
        stat.filemode(TYPES[entry.kind] | entry.mode),
        name(owner.user) or str(owner.uid),
        name(owner.group) or str(owner.gid),
        "{}, {}".format(*entry.device) if entry.device else str(entry.size),
        local_time(entry.mtime_ns),
    )


def local_time(mtime_ns: int) -> str:
    """Return a time in the zone of this machine, to the minute."""
    seconds = mtime_ns // 1_000_000_000
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"
