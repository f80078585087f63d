"""`annexish view`."""

from __future__ import annotations

import click

from annexish.cli import made
from annexish.cli.arguments import complete_revision
from annexish.cli.session import Session

SHARED = "these files are the kept ones themselves: writing to one changes what is kept (--copy makes copies)"


@click.command(epilog="\b\nExample:\n  annexish view HEAD~10 /tmp/as-it-was")
@click.option("--copy", is_flag=True, help="Make copies, which may be written to.")
@click.argument("revision", metavar="REV", shell_complete=complete_revision)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=bytes))
@click.pass_obj
def command(session: Session, revision: str, directory: bytes, *, copy: bool) -> int:
    """Show a whole revision as a directory, in the time of making links.

    DIR is outside of the working tree, and is empty or does not exist; the directories in it are read-only.
    Where the file system has reflinks the files are those.
    Elsewhere they are the kept files themselves, under other names: look at them, and do not write to them.
    A file whose mode, owner, time or attributes are not those of the kept one is a copy.
    Contents are not checked, other than those of copies.

    With --json: a `step` item for each (`mkdir`, `reflink`, `link`, `copy`, `symlink`, `special`), a `problem` item
    for what is not there (`absent`, `corrupt`, `failed`) or not wholly (`note`), and a summary with totals.
    """
    repository = session.repository()
    place = session.place(repository)
    items = session.items() if session.json else None
    with session.progress() as progress:
        done = repository.view(
            revision,
            made.destination(session, directory),
            copy=copy,
            tell=made.listener(session, place, items),
            progress=progress,
        )
        code = made.tell(session, place, done, items, "viewing")
    if done.counts.get("link") and not copy:
        session.remark(SHARED)
    return code
