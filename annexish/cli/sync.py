"""`annexish sync`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from annexish.cli import changes, disputes
from annexish.cli.advanced import FEW
from annexish.cli.arguments import complete_remote
from annexish.cli.endings import CONFLICTS, DONE, PARTLY
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, plain, size
from annexish.cli.rate import LIMIT, Rate
from annexish.cli.session import Session
from annexish.errors import Refused
from annexish.flows.sync.sync import Met, Synced
from annexish.model.entry import Kind
from annexish.model.report import Step


@click.command(epilog="\b\nExample:\n  annexish sync laptop disk")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done; histories are fetched.")
@click.option("--no-commit", is_flag=True, help="Leave what is not committed as it is; it is named.")
@click.option("--no-content", is_flag=True, help="Fetch no new files; `get` does later.")
@click.option("--adopt", is_flag=True, help="Although the histories have nothing in common: what is the same is one.")
@click.option("--allow-mass-deletion", is_flag=True, help="Although it deletes most of the files on either side.")
@click.option("--limit", metavar="RATE", type=Rate(), default=0, help=LIMIT)
@click.argument("remotes", metavar="[REMOTE]...", nargs=-1, shell_complete=complete_remote)
@click.pass_obj
def command(
    session: Session, remotes: tuple[str, ...], *,
    dry_run: bool, no_commit: bool, no_content: bool, adopt: bool, allow_mass_deletion: bool, limit: int,
) -> int:  # fmt: skip
    """Become equal with other repositories, each side within its scope.

    Both sides commit what changed; histories are exchanged and merged as `merge` does; what either side lacks is
    copied, and what is here under any name is not copied. Then both go to the merge, and tell each other what they
    hold. What is deleted or overwritten goes to the safety net on that side.
    Without REMOTE: all of them; one that is away is named, and the exit code is 3. A read-only one is pulled from.
    A Git server is met first: histories go over it, and contents come from the other remotes that answer.
    Interrupted, the same command again goes on; what was copied is not copied again.

    With --json: a `step` item for each change of a working tree, with `side` (`here`, or the remote); a `conflict` item
    for each that is new, a `problem` item for what was not possible, and a summary with `commit`, `bytes_copied`,
    `moved` and `conflicts`.
    """
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        done = repository.sync(
            remotes,
            commit=not no_commit,
            content=not no_content,
            adopt=adopt,
            allow_mass_deletion=allow_mass_deletion,
            dry_run=dry_run,
            limit=limit,
            progress=progress,
        )
    if session.json:
        _write(place, done, session.items())
    else:
        _show(session, place, done, dry_run=dry_run)
    return _code(done, dry_run=dry_run)


def _code(done: Synced, *, dry_run: bool) -> int:
    problems = [*done.problems, *(problem for one in done.remotes for problem in one.problems)]
    errors = [one.error for one in done.remotes if one.error is not None]
    if any(isinstance(error, Refused) for error in errors):
        return Refused.exit_code
    if errors:
        return PARTLY
    code = changes.code_for(problems) if problems else DONE
    return code or (CONFLICTS if done.conflicts and not dry_run else DONE)


def _sides(done: Synced) -> list[tuple[str, Sequence[Step]]]:
    return [("here", done.steps), *((one.name, one.steps) for one in done.remotes)]


def _write(place: Place, done: Synced, items: Items) -> None:
    for side, steps in _sides(done):
        for step in steps:
            path = named("path", place.outward(step.path))
            items.item("step", {"step": step.word, "side": side, **path, "kind": step.kind.word, "size": step.size})
    disputes.write(place, disputes.opened_by(done.conflicts), items)
    changes.write_problems(place, done.problems, items)
    for one in done.remotes:
        changes.write_problems(place, one.problems, items)
        if one.error:
            items.item("problem", {"remote": one.name, "code": one.error.code, "reason": str(one.error)})
    steps = [step for _, side in _sides(done) for step in side]
    items.summary(
        {
            "commit": done.commit,
            "saved": done.saved,
            "steps": len(steps),
            "bytes_copied": done.bytes_copied,
            "moved": sum(step.word == "move" for step in steps),
            "conflicts": len(done.conflicts),
        }
    )


def _show(session: Session, place: Place, done: Synced, *, dry_run: bool) -> None:
    if done.saved:
        session.remark(f"commit {done.saved[:10]}: what was not committed")
    for side, steps in _sides(done):
        if not session.quiet and (session.verbose or len(steps) <= FEW):
            for step in steps:
                slash = "/" if step.kind is Kind.DIRECTORY else ""
                session.out.line(f"{plain(side)}: {step.word:<8}  {name(place.outward(step.path))}{slash}")
        elif steps:
            session.remark(f"{plain(side)}: {count(len(steps), 'step')}")
    changes.print_problems(session, place, done.problems)
    for one in done.remotes:
        _show_remote(session, place, one, dry_run=dry_run)
    disputes.show(place, disputes.opened_by(done.conflicts), session.out)
    if done.conflicts:
        verb = "would be recorded" if dry_run else "`annexish resolve` settles them"
        session.remark(f"{count(len(done.conflicts), 'conflict')}: {verb}")


def _show_remote(session: Session, place: Place, one: Met, *, dry_run: bool) -> None:
    changes.print_problems(session, place, one.problems)
    if one.error:
        session.out.warn(f"{plain(one.name)}: {plain(str(one.error))}")
        if one.error.hint:
            session.out.warn(f"{plain(one.name)}: {plain(one.error.hint)}")
    elif dry_run:
        session.remark(f"{plain(one.name)}: nothing was done")
    elif one.hub:
        came = f"; {size(one.received)} received from others" if one.received else ""
        session.remark(f"{plain(one.name)}: has the whole history{came}")
    elif not one.steps and not one.sent and not one.received:
        session.remark(f"{plain(one.name)}: nothing to copy")
    else:
        session.remark(f"{plain(one.name)}: {size(one.received)} received, {size(one.sent)} sent")
