"""`annexish safe`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from annexish.cli.arguments import PATH
from annexish.cli.copies import copy_lines, total, write_copies
from annexish.cli.endings import DONE, PARTLY
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import columns, count, name, size
from annexish.cli.session import Session
from annexish.errors import Refused, Usage

if TYPE_CHECKING:
    from annexish.model.copies import Risk, Safety


@click.command(epilog="\b\nExample:\n  annexish safe --at-risk Photos")
@click.option("--at-risk", is_flag=True, help="List what has too few copies, by directory.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...], *, at_risk: bool) -> int:
    """Say whether files may go here, as enough copies of them are elsewhere.

    The proof is what other repositories told when they were last met; `annexish drop` asks them again.
    `copies.minimum` says how many copies elsewhere are enough; those on one disk are one.
    The exit code is 5 if nothing of it may go, and 3 if a part may.
    With --at-risk PATH is everything unless given, and the directories are listed that have files with too few
    copies.

    With --json: `copy` items as of `whereis`, or with --at-risk a `risk` item for each directory with `path`, `files`,
    `size`, `copies` and `minimum`; and a summary with `safe`, `files`, `size`, `at_risk` and `at_risk_size`.
    """
    repository = session.repository()
    place = session.place(repository)
    if at_risk:
        risks = repository.at_risk(place.inward_all(paths or (place.root,)))
        (write_risks if session.json else show_risks)(session, place, risks)
        return PARTLY if risks else DONE
    if not paths:
        raise Usage("nothing is named", hint="name a PATH, or say --at-risk")
    found = repository.safe(place.inward_all(paths))
    (write if session.json else show)(session, place, found)
    return code_for(found)


def code_for(found: Sequence[Safety]) -> int:
    """Say how much of it may go: all, a part, nothing."""
    if not any(each.risky for each in found):
        return DONE
    return PARTLY if any(each.risky < each.where.files for each in found) else Refused.exit_code


def write(session: Session, place: Place, found: Sequence[Safety]) -> None:
    """Write the proof as items."""
    items = session.items()
    for each in found:
        write_copies(place, each.where, items)
    items.summary(
        {
            "safe": not any(each.risky for each in found),
            "files": sum(each.where.files for each in found),
            "size": sum(each.where.size for each in found),
            "at_risk": sum(each.risky for each in found),
            "at_risk_size": sum(each.risky_size for each in found),
        }
    )


def show(session: Session, place: Place, found: Sequence[Safety]) -> None:
    """Print a verdict on each path, and the proof."""
    for each in found:
        where = each.where
        if not each.risky:
            verdict = session.out.paint("safe", "green")
        else:
            verdict = session.out.paint("at risk" if each.risky == where.files else "at risk in part", "red")
        session.out.line(f"{verdict}  {name(place.outward(where.path))}: {total(where.files, where.size)}")
        if each.risky:
            session.out.line(f"  {total(each.risky, each.risky_size)} with fewer than {few(each.minimum)} elsewhere")
        for line in copy_lines(where):
            session.out.line(line)


def few(number: int) -> str:
    """Return `1 copy`, `2 copies`."""
    return count(number, "copy")


def write_risks(session: Session, place: Place, risks: Sequence[Risk]) -> None:
    """Write directories with too few copies as items."""
    items = session.items()
    for risk in risks:
        fields = {"files": risk.files, "size": risk.size, "copies": risk.copies, "minimum": risk.minimum}
        items.item("risk", {**named("path", place.outward(risk.path)), **fields})
    files, bytes_ = sum(risk.files for risk in risks), sum(risk.size for risk in risks)
    items.summary({"safe": not risks, "at_risk": files, "at_risk_size": bytes_})


def show_risks(session: Session, place: Place, risks: Sequence[Risk]) -> None:
    """Print directories with too few copies."""
    rows = (
        (
            count(risk.files, "file"),
            size(risk.size),
            f"{risk.copies} of {few(risk.minimum)}",
            name(place.outward(risk.path) + b"/"),
        )
        for risk in risks
    )
    for line in columns(rows, ">><<"):
        session.out.line(line)
    files, bytes_ = sum(risk.files for risk in risks), sum(risk.size for risk in risks)
    session.remark(f"{total(files, bytes_)} at risk" if risks else "everything has enough copies elsewhere")
