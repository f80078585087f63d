"""`annexish operations`."""

from __future__ import annotations

import time

import click

from annexish.cli.printing import name
from annexish.cli.session import Session
from annexish.model.report import Operation


@click.command(epilog="\b\nExample:\n  annexish operations -n 5")
@click.option("-n", "--number", metavar="N", type=click.IntRange(min=0), help="At most N, the newest.")
@click.pass_obj
def command(session: Session, number: int | None) -> None:
    """Show what was done in this repository, newest first.

    `annexish undo N` takes the operation of a number back.

    With --json: an `operation` item for each: `number`, `time`, `command`, `text`, and the heads `before` and `after`.
    """
    found = list(session.repository().operations())[:number]
    if session.json:
        items = session.items()
        for one in found:
            items.item("operation", operation_item(one))
        items.summary({"operations": len(found)})
        return
    for one in found:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.time))
        head = f"  -> {one.after[:10]}" if one.after and one.after != one.before else ""
        session.out.line(f"{one.number:>5}  {when}  {one.command:<8}  {name(one.text.encode())}{head}")
    if not found:
        session.remark("nothing was done here yet")


def operation_item(one: Operation) -> dict[str, object]:
    """The fields of an `operation` item; the time is in seconds since 1970."""
    return {
        "number": one.number, "time": one.time, "command": one.command, "text": one.text,
        "before": one.before, "after": one.after,
    }  # fmt: skip
