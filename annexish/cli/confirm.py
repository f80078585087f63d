"""`annexish confirm`."""

from __future__ import annotations

import click

from annexish.cli import lost
from annexish.cli.arguments import PATH, complete_revision
from annexish.cli.session import Session
from annexish.errors import Usage


@click.command(epilog="\b\nExample:\n  annexish confirm Photos/blurred")
@click.option("--all", "everything", is_flag=True, help="All losses, and contents in the keep that nobody knows.")
@click.option("--commit", "revision", metavar="REV", shell_complete=complete_revision, help="What this commit lost.")
@click.option("--everywhere", is_flag=True, help="In each repository that has the history, by a commit that says so.")
@click.option("--received", is_flag=True, help="What other repositories confirmed everywhere, as far as it is known.")
@click.option("--allow-mass-deletion", is_flag=True, help="With --received: although it is a large part.")
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
    received: bool,
    allow_mass_deletion: bool,
    dry_run: bool,
) -> int:
    """Say that losses were meant, and free their space.

    PATH is where the object was; what was in a directory goes with it.
    With --commit only what that commit lost.
    It is for losses that a commit recorded, deleted objects and replaced contents alike;
    a content that another loss or a file of the newest commit has stays.
    What is confirmed cannot be brought back.
    A loss of which the content may be on a file system that is not mounted now stays, which makes the exit code 3.

    --everywhere also makes a commit that says it to every repository.
    --received carries out here what such commits of others say, once they are in the history of the newest commit;
    a content that any head known here still holds waits.
    More than `guard.max_deletions` at once is refused with exit code 5; --allow-mass-deletion says that it was meant.

    With --json: a `lost` item for each, and a summary with `contents`, `bytes_freed`, `commit` and `waiting`.
    """
    named = bool(everything or paths or revision is not None)
    if everything and (paths or revision):
        raise Usage("--all goes with no PATH and no --commit")
    if received and (named or everywhere):
        raise Usage("--received goes with no PATH, no --commit, no --all and no --everywhere")
    if allow_mass_deletion and not received:
        raise Usage("--allow-mass-deletion goes with --received: what you name is meant")
    if not (named or received):
        raise Usage("nothing is named", hint="name a PATH, or --commit REV, or --all")
    repository = session.repository()
    place = session.place(repository)
    if received:
        released = repository.confirm_received(allow_mass_deletion=allow_mass_deletion, dry_run=dry_run)
    else:
        inward = place.inward_all(paths)
        released = repository.confirm(inward, commit=revision, everywhere=everywhere, dry_run=dry_run)
    if session.json:
        return lost.write(session, place, released, {"commit": released.commit, "waiting": released.waiting})
    return lost.show(session, place, released, verb="would confirm" if dry_run else "confirmed", every=dry_run)
