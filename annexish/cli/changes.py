"""Changes as lines for people and as items for programs; the first use of a difference is its only one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from annexish.cli.endings import DONE, PARTLY
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import Printer, count, name, size
from annexish.cli.session import Session
from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.path import within
from annexish.model.report import Problem

WORDS = ("added", "deleted", "modified", "moved", "moved+modified", "metadata")
COLOURS = {"added": "green", "deleted": "red", "modified": "yellow", "moved": "cyan", "moved+modified": "cyan"}
COLOURS |= {"metadata": "blue", "unreadable": "red", "ignored": "dim"}
HELD = 1000
"""At most so many lines wait for the line of the directory that they are in."""


class ChangeLines:
    """How changes look from one place: `moved  old -> new`."""

    def __init__(self, place: Place, out: Printer, *, verbose: bool) -> None:
        self._place, self._out, self._verbose = place, out, verbose

    def all(self, changes: Iterable[Change]) -> Iterator[str]:
        """Yield the lines of a difference; a directory that is new or gone as a whole is one, unless verbose."""
        whole: Whole | None = None
        for change in changes:
            if whole is not None and within(change.path, whole.top.path):
                yield from whole.take(change)
                continue
            if whole is not None:
                yield from whole.end()
                whole = None
            if self._is_whole(change):
                whole = Whole(change, self)
            else:
                yield self.one(change)
        if whole is not None:
            yield from whole.end()

    def one(self, change: Change, remark: str = "") -> str:
        """Return the line of one change."""
        directory = change.kind is Kind.DIRECTORY
        text = self.path(change.path, directory=directory)
        if change.before is not None and change.path_before not in (None, change.path):
            text = f"{self.path(change.path_before or b'', directory=directory)} -> {text}"
        if change.inside:
            remark = f"{change.inside} inside"
        if self._verbose and (details := fields_of(change)):
            remark += (", " if remark else "") + ", ".join(details.values())
        return self.worded(change.word, text, remark)

    def worded(self, word: str, text: str, remark: str = "") -> str:
        """Return a line that begins with a word."""
        return f"{self._out.paint(f'{word:<14}', COLOURS.get(word, ''))}  {text}" + (f"  ({remark})" if remark else "")

    def path(self, path: bytes, *, directory: bool = False) -> str:
        """Return a path as it is typed here, a directory with a slash."""
        return name(self._place.outward(path) + (b"/" if directory else b""))

    def _is_whole(self, change: Change) -> bool:
        one_sided = change.before is None or change.after is None
        return one_sided and change.kind is Kind.DIRECTORY and change.path != b"" and not self._verbose


class Whole:
    """A directory that is new, or gone: what is in it is counted, what happened otherwise in it waits for its line."""

    def __init__(self, top: Change, lines: ChangeLines) -> None:
        self.top = top
        self._lines = lines
        self._nouns: Counter[str] = Counter()
        self._bytes = 0
        self._held: list[str] = []
        self._shared = False

    def take(self, change: Change) -> Iterator[str]:
        """Count a change, or hold its line; yield lines when too many are held."""
        if (change.before is None, change.after is None) == (self.top.before is None, self.top.after is None):
            self._nouns[NOUNS.get(change.kind, "other")] += 1
            self._bytes += change.entry.size
            return
        self._shared = True
        self._held.append(self._lines.one(change))
        if len(self._held) > HELD:
            yield from self._held
            self._held.clear()

    def end(self) -> Iterator[str]:
        """Yield the line of the directory, and those that waited for it."""
        counts = [count(self._nouns[noun], noun) for noun in (*NOUNS.values(), "other") if self._nouns[noun]]
        if self._bytes:
            counts.append(size(self._bytes))
        yield self._lines.one(self.top, ", ".join(counts) or ("" if self._shared else "empty"))
        yield from self._held


NOUNS = {Kind.FILE: "file", Kind.DIRECTORY: "directory", Kind.SYMLINK: "link"}


def fields_of(change: Change) -> dict[str, str]:
    """What differs between the two sides of a change: each field, in words."""
    before, after = change.before, change.after
    if before is None or after is None:
        return {}
    told = {
        "kind": (before.kind.word, after.kind.word),
        "size": (size(before.size), size(after.size)),
        "mode": (f"{before.mode:04o}", f"{after.mode:04o}"),
        "target": (name(before.target or b""), name(after.target or b"")),
        "owner": (owner_of(before), owner_of(after)),
    }
    return {
        field: f"{field} {' -> '.join(told[field])}" if field in told else field for field in differing(before, after)
    }


def differing(before: Entry, after: Entry) -> Iterator[str]:
    """Yield the names of the fields that differ; the time of a directory is none."""
    for field in ("kind", "size", "digest", "target", "device", "mode", "owner", "attributes", "links"):
        if getattr(before, field) != getattr(after, field):
            yield field
    if before.mtime_ns != after.mtime_ns and after.kind is not Kind.DIRECTORY:
        yield "mtime"


def owner_of(entry: Entry) -> str:
    """Owner and group, by name where there is one."""
    owner = entry.owner
    return f"{name(owner.user) or owner.uid}:{name(owner.group) or owner.gid}"


def change_item(change: Change, place: Place, *, verbose: bool) -> dict[str, object]:
    """The fields of a `change` item."""
    entry = change.entry
    item: dict[str, object] = {"change": change.word, **named("path", place.outward(change.path))}
    if change.before is not None and change.path_before is not None and change.path_before != change.path:
        item |= named("from", place.outward(change.path_before))
    item |= {"kind": entry.kind.word, "size": entry.size}
    if change.inside:
        item["inside"] = change.inside
    if verbose:
        item["fields"] = list(fields_of(change))
    return item


def print_changes(session: Session, place: Place, changes: Iterable[Change]) -> None:
    """Print a difference while it is computed."""
    lines = ChangeLines(place, session.out, verbose=session.verbose)
    for line in lines.all(changes):
        session.out.line(line)


def write_changes(session: Session, place: Place, changes: Iterable[Change], items: Items) -> None:
    """Write a difference as items while it is computed."""
    for change in changes:
        items.item("change", change_item(change, place, verbose=session.verbose))


def write_problems(place: Place, problems: Iterable[Problem], items: Items) -> None:
    """Write what could not be recorded: unreadable things as changes, others as problems."""
    for problem in problems:
        path = named("path", place.outward(problem.path))
        if problem.code == "unreadable":
            fields = {"change": "unreadable", **path, "kind": None, "size": None, "reason": problem.reason}
            items.item("change", fields)
        else:
            items.item("problem", {"code": problem.code, **path, "reason": problem.reason})


def print_problems(session: Session, place: Place, problems: Iterable[Problem]) -> None:
    """Name on stderr what could not be recorded, and why."""
    for problem in problems:
        session.out.warn(f"{problem.code}: {name(place.outward(problem.path))}: {problem.reason}")


def code_for(problems: Iterable[Problem]) -> int:
    """Return the exit code: a note is no failure."""
    return PARTLY if any(problem.code != "note" for problem in problems) else DONE


def totals(counts: Mapping[str, int], problems: Iterable[Problem]) -> dict[str, object]:
    """The totals of a summary, by word, those that are zero too."""
    failed = Counter(problem.code for problem in problems)
    result: dict[str, object] = {word: counts.get(word, 0) for word in WORDS}
    return result | {code: failed[code] for code in ("unreadable", "changing", "unsupported")}


def in_words(counts: Mapping[str, int]) -> str:
    """Return `3 added, 1 moved`, or of a confirmation `3 confirmed`; empty when nothing changed."""
    return ", ".join(f"{counts[word]} {word}" for word in (*WORDS, "confirmed") if counts.get(word))


def problems_in_words(problems: Iterable[Problem]) -> str:
    """Return `2 unreadable, 1 unsupported`."""
    failed = Counter(problem.code for problem in problems if problem.code != "note")
    return ", ".join(f"{number} {code}" for code, number in sorted(failed.items()))
