"""`annexish status`."""

from __future__ import annotations

import click

from annexish.cli import changes, disputes
from annexish.cli.arguments import PATH
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import count, size
from annexish.cli.session import Session
from annexish.model.report import Status


@click.command(epilog="\b\nExample:\n  annexish status Photos")
@click.option("--ignored", is_flag=True, help="Also list what the ignore rules leave out.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...], *, ignored: bool) -> int:
    """Show what a commit would record.

    Moves are shown as moves, and a directory that moved as one line.
    A directory that is new or gone as a whole is one line with what is in it;
    -v shows every change, and which fields differ.
    What could not be read is named, and makes the exit code 3.
    What a commit would leave to be decided is listed last.

    With --json: a `change` item for each change, `ignored`, `problem` and `conflict` items (those that a commit would
    add), and the totals by word.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        status = repository.status(place.inward_all(paths), ignored=ignored, progress=progress)
        (write if session.json else show)(session, place, status)
    return changes.code_for(status.problems)


def write(session: Session, place: Place, status: Status) -> None:
    """Write a status as items."""
    items = session.items()
    changes.write_changes(session, place, status.difference.changes, items)
    changes.write_problems(place, status.problems, items)
    for path in status.ignored:
        items.item("ignored", named("path", place.outward(path)))
    disputes.write(place, disputes.opened_by(status.opened), items)
    totals = changes.totals(status.difference.counts, status.problems)
    items.summary(
        {"head": status.head, **totals, "ignored": len(status.ignored), "absent": status.absent, **kept_back(status)}
    )


def kept_back(status: Status) -> dict[str, object]:
    """What is lost and not confirmed, what cannot be kept, what is to be decided and not finished, for the summary."""
    contents, total = status.lost
    return {
        "kept_back": {"contents": contents, "bytes": total},
        "unprotected": status.unprotected,
        "conflicts": status.conflicts,
        "opened": len(status.opened),
        "interrupted": status.interrupted or None,
    }


def show(session: Session, place: Place, status: Status) -> None:
    """Print a status."""
    changes.print_changes(session, place, status.difference.changes)
    lines = changes.ChangeLines(place, session.out, verbose=session.verbose)
    for path in status.ignored:
        session.out.line(lines.worded("ignored", lines.path(path)))
    session.remark(changes.in_words(status.difference.counts) or "nothing changed")
    if status.lost[0]:
        session.remark(
            f"{count(status.lost[0], 'content')} kept back, {size(status.lost[1])}: `annexish recover --list`"
        )
    if status.unprotected:
        session.remark(f"{count(status.unprotected, 'content')} not protected: `annexish doctor` says why")
    if status.conflicts:
        session.remark(f"{count(status.conflicts, 'conflict')} to decide: `annexish conflicts`")
    if status.interrupted:
        session.remark(f"an interrupted {status.interrupted} will be finished by the next command that writes")
    if status.opened:
        disputes.show(place, disputes.opened_by(status.opened), session.out)
        session.remark(f"{count(len(status.opened), 'conflict')} that a commit records: the other version is not here")
    if status.absent:
        session.remark(f"{status.absent} absent: in scope, but the content is not here")
    if failed := changes.problems_in_words(status.problems):
        session.remark(f"{failed}; a commit leaves these as they were")
    changes.print_problems(session, place, status.problems)
