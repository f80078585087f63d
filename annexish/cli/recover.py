"""`annexish recover`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from annexish.cli import changes
from annexish.cli.arguments import PATH
from annexish.cli.lost import lost_item
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, size
from annexish.cli.session import Session
from annexish.cli.steps import print_steps, write_steps
from annexish.errors import Usage
from annexish.flows.repository import Repository
from annexish.model.entry import Kind
from annexish.model.path import RepoPath, components, within
from annexish.model.report import Lost


@click.command(epilog="\b\nExample:\n  annexish recover --list\n  annexish recover Photos/2024")
@click.option("--list", "only_list", is_flag=True, help="Show what can be brought back, the newest loss first.")
@click.option("--at", metavar="REV", help="Bring back what the paths were at a revision.")
@click.option("--to", metavar="DIR", type=PATH, help="Bring it back into DIR, which is made if it is missing.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...], at: str | None, to: bytes | None, *, only_list: bool) -> int:
    """Bring back what was deleted or overwritten.

    A directory comes back with all that is lost below it, the newest loss of each path.
    Nothing that is there is overwritten: where other bytes are, a file lands beside them
    under another name, which is said. A file that was overwritten comes back if it is named itself.

    With --json: a `lost` item for each (with --list), or a `step` item, and a summary.
    """
    repository = session.repository()
    place = session.place(repository)
    within_paths = place.inward_all(paths)
    if only_list:
        if at is not None or to is not None:
            raise Usage("--list shows losses; it does not go with --at or --to")
        return listed(session, place, repository, within_paths)
    if not within_paths:
        raise Usage(
            "say what to bring back", hint="`annexish recover --list` shows what there is; `.` is all below here"
        )
    with session.progress() as progress:
        target = None if to is None else session.path(to)
        done = repository.recover(within_paths, at=at, to=target, progress=progress)
    if session.json:
        write_steps(session, place, done, inside=to is None)
    else:
        print_steps(session, place, done, inside=to is None)
    return changes.code_for(done.problems)


def listed(session: Session, place: Place, repository: Repository, paths: tuple[RepoPath, ...]) -> int:
    """Show what is lost."""
    with session.progress() as progress:
        found = repository.lost(paths, progress=progress)
        (write if session.json else show)(session, place, repository, found)
    return 0


def write(session: Session, place: Place, repository: Repository, found: Iterable[Lost]) -> None:
    """Write losses as items."""
    items = session.items()
    number = total = 0
    for one in found:
        items.item("lost", lost_item(one, place))
        number, total = number + 1, total + one.size
    items.summary({"lost": number, "bytes": total})


def show(session: Session, place: Place, repository: Repository, found: Iterable[Lost]) -> None:
    """Print losses, those that vanished together under one heading."""
    number = total = 0
    for commit, together in groupby(found, key=lambda one: one.commit):
        session.out.line(session.out.paint(heading(repository, commit), "yellow"))
        for line, size_of, here in lines(session, place, sorted(together, key=lambda one: components(one.path))):
            session.out.line(f"  {line}")
            number, total = number + here, total + size_of
    session.remark(f"{count(number, 'item')}, {size(total)}" if number else "nothing is lost")


def heading(repository: Repository, commit: str | None) -> str:
    """Say when something vanished."""
    if commit is None:
        return "since the last commit"
    from annexish.cli.commits import when

    found = repository.show(commit).commit
    first = found.message.split("\n")[0]
    return f"commit {commit[:10]}  {when(found.author)}  {name(first.encode())}"


def lines(session: Session, place: Place, together: list[Lost]) -> Iterator[tuple[str, int, int]]:
    """Yield (line, bytes, number of losses): a directory that vanished as a whole is one line, unless verbose."""
    at = 0
    while at < len(together):
        top = together[at]
        after = at + 1
        if top.kind is Kind.DIRECTORY and not top.replaced and not session.verbose:
            while after < len(together) and within(together[after].path, top.path):
                after += 1
        inside = together[at:after]
        total = sum(one.size for one in inside)
        yield text(session, place, top, inside[1:] if after > at + 1 else inside, total), total, len(inside)
        at = after


def text(session: Session, place: Place, top: Lost, inside: list[Lost], total: int) -> str:
    """The line of a loss, or of a directory with what is in it."""
    directory = top.kind is Kind.DIRECTORY
    word = "replaced" if top.replaced else "deleted"
    path = name(place.outward(top.path) + (b"/" if directory else b""))
    if directory:
        nouns = Counter(changes.NOUNS.get(one.kind, "other") for one in inside if one is not top)
        remark = ", ".join(count(number, noun) for noun, number in nouns.items()) or "empty"
        remark += f", {size(total)}" if total else ""
    else:
        remark = size(total)
    away = sum(one.away for one in inside)
    if away:
        remark += ", away" if len(inside) == 1 else f", {away} away"
    gone = sum(not one.recoverable for one in inside) - away
    if gone:
        remark += ", cannot be recovered" if len(inside) == 1 else f", {gone} cannot be recovered"
    return f"{session.out.paint(f'{word:<10}', 'red')}{path}  ({remark})"
