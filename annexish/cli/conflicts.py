"""`annexish conflicts`."""

from __future__ import annotations

import click

from annexish.cli import disputes
from annexish.cli.arguments import PATH
from annexish.cli.endings import CONFLICTS, DONE
from annexish.cli.printing import count
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish conflicts Photos")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...]) -> int:
    """List what a person has to decide, with where each version is from; PATHs limit it.

    A merge never waits for a decision: both versions are kept, and the conflict stays in the history, in every
    repository, until `resolve` settles it in one of them. The exit code is 4 while there are any.

    With --json: a `conflict` item for each, and a summary with `conflicts`.
    """
    repository = session.repository()
    place = session.place(repository)
    found = list(repository.conflicts(place.inward_all(paths)))
    if session.json:
        items = session.items()
        disputes.write(place, found, items)
        items.summary({"conflicts": len(found)})
    else:
        disputes.show(place, found, session.out)
        session.remark(f"{count(len(found), 'conflict')}: `annexish resolve` settles them" if found else "no conflicts")
    return CONFLICTS if found else DONE
