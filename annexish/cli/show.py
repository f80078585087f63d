"""`annexish show`."""

from __future__ import annotations

import click

from annexish.cli import changes
from annexish.cli.arguments import complete_revision
from annexish.cli.commits import commit_item, commit_lines
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish show HEAD~1")
@click.argument("revision", metavar="[REV]", default="HEAD", shell_complete=complete_revision)
@click.pass_obj
def command(session: Session, revision: str) -> None:
    """Show what a commit did.

    REV (default: the newest commit) is compared with its first parent.
    The lines are those of `annexish status`; -v shows every change, and which fields differ.

    With --json: a `change` item for each change, and a summary with the commit and the totals by word.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress():
        shown = repository.show(revision)
        if session.json:
            items = session.items()
            changes.write_changes(session, place, shown.difference.changes, items)
            summary = changes.totals(shown.difference.counts, ())
            items.summary({"commit": shown.commit.id, **commit_item(shown.commit), **summary})
            return
        for line in commit_lines(shown.commit, session.out, verbose=session.verbose):
            session.out.line(line)
        session.out.line("")
        changes.print_changes(session, place, shown.difference.changes)
