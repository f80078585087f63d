"""`annexish get`."""

from __future__ import annotations

import click

from annexish.cli import filled
from annexish.cli.arguments import PATH
from annexish.cli.printing import count, size
from annexish.cli.rate import LIMIT, Rate
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish get Photos/2026")
@click.option("--limit", metavar="RATE", type=Rate(), default=0, help=LIMIT)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...], *, limit: int) -> int:
    """Fetch files that are absent, from the remotes that can be reached.

    What was dropped, or was never fetched, is wanted again from now on: `sync` keeps it up to date.
    What is out of scope is not fetched; `scope add` takes it in.

    With --json: a `step` item for each file and directory, a `problem` item for each that could not be had,
    and a summary with `bytes_copied`, `files` and `size`.
    """
    repository = session.repository()
    place = session.place(repository)
    items = session.items() if session.json else None
    with session.progress() as progress:
        done = repository.get(
            place.inward_all(paths), limit=limit, tell=filled.listener(session, items, place), progress=progress
        )
    code = filled.tell(session, place, done, items)
    session.remark(
        f"{count(done.files, 'file')}, {size(done.received)} copied"
        if done.files or done.problems
        else "nothing is absent"
    )
    return code
