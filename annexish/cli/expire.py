"""`annexish expire`."""

from __future__ import annotations

import click

from annexish.cli import lost
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish expire --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would go, and why.")
@click.pass_obj
def command(session: Session, *, dry_run: bool) -> int:
    """Let losses go that your rules no longer hold.

    The rules are the settings `keep.*`; while none is set, nothing goes.
    `keep.expire-after-commits`, `keep.expire-after` and `keep.calendar` say how old a loss must be.
    `keep.max-share` and `keep.min-free` let go only of what is too much or too little then, the oldest first.
    A loss goes only if every rule that is set agrees.
    One of which the content may be on a file system that is not mounted now stays, which makes the exit code 3.

    With --json: a `lost` item for each, with `why`, and a summary with `contents` and `bytes_freed`.
    """
    repository = session.repository()
    place = session.place(repository)
    released = repository.expire(dry_run=dry_run)
    if session.json:
        return lost.write(session, place, released)
    if not released.lost and not released.contents and not released.away:
        session.remark("nothing expires")
        return 0
    return lost.show(session, place, released, verb="would let go of" if dry_run else "let go of", every=dry_run)
