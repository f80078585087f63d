"""`annexish undo`."""

from __future__ import annotations

import click

from annexish.cli import changes
from annexish.cli.operations import operation_item
from annexish.cli.printing import name
from annexish.cli.session import Session
from annexish.cli.steps import print_steps, write_steps


@click.command(epilog="\b\nExample:\n  annexish undo 12")
@click.argument("operation", metavar="[OP]", required=False, type=click.IntRange(min=1))
@click.pass_obj
def command(session: Session, operation: int | None) -> int:
    """Take back what an operation did, the last one without OP.

    The files become what they were before it, as far as nothing was changed since and the bytes are still here;
    what is not taken back is named. The result is a new commit: history only grows.
    What is not committed when this begins is committed first. An undo can be undone.
    Conflicts that the operation opened are closed, and those that it settled are open again.

    With --json: a `step` item for each change, `problem` items, the `operation`, and a summary with `commit`.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        undone = repository.undo(operation, progress=progress)
    if session.json:
        session.items().item("operation", operation_item(undone.operation))
        write_steps(session, place, undone.done, inside=True, totals={"commit": undone.commit})
    else:
        print_steps(session, place, undone.done, inside=True)
        what = f"operation {undone.operation.number} ({name(undone.operation.text.encode())})"
        session.remark(
            f"took back {what}: commit {undone.commit[:10]}" if undone.commit else f"nothing changed: {what}"
        )
    return changes.code_for(undone.done.problems)
