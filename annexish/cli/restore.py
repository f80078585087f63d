"""`annexish restore`."""

from __future__ import annotations

import click

from annexish.cli import made
from annexish.cli.arguments import PATH, complete_revision
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish restore '@{2026-11-01}' Photos/Trips --to /tmp/trips")
@click.option(
    "--to",
    "directory",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=bytes),
    help="Where to: a directory that is empty or does not exist. It appears when everything is in it.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be made, and what is nowhere here.")
@click.argument("revision", metavar="REV", shell_complete=complete_revision)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(session: Session, revision: str, paths: tuple[bytes, ...], directory: bytes, *, dry_run: bool) -> int:
    """Make a directory that is exactly a revision.

    With PATH only what is there, below the directories that lead to it.
    Contents come from the safety net, else from files that are present, and each is checked against its digest.
    What is nowhere here is named, with size and digest, and all else is restored; the exit code is 3 then.
    Owners are restored for root only, by name where this system knows the name, else by number.

    With --json: a `step` item for each (`mkdir`, `copy`, `reflink`, `link`, `symlink`, `special`), a `problem` item
    for what could not be restored (`absent`, `corrupt`, `failed`) or not wholly (`note`), and a summary with totals.
    """
    repository = session.repository()
    place = session.place(repository)
    within = place.inward_all(paths)
    items = session.items() if session.json else None
    with session.progress() as progress:
        done = repository.restore(
            revision,
            within,
            to=made.destination(session, directory),
            dry_run=dry_run,
            tell=made.listener(session, place, items),
            progress=progress,
        )
        return made.tell(session, place, done, items, "would restore" if dry_run else "restored")
