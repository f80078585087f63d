"""`annexish commit`."""

from __future__ import annotations

import os
import sys

import click

from annexish.cli import changes, disputes, lost
from annexish.cli.arguments import PATH
from annexish.cli.endings import CONFLICTS, DONE
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, size
from annexish.cli.session import Session
from annexish.errors import AnnexishError, Usage
from annexish.model.report import Committed

FEW = 100
"""More changes than this are counted and not listed, unless -v asks for them."""

TEMPLATE = "\n# Say what changed. Lines that begin with # are left out.\n# An empty message stops the commit.\n"


@click.command(epilog='\b\nExample:\n  annexish commit -m "sorted the photos of the summer"')
@click.option("-m", "--message", "messages", metavar="TEXT", multiple=True, help="What to say; each -m is a paragraph.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Also confirm what this loses: what it deletes or replaces cannot be brought back.",
)
@click.option("--allow-mass-deletion", is_flag=True, help="Record it although most of what was present is gone.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(
    session: Session,
    messages: tuple[str, ...],
    paths: tuple[bytes, ...],
    *,
    confirm: bool,
    allow_mass_deletion: bool,
) -> int:
    """Record what the files look like.

    With PATH only what is there; the other end of a move is taken along.
    There is no commit when nothing changed.
    When more than half of the files are gone it is refused with exit code 5;
    --allow-mass-deletion says that it was meant.
    --confirm confirms what the commit loses, once it is recorded.
    Without -m an editor opens on a terminal.
    Where an object is absent and something else has its place, both are recorded, the absent one under a name beside
    it, and `conflicts` lists it; the exit code is 4 then.

    With --json: a `change` item for each change, a `conflict` item for each that is new, and a summary with `commit`,
    `conflicts` and the totals by word.
    """
    repository = session.repository()
    place = session.place(repository)
    within = place.inward_all(paths)
    message = message_of(messages) if messages else ask()
    with session.progress() as progress:
        done = repository.commit(
            message, within, confirm=confirm, allow_mass_deletion=allow_mass_deletion, progress=progress
        )
        if session.json:
            write(session, place, done)
        else:
            show(session, place, done)
    return changes.code_for(done.problems) or (CONFLICTS if done.conflicts else DONE)


def message_of(paragraphs: tuple[str, ...]) -> str:
    """Join the texts of all -m; bytes that are not UTF-8 become visible."""
    text = os.fsencode("\n\n".join(paragraphs)).decode("utf-8", "backslashreplace").strip()
    if not text:
        raise Usage("the message is empty", hint="say what changed: -m TEXT")
    return text


def ask() -> str:
    """Let a person write the message in an editor."""
    if not sys.stdin.isatty():
        raise Usage("a message is needed", hint="say what changed: -m TEXT")
    text = click.edit(TEMPLATE, extension=".txt", require_save=False) or ""
    text = "\n".join(line.rstrip() for line in text.splitlines() if not line.startswith("#")).strip()
    if not text:
        raise AnnexishError("the message is empty; nothing was recorded")
    return text


def write(session: Session, place: Place, done: Committed) -> None:
    """Write what was recorded as items."""
    items = session.items()
    changes.write_changes(session, place, done.difference.changes, items)
    changes.write_problems(place, done.problems, items)
    for path in done.taken_along:
        items.item("taken_along", named("path", place.outward(path)))
    disputes.write(place, disputes.opened_by(done.conflicts), items)
    totals = changes.totals(done.difference.counts, done.problems) | {"conflicts": len(done.conflicts)}
    if done.confirmed is not None:
        lost.write_lost(place, done.confirmed.lost, items)
        totals |= lost.totals(done.confirmed)
    items.summary({"commit": done.commit, **totals, "read": dict(done.read)})


def show(session: Session, place: Place, done: Committed) -> None:
    """Print what was recorded; a quiet commit does not compute its difference."""
    if done.commit is None:
        session.remark("nothing changed")
    elif not session.quiet:
        show_changes(session, place, done, done.commit)
    for path in done.taken_along:
        session.remark(f"taken along, as the other end of a move: {name(place.outward(path))}")
    if done.confirmed is not None and (done.commit or done.confirmed.lost):
        session.remark(f"confirmed {lost.in_words(done.confirmed)}")
    disputes.show(place, disputes.opened_by(done.conflicts), session.out)
    if done.conflicts:
        session.remark(f"{count(len(done.conflicts), 'conflict')}: `annexish resolve` settles them")
    changes.print_problems(session, place, done.problems)


def show_changes(session: Session, place: Place, done: Committed, commit: str) -> None:
    """Print the changes if they are few or asked for, and the totals."""
    counts = session.repository().show(commit).commit.counts
    few = sum(counts.values()) <= FEW
    if few or session.verbose:
        changes.print_changes(session, place, done.difference.changes)
    text = changes.in_words(counts)
    session.remark(f"commit {commit[:10]}: {text}" + ("" if few or session.verbose else "; `annexish show` lists them"))
    if session.verbose and done.read:
        session.remark("read: " + ", ".join(read_in_words(*pair) for pair in done.read.items()))


def read_in_words(what: str, number: int) -> str:
    """Return `12 files` or `3 MiB`."""
    return size(number) if what in ("bytes", "size") else f"{number} {what}"
