"""`annexish drop`."""

from __future__ import annotations

import click

from annexish.cli import changes
from annexish.cli.arguments import PATH
from annexish.cli.endings import DONE, PARTLY
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, plain, size
from annexish.cli.session import Session
from annexish.errors import Refused
from annexish.flows.sync.drop import Dropped

FEW = 100
"""More files than this are counted and not listed, unless they are asked for."""


@click.command(epilog="\b\nExample:\n  annexish drop Photos/2019")
@click.option("--copies", metavar="N", type=click.IntRange(1, 99), help="How many others must prove that they hold it.")
@click.option("--dry-run", is_flag=True, help="Only say what would go; the others are asked all the same.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...], *, copies: int | None, dry_run: bool) -> int:
    """Let files go here, once other repositories have proved that they hold them.

    All remotes that answer read the contents now, while they and this repository are locked.
    A file goes only if so many of them have it as `copies.minimum` says, or --copies.
    It stays in the history and elsewhere; `sync` leaves it alone, and `get` fetches it again.
    What is not as it was committed stays. Directories stay.
    The exit code is 5 if too few others have any of it, and 3 if a part stays.

    With --json: a `step` item for each file, a `problem` item for each that stays and for each remote that proved
    nothing, and a summary with `files`, `size`, `bytes_freed`, `needed` and `problems`.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        done = repository.drop(place.inward_all(paths), copies=copies, dry_run=dry_run, progress=progress)
    (write if session.json else show)(session, place, done, dry_run=dry_run)
    if done.needed and not done.steps:
        return Refused.exit_code
    return PARTLY if done.problems else DONE


def write(session: Session, place: Place, done: Dropped, *, dry_run: bool) -> None:
    """Write what went and what stays as items."""
    items = session.items()
    for step in done.steps:
        path = named("path", place.outward(step.path))
        items.item("step", {"step": step.word, **path, "kind": step.kind.word, "size": step.size})
    changes.write_problems(place, done.problems, items)
    for away in done.away:
        items.item("problem", {"remote": away.name, "code": "away", "reason": away.reason})
    items.summary(
        {
            "files": len(done.steps),
            "size": sum(step.size for step in done.steps),
            "bytes_freed": done.bytes_freed,
            "needed": done.needed,
            "problems": len(done.problems),
        }
    )


def show(session: Session, place: Place, done: Dropped, *, dry_run: bool) -> None:
    """Print what went, if it is little, and what stays."""
    if not session.quiet and (dry_run or session.verbose or len(done.steps) <= FEW):
        for step in done.steps:
            session.out.line(f"{step.word:<8}  {name(place.outward(step.path))}")
    changes.print_problems(session, place, done.problems)
    if done.needed:
        for away in done.away:
            session.out.warn(f"{plain(away.name)}: {plain(away.reason)}")
        session.out.warn("hint: `annexish sync` brings others what they lack; `annexish whereis` says who holds what")
    files = count(len(done.steps), "file")
    if dry_run:
        session.remark(f"would drop {files}, {size(sum(step.size for step in done.steps))}")
    elif done.steps:
        session.remark(f"dropped {files}: {size(done.bytes_freed)} freed")
    elif not done.problems:
        session.remark("nothing of it is here; from now on it is not wanted")
