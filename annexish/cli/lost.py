"""Losses as lines for people and as items for programs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from annexish.cli import changes
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import Printer, columns, count, name, size
from annexish.cli.session import Session
from annexish.model.entry import Kind
from annexish.model.report import Lost, Released

FEW = 100
"""More losses than this are counted and not listed, unless they are asked for."""

NO_MORE: Mapping[str, object] = MappingProxyType({})


def write_lost(place: Place, lost: Iterable[Lost], items: Items) -> None:
    """Write losses as items."""
    for each in lost:
        items.item("lost", lost_item(each, place) | ({"why": list(each.why)} if each.why else {}))


def lost_item(one: Lost, place: Place) -> dict[str, object]:
    """The fields of a `lost` item; times are seconds since 1970."""
    return {
        **named("path", place.outward(one.path)),
        "kind": one.kind.word,
        "size": one.size,
        "digest": one.digest.hex() if one.digest else None,
        "commit": one.commit,
        "seen": one.seen,
        "time": one.time,
        "replaced": one.replaced,
        "recoverable": one.recoverable,
        "away": one.away,
    }


def lost_lines(place: Place, lost: Iterable[Lost], out: Printer) -> Iterable[str]:
    """Yield a line for each loss: what became of it, its size, when, where, and why it goes."""
    return columns(
        (
            (
                out.paint("replaced" if each.replaced else "deleted", "yellow" if each.replaced else "red"),
                size(each.size) if each.kind is Kind.FILE else "",
                local_time(each.time or each.seen),
                name(place.outward(each.path) + (b"/" if each.kind is Kind.DIRECTORY else b"")),
                f"({'; '.join(each.why)})" if each.why else "",
            )
            for each in lost
        ),
        "<><<<",
    )


def totals(released: Released) -> dict[str, object]:
    """The totals of a summary."""
    return {
        "lost": len(released.lost),
        "contents": released.contents,
        "orphans": released.orphans,
        "bytes_freed": released.bytes_freed,
        "away": len(released.away),
    }


def write(session: Session, place: Place, released: Released, more: Mapping[str, object] = NO_MORE) -> int:
    """Write what was let go as items, what stays as problems, and a summary; return the exit code."""
    items = session.items()
    write_lost(place, released.lost, items)
    changes.write_problems(place, released.problems, items)
    items.summary({**totals(released), **more})
    return changes.code_for(released.problems)


def show(session: Session, place: Place, released: Released, *, verb: str, every: bool) -> int:
    """Print what was let go, if it is little or all is asked for, what that freed, and what stays; return the code."""
    if not session.quiet and (every or session.verbose or len(released.lost) <= FEW):
        for line in lost_lines(place, released.lost, session.out):
            session.out.line(line)
    session.remark(f"{verb} {in_words(released)}")
    if released.commit:
        session.remark(f"commit {released.commit[:10]} says so to every repository")
    if released.waiting:
        session.remark(
            f"kept for now, as another head that is known here has them: {count(released.waiting, 'content')}"
        )
    changes.print_problems(session, place, released.problems)
    return changes.code_for(released.problems)


def in_words(released: Released) -> str:
    """Return `2 losses, 1 content: 3 MiB freed`."""
    losses = "1 loss" if len(released.lost) == 1 else f"{len(released.lost)} losses"
    unknown = f", {released.orphans} of them unknown" if released.orphans else ""
    return f"{losses}, {count(released.contents, 'content')}{unknown}: {size(released.bytes_freed)} freed"


def local_time(seconds: int) -> str:
    """Return a time in the zone of this machine, to the minute."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"
