"""`annexish diff`."""

from __future__ import annotations

import click

from annexish.cli import changes
from annexish.cli.arguments import RevisionsAndPaths, Word, divide
from annexish.cli.session import Session


@click.command(cls=RevisionsAndPaths, epilog="\b\nExample:\n  annexish diff HEAD~2 HEAD Photos")
@click.argument("words", metavar="[REV [REV]] [--] [PATH]...", nargs=-1, type=Word())
@click.pass_obj
def command(session: Session, words: tuple[str, ...]) -> int:
    """Show how two snapshots differ, or a snapshot and the working tree.

    Without REV the newest commit is compared with the working tree, with one REV that commit.
    The lines are those of `annexish status`; -v shows every change, and which fields differ.

    With --json: a `change` item for each change, and the totals by word.
    """
    repository = session.repository()
    place = session.place(repository)
    revisions, paths = divide(repository, place, words, 2)
    before = revisions[0] if revisions else "HEAD"
    after = revisions[1] if len(revisions) > 1 else None
    with session.progress() as progress:
        status = repository.diff(before, after, paths, progress=progress)
        if session.json:
            items = session.items()
            changes.write_changes(session, place, status.difference.changes, items)
            changes.write_problems(place, status.problems, items)
            items.summary(changes.totals(status.difference.counts, status.problems))
        else:
            changes.print_changes(session, place, status.difference.changes)
            changes.print_problems(session, place, status.problems)
    session.remark(changes.in_words(status.difference.counts) or "no difference")
    return changes.code_for(status.problems)
