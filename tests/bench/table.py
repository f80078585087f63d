"""The table: what was measured beside what is aimed at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.bench.experiments import Size
from tests.bench.measure import Record

MANY_ENOUGH = 1_000_000
SLACK = 0.2  # seconds that a first commit of large files may take beyond the hashing


@dataclass(frozen=True, slots=True)
class Row:
    """Ours beside theirs: the ratio, and the most it may be. Without a limit it is for information."""

    work: str
    beside: str
    ours: Callable[[], float]
    theirs: Callable[[], float]
    limit: float | None = None
    unit: str = "s"
    slack: float = 0.0

    def line(self) -> str | None:
        """The row in Markdown; None if it was not measured."""
        try:
            ours, theirs = self.ours(), self.theirs()
        except KeyError:
            return None
        ratio = max(ours - self.slack, 0.0) / theirs if theirs > 0 else float("inf")
        target = "" if self.limit is None else f"≤ {self.limit:g}" + (f" (+ {self.slack:g} s)" if self.slack else "")
        verdict = "" if self.limit is None else "reached" if ratio <= self.limit else "missed"
        cells = (
            self.work,
            self.beside,
            shown(ours, self.unit),
            shown(theirs, self.unit),
            f"{ratio:.2f}",
            target,
            verdict,
        )
        return f"| {' | '.join(cells)} |"


def shown(value: float, unit: str) -> str:
    """A figure with three digits, or a whole number."""
    return f"{value:,.0f} {unit}" if abs(value) >= 100 or unit == "bytes" else f"{value:.3g} {unit}"


def table(record: Record, size: Size) -> str:
    """All rows that were measured."""
    head = ("work", "beside", "annexish", "beside it", "ratio", "target", "verdict")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [line for row in rows(record, size) if (line := row.line()) is not None]
    lines += [f"\nNot measured for want of `{name}`." for name in sorted(set(record.missing))]
    return "\n".join(lines)


def rows(record: Record, size: Size) -> Iterator[Row]:
    """Every row, in the order of the journey."""
    yield from _commits(record, size)
    yield from _statuses(record, size)
    yield from _starts(record, size)
    yield from _resources(record, size)
    yield from _one_edits(record, size)
    yield from _net(record, size)
    yield from _merges(record, size)
    yield from _copies(record, size)
    yield from _machines(record, size)


def _pair(record: Record, work: str, name: str, peer: str, limit: float) -> Iterator[Row]:
    """Wall and CPU time of one work on the many files."""
    for what, unit in (("wall", "s"), ("cpu", "s CPU")):
        yield Row(
            name,
            peer,
            partial(record.median, "many", work, "annexish", what),
            partial(record.median, "many", work, "git-info" if work != "status" else "git", what),
            limit,
            unit,
        )


def _commits(record: Record, size: Size) -> Iterator[Row]:
    n = f"{size.many:,}"
    yield from _pair(record, "first", f"first commit of {n} files", "git-info", 0.7)
    yield from _pair(record, "reorganise", f"commit after a reorganisation of {n} files", "git-info", 0.5)
    yield Row(
        "bytes it reads beyond a status and what is new",
        "bytes of what moved",
        lambda: (
            record.median("many", "reorganise", "annexish", "read")
            - record.median("many", "status", "annexish", "read")
            - record.typical("new")
        ),
        partial(record.typical, "moved"),
        0.1,
        "bytes",
    )
    yield Row(
        f"first commit of {size.big} files of {size.mib} MiB",
        "b3sum",
        partial(record.median, "big", "first", "annexish"),
        partial(record.median, "big", "first", "b3sum"),
        1.1,
        slack=SLACK,
    )


def _statuses(record: Record, size: Size) -> Iterator[Row]:
    name = f"status of {size.many:,} files, nothing changed"
    yield from _pair(record, "status", name, "git status", 1.1 if size.many >= MANY_ENOUGH else 1.3)
    for who in ("find", "scandir"):
        yield Row(
            name,
            who,
            partial(record.median, "many", "status", "annexish"),
            partial(record.median, "many", "status", who),
        )
    yield Row(
        "of which start-up (`--version`)",
        "all of it",
        partial(record.median, "many", "version", "annexish"),
        partial(record.median, "many", "status", "annexish"),
    )


def _starts(record: Record, size: Size) -> Iterator[Row]:
    for work, name, limit in (("version", "`--version`", 6), ("status", f"status of {size.small:,} files", 10)):
        yield Row(
            name,
            "`python -c pass`",
            partial(record.median, "start", work, "annexish"),
            partial(record.median, "start", work, "python"),
            limit,
        )


def _resources(record: Record, size: Size) -> Iterator[Row]:
    def peak() -> float:
        peaks = [s.peak for s in record.samples if (s.experiment, s.who) == ("many", "annexish")]
        if not peaks:
            raise KeyError
        return max(peaks)

    yield Row(f"peak memory, any command, {size.many:,} files", "200 MiB", peak, lambda: 200.0, 1, "MiB")
    yield Row(
        f"history on disk per file, {size.many:,} files",
        "110 bytes",
        partial(record.typical, "history per file"),
        lambda: 110.0,
        1,
        "bytes",
    )


def _one_edits(record: Record, size: Size) -> Iterator[Row]:
    def beyond(experiment: str) -> float:
        return record.median(experiment, "one", "annexish") - record.median(experiment, "status", "annexish")

    small = f"in {size.small:,} files"
    for experiment, where in (("many", f"{size.many:,} files"), ("flat", f"one directory of {size.flat:,}")):
        name = f"commit of one edited file in {where}"
        yield Row(
            f"{name}, beyond a status",
            small,
            partial(beyond, experiment),
            partial(beyond, "start"),
            1.25,
        )
        yield Row(
            f"{name}: growth of the history",
            small,
            partial(record.typical, f"{experiment} grown"),
            partial(record.typical, "start grown"),
            unit="bytes",
        )


def _net(record: Record, size: Size) -> Iterator[Row]:
    def beside(work: str, who: str) -> Callable[[], float]:
        return partial(record.median, "net", work, who)

    n = f"{size.many:,}"
    yield Row(
        f"keeping {n} files, beyond a commit without",
        "bare links or reflinks",
        lambda: beside("keep", "annexish")() - beside("keep", "without")(),
        beside("keep", "link"),
        1.3,
    )
    limit = record.facts.get("restore limit", [1.3])[0]
    yield Row(f"restore of {n} files", "cp -a", beside("restore", "annexish"), beside("restore", "cp"), limit)
    yield Row(f"view of {n} files", "cp -al", beside("view", "annexish"), beside("view", "cp"), 1.3)
    recovered, renamed = beside("recover", "annexish"), beside("recover", "rename")
    yield Row("recover of a directory of 10,000 files", "10,000 renames", recovered, renamed, 1.0)
    yield Row(
        f"verify of {size.big} files of {size.mib} MiB",
        "b3sum",
        partial(record.median, "big", "verify", "annexish"),
        partial(record.median, "big", "verify", "b3sum"),
        1.11,
    )


def _merges(record: Record, size: Size) -> Iterator[Row]:
    def beside(work: str, what: str, who: str = "annexish") -> Callable[[], float]:
        return partial(record.median, "merge", work, who, what)

    def beyond(work: str, status: str, what: str) -> Callable[[], float]:
        return lambda: beside(work, what)() - beside(status, what)()

    name = f"merge of two branches, {size.many:,} files, 30 % moved here, 1,000 edited there"
    for what, unit in (("wall", "s"), ("cpu", "s CPU")):
        git = beside("dry", what, "git")
        yield Row(f"{name}: `--dry-run`, beyond a status", "merge-tree", beyond("dry", "status", what), git, 1.0, unit)
        yield Row(f"{name}: carried out", "merge-tree", beside("merge", what), git, unit=unit)
        small, large = (beyond(work, f"{work} status", what) for work in ("small", "large"))
        few = f"in {size.many // 10:,} files"
        yield Row(f"the same changes merged in {size.many:,} files, beyond a status", few, large, small, 1.25, unit)
    yield Row("peak memory of a merge", "200 MiB", beside("dry", "peak"), lambda: 200.0, 1, "MiB")


def _copies(record: Record, size: Size) -> Iterator[Row]:
    """Clone and sync, beside what copies files."""
    n = f"{size.many:,}"
    works = (("clone", f"clone of {n} files", 1.2), ("nothing", f"sync of {n} files, nothing to do", 1.0),
             ("sync", f"sync after a reorganisation of {n} files", 0.5))  # fmt: skip
    for work, name, limit in works:
        for what, unit in (("wall", "s"), ("cpu", "s CPU")):
            ours, theirs = (partial(record.median, "copy", work, who, what) for who in ("annexish", "rsync"))
            yield Row(name, "rsync", ours, theirs, limit, unit)
    yield Row(
        "bytes that cross in it", "bytes that are new",
        partial(record.typical, "copied"), partial(record.typical, "to copy"), 1.0, "bytes",
    )  # fmt: skip
    for what, unit in (("wall", "s"), ("cpu", "s CPU")):
        ours, theirs = (partial(record.median, "large", "large", who, what) for who in ("annexish", "cp"))
        yield Row(f"clone of {size.big} files of {size.mib} MiB", "cp -a", ours, theirs, 1.1, unit)


def _machines(record: Record, size: Size) -> Iterator[Row]:
    """Clone and sync over ssh, beside the best of what copies files."""

    def best(experiment: str, work: str, *peers: str) -> Callable[[], float]:
        """The least of those that were measured."""

        def least() -> float:
            there = [one for one in peers if any((s.experiment, s.work, s.who) == (experiment, work, one)
                                                 for s in record.samples)]  # fmt: skip
            if not there:
                raise KeyError(work)
            return min(record.median(experiment, work, one) for one in there)

        return least

    def wire(work: str, who: str) -> Callable[[], float]:
        return partial(record.typical, f"{work} wire {who}")

    n, far = f"{size.ssh:,}", f"{size.far:,}"
    both = ("rsync", "unison")
    works = (
        ("ssh", "large", f"clone of {size.big} files of {size.mib} MiB over ssh", ("rsync", "scp"), 1.0),
        ("ssh", "clone", f"clone of {n} files over ssh", ("rsync",), 1.0),
        ("far", "far", f"the same of {far} files, with 40 ms for a question and its answer", ("rsync",), 1.2),
        ("ssh", "sync", f"sync after a reorganisation of {n} files over ssh", ("rsync",), 0.5),
        ("ssh", "delta", f"a file of {size.delta} MiB with 1 MiB changed, over ssh", ("rsync",), 1.0),
        ("ssh", "nothing", f"sync of {n} files over ssh, nothing to do", both, 1.0),
    )
    for experiment, work, name, peers, limit in works:
        ours = partial(record.median, experiment, work, "annexish")
        yield Row(name, " or ".join(peers), ours, best(experiment, work, *peers), limit)
    yield Row("the sync after the reorganisation", "unison", partial(record.median, "ssh", "sync", "annexish"),
              partial(record.median, "ssh", "sync", "unison"))  # fmt: skip
    for work, peer, name, bound in (
        ("sync", "rsync", "bytes over the wire of the sync after the reorganisation", 0.2),
        ("sync", "unison", "the same", None),
        ("delta", "rsync", "bytes over the wire for the changed file", 1.5),
        ("far", "rsync", "bytes over the wire of the clone from far away", None),
    ):
        yield Row(name, peer, wire(work, "annexish"), wire(work, peer), bound, "bytes")
