"""`annexish log`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from annexish.cli.arguments import PATH, complete_revision
from annexish.cli.commits import commit_item, commit_lines
from annexish.cli.session import Session
from annexish.errors import Usage
from annexish.model.commit import Commit


@click.command(epilog="\b\nExample:\n  annexish log -n 5 --follow Photos/2024/beach.jpg")
@click.option("-n", "--number", metavar="N", type=click.IntRange(min=0), help="At most N commits.")
@click.option("--graph", is_flag=True, help="Draw the lines of descent.")
@click.option("--follow", metavar="PATH", type=PATH, help="Only commits that changed this object, through its moves.")
@click.option("--grep", metavar="TEXT", help="Only commits whose message contains TEXT.")
@click.option("--since", metavar="DATE", help="Only commits that are not older than DATE.")
@click.argument("revision", metavar="[REV]", default="HEAD", shell_complete=complete_revision)
@click.pass_obj
def command(
    session: Session,
    revision: str,
    number: int | None,
    follow: bytes | None,
    grep: str | None,
    since: str | None,
    *,
    graph: bool,
) -> None:
    """Show the history, newest first.

    Times are those of the place where the commit was made.
    --follow shows what happened to one object, under whatever names it had.

    With --json: a `commit` item for each, with `id`, `parents`, `author`, `repository`, `time`, `message` and `counts`.
    """
    if graph and session.json:
        raise Usage("--graph is a drawing; the `parents` of --json say the same")
    if graph and (grep or follow):
        raise Usage("--graph draws every commit; it does not go with --grep or --follow")
    repository = session.repository()
    followed = None if follow is None else session.place(repository).inward(follow)
    commits = repository.log(revision, number=number, follow=followed, grep=grep, since=since)
    if session.json:
        write(session, commits)
    elif graph:
        from annexish.history.graph import lanes

        for line in drawn(session, lanes(commits)):
            session.out.line(line)
    else:
        show(session, commits)


def write(session: Session, commits: Iterable[Commit]) -> None:
    """Write commits as items."""
    items = session.items()
    number = 0
    for commit in commits:
        items.item("commit", commit_item(commit))
        number += 1
    items.summary({"commits": number})


def show(session: Session, commits: Iterable[Commit]) -> None:
    """Print commits, an empty line between them."""
    for number, commit in enumerate(commits):
        if number:
            session.out.line("")
        for line in commit_lines(commit, session.out, verbose=session.verbose):
            session.out.line(line)


def drawn(session: Session, rows: Iterable[tuple[list[str], Commit]]) -> Iterator[str]:
    """Yield the lines of commits behind their lanes; the last prefix goes on as long as there are lines."""
    for prefixes, commit in rows:
        assert prefixes, "each commit has a lane"
        lines = [*commit_lines(commit, session.out, verbose=session.verbose), ""]
        for number in range(max(len(lines), len(prefixes))):
            text = lines[number] if number < len(lines) else ""
            yield (prefixes[min(number, len(prefixes) - 1)] + text).rstrip()
