"""`annexish restore`."""

from __future__ import annotations

import click

from annexish.cli import changes, made
from annexish.cli.arguments import PATH, complete_revision
from annexish.cli.session import Session
from annexish.cli.steps import print_steps, write_steps


@click.command(epilog="\b\nExample:\n  annexish restore '@{2026-11-01}' Photos/Trips --to /tmp/trips")
@click.option(
    "--to",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=bytes),
    help="Make a directory of its own: one that is empty or does not exist. It appears when everything is in it.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.argument("revision", metavar="REV", shell_complete=complete_revision)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(
    session: Session, revision: str, paths: tuple[bytes, ...], directory: bytes | None, *, dry_run: bool
) -> int:
    """Make the files, or PATHs of them, equal to a revision.

    What is not committed is committed first, so nothing is lost; the head does not move: `status` shows
    what is different now, and `undo` takes it back. What moved is moved back, what is gone comes back as the object
    that it was, and what a file was before is in the safety net. What changed meanwhile, or is not in the net, stays.

    With --to the working tree is left alone: DIR becomes exactly the revision, or PATHs of it below the directories
    that lead to them. Contents come from the safety net, else from files that are present; each is checked.
    What is nowhere here is named, with size and digest, and all else is restored; the exit code is 3 then.
    Owners are restored for root only, by name where this system knows the name, else by number.

    With --json: a `step` item for each (`mkdir`, `copy`, `reflink`, `link`, `symlink`, `special`; without --to also
    `move`, `delete`, `metadata`), a `problem` item for what could not be restored, and a summary with totals.
    """
    if directory is None:
        return here(session, revision, paths, dry_run=dry_run)
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


def here(session: Session, revision: str, paths: tuple[bytes, ...], *, dry_run: bool) -> int:
    """Restore in the working tree."""
    repository = session.repository()
    place = session.place(repository)
    within = place.inward_all(paths)
    with session.progress() as progress:
        if dry_run:
            status = repository.difference_to(revision, within, progress=progress)
            if session.json:
                items = session.items()
                changes.write_changes(session, place, status.changes, items)
                items.summary(dict(status.counts))
            else:
                changes.print_changes(session, place, status.changes)
                session.remark(changes.in_words(status.counts) or "nothing would change")
            return 0
        first, done = repository.restore_here(revision, within, progress=progress)
    if first.commit:
        session.remark(f"commit {first.commit[:10]}: what was not committed")
    if session.json:
        write_steps(session, place, done, inside=True, totals={"commit": first.commit})
    else:
        print_steps(session, place, done, inside=True)
    return changes.code_for(done.problems)
