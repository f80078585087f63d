"""`annexish confirm`."""

from __future__ import annotations

import click

from annexish.cli import lost
from annexish.cli.arguments import PATH, complete_revision
from annexish.cli.session import Session
from annexish.errors import AnnexishError, Usage


@click.command(epilog="\b\nExample:\n  annexish confirm Photos/blurred")
@click.option("--all", "everything", is_flag=True, help="All losses, and contents in the keep that nobody knows.")
@click.option("--commit", "revision", metavar="REV", shell_complete=complete_revision, help="What this commit lost.")
@click.option("--everywhere", is_flag=True, help="In each repository, at its next sync (not yet).")
@click.option("--dry-run", is_flag=True, help="Only say what it would do.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(
    session: Session,
    paths: tuple[bytes, ...],
    revision: str | None,
    *,
    everything: bool,
    everywhere: bool,
    dry_run: bool,
) -> None:
    """Say that losses were meant, and free their space.

    PATH is where the object was; what was in a directory goes with it.
    With --commit only what that commit lost.
    It is for losses that a commit recorded, deleted objects and replaced contents alike;
    a content that another loss or a file of the newest commit has stays.
    What is confirmed cannot be brought back.

    With --json: a `lost` item for each, and a summary with `contents` and `bytes_freed`.
    """
    if everything and (paths or revision):
        raise Usage("--all goes with no PATH and no --commit")
    if not everything and not paths and revision is None:
        raise Usage("nothing is named", hint="name a PATH, or --commit REV, or --all")
    if everywhere:
        raise AnnexishError("--everywhere is not there yet", hint="confirm it in each repository")
    repository = session.repository()
    place = session.place(repository)
    released = repository.confirm(place.inward_all(paths), commit=revision, dry_run=dry_run)
    if session.json:
        lost.write(session, place, released)
    else:
        lost.show(session, place, released, verb="would confirm" if dry_run else "confirmed", every=dry_run)
