"""`annexish clone`."""

from __future__ import annotations

import os

import click

from annexish.cli import changes, disputes, filled
from annexish.cli.arguments import REMOTE_COMMAND
from annexish.cli.endings import CONFLICTS, DONE
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, size
from annexish.cli.rate import LIMIT, Rate
from annexish.cli.session import Session
from annexish.model.report import Committed
from annexish.remote.url import Git, absolute, parse


@click.command(epilog="\b\nExample:\n  annexish clone ~/Files /mnt/disk/Files --only Music")
@click.option("--only", metavar="PATTERN", multiple=True, type=click.Path(path_type=bytes), help="Hold only this.")
@click.option("--except", "without", metavar="PATTERN", multiple=True, type=click.Path(path_type=bytes),
              help="Do not hold this.")  # fmt: skip
@click.option("--name", "called", metavar="NAME", help="What the repository is called; else as its directory.")
@click.option("--remote-command", "program", metavar="PROGRAM", default="", help=REMOTE_COMMAND)
@click.option("--limit", metavar="RATE", type=Rate(), default=0, help=LIMIT)
@click.option("--no-content", is_flag=True, help="Only the history; `get` fetches files later.")
@click.argument("source", type=click.Path())
@click.argument("directory", metavar="DEST", type=click.Path(path_type=bytes))
@click.pass_obj
def command(  # noqa: PLR0913 - options
    session: Session, source: str, directory: bytes, *,
    only: tuple[bytes, ...], without: tuple[bytes, ...], called: str | None, no_content: bool, program: str,
    limit: int,
) -> int:  # fmt: skip
    """Make a new repository with the whole history of SOURCE, and the files that are in its scope.

    SOURCE is a path, `ssh://[user@]host[:port]/path` or `user@host:path`.
    It becomes the remote `origin`, and need not be writable. Of a Git server only the history comes:
    contents do once a repository that has them is named by `remote add`, with `sync`.
    Without --only everything is in scope. A PATTERN without wildcards is the file or directory at that path,
    and follows it when it is renamed; one with wildcards is read as in `.gitignore`.
    Files that DEST holds already are taken for those of the history where they are the same; the others stay,
    and are committed. Nothing is overwritten; where both want one name, `conflicts` lists it, and the exit code is 4.
    Interrupted, the same command again finishes it, and so does `sync` there; what came is not copied again.

    With --json: a `step` item for each file and directory, a `problem` item for each that could not be had,
    and a summary with `bytes_copied`, `files` and `size`.
    """
    from annexish import Repository

    items = session.items() if session.json else None
    where = session.path(directory)
    with session.progress() as progress:
        repository, done = Repository.clone(
            absolute(source, session.here),
            where,
            only=only,
            without=without,
            name=called,
            content=not no_content,
            program=program,
            limit=limit,
            tell=filled.listener(session, items),
            progress=progress,
        )
    place = Place(os.path.realpath(repository.root), os.path.realpath(repository.root))
    code = filled.tell(session, place, done.filled, items)
    found = done.found.commit if done.found else None
    session.remark(
        f"cloned to {name(directory)}: {count(done.filled.files, 'file')}, {size(done.filled.received)} copied"
    )
    if found:
        session.remark(f"commit {found[:10]}: files that were here before")
    absent = repository.status().absent if isinstance(parse(absolute(source, session.here)), Git) else 0
    if absent:
        session.remark(f"{count(absent, 'file')} absent: `remote add` a repository that has them, then `sync`")
    return code or (_adopted(session, place, done.found) if done.found else DONE)


def _adopted(session: Session, place: Place, found: Committed) -> int:
    """Say what files that were there before contradict; return the exit code."""
    if not session.json:
        disputes.show(place, disputes.opened_by(found.conflicts), session.out)
    if found.conflicts:
        session.remark(f"{count(len(found.conflicts), 'conflict')}: `annexish resolve` settles them")
    return changes.code_for(found.problems) or (CONFLICTS if found.conflicts else DONE)
