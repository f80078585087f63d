"""`annexish merge`."""

from __future__ import annotations

from collections import Counter

import click

from annexish.cli import advanced, changes, disputes, lost
from annexish.cli.arguments import complete_revision
from annexish.cli.endings import CONFLICTS, DONE
from annexish.cli.paths import Place
from annexish.cli.printing import count
from annexish.cli.session import Session
from annexish.errors import Refused
from annexish.model.report import MergeDone


@click.command(epilog="\b\nExample:\n  annexish merge laptop/main --dry-run")
@click.option("--adopt", is_flag=True, help="Although the histories have nothing in common: what is the same is one.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--allow-mass-deletion", is_flag=True, help="Although it deletes most of the files.")
@click.argument("revision", metavar="REV", shell_complete=complete_revision)
@click.pass_obj
def command(session: Session, revision: str, *, adopt: bool, dry_run: bool, allow_mass_deletion: bool) -> int:
    """Merge a head of the history into this one, object by object.

    What one side moved and the other one edited is moved and edited. What both edited is kept in both versions, and
    `conflicts` lists it; the exit code is 4 then, but not of a dry run. A merge always completes.
    What is not committed is committed first, what is deleted or overwritten goes to the safety net,
    and `undo` takes the merge back.
    What the other side confirmed everywhere is let go of here too, as `confirm --received` does.
    --dry-run writes nothing; it tells what a merge with the newest commit would do, and if that would be refused,
    or the commit before it, it ends with the same exit code 5.

    With --json: a `step` item for each change of the working tree, a `conflict` item for each that is new, and a
    summary with `commit`, `saved` (the commit of what was not committed), `conflicts`, `bytes_freed` and the counts.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        done = repository.merge(
            revision, adopt=adopt, dry_run=dry_run, allow_mass_deletion=allow_mass_deletion, progress=progress
        )
    code = _write(session, place, done) if session.json else _show(session, place, done, revision, dry_run=dry_run)
    if done.refused is not None:
        raise Refused(done.refused, hint="if that is meant, merge with --allow-mass-deletion")
    return code or (CONFLICTS if done.conflicts and not dry_run else DONE)


def _write(session: Session, place: Place, done: MergeDone) -> int:
    items = session.items()
    disputes.write(place, disputes.opened_by(done.conflicts), items)
    changes.write_problems(place, done.notes, items)
    totals = {
        "commit": done.commit,
        "saved": done.saved,
        "unsaved": done.unsaved,
        "conflicts": len(done.conflicts),
        "confirmed": len(done.received.lost),
        "bytes_freed": done.received.bytes_freed,
        **_counts(done),
    }
    return advanced.write(place, done.done, items, totals)


def _show(session: Session, place: Place, done: MergeDone, revision: str, *, dry_run: bool) -> int:
    if done.saved:
        session.remark(f"commit {done.saved[:10]}: what was not committed")
    code = advanced.show(session, place, done.done)
    disputes.show(place, disputes.opened_by(done.conflicts), session.out)
    changes.print_problems(session, place, done.notes)
    if done.unsaved:
        session.remark(f"would commit first what is not committed: {count(done.unsaved, 'change')}")
    said = changes.in_words(_counts(done)) or "the files stay as they are"
    if done.commit is not None:
        session.remark(f"commit {done.commit[:10]}: merge of {revision}, {said}")
    else:
        session.remark(f"would merge {revision}: {said}" if dry_run else f"{revision} is merged already")
    if done.received.lost:
        session.remark(f"others confirmed {lost.in_words(done.received)}")
    if done.conflicts and not dry_run:
        session.remark(f"{count(len(done.conflicts), 'conflict')}: `annexish resolve` settles them")
    return code


def _counts(done: MergeDone) -> Counter[str]:
    """How many changes of each kind the working tree gets."""
    return Counter(change.word for change in done.changes)
