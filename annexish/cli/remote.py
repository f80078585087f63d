"""`annexish remote`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from annexish.cli.arguments import REMOTE_COMMAND, complete_remote
from annexish.cli.printing import columns, plain
from annexish.cli.session import Session

if TYPE_CHECKING:
    from annexish.model.remotes import Known


@click.group("remote", invoke_without_command=True, epilog="\b\nExample:\n  annexish remote add disk /mnt/disk/Files")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show and change the other repositories that this one knows by name.

    Without a word after it: all of them, as `remote list`.

    With --json: a `remote` item for each, with `name`, `url`, and the id of the `repository` that was met there last.
    """
    if ctx.invoked_subcommand is None:
        show(ctx.obj)


@command.command("list", epilog="\b\nExample:\n  annexish remote list")
@click.pass_obj
def list_(session: Session) -> None:
    """Print all remotes.

    Each with its URL, and the id of the repository that was met there last.
    """
    show(session)


@command.command(
    "add",
    epilog="\b\nExample:\n  annexish remote add disk /mnt/disk/Files\n  annexish remote add hub git@host:files.git",
)
@click.option("--remote-command", "program", metavar="PROGRAM", default="", help=REMOTE_COMMAND)
@click.argument("name")
@click.argument("url", type=click.Path())
@click.pass_obj
def add(session: Session, name: str, url: str, *, program: str) -> None:
    """Give a name to another repository.

    URL is a path, `ssh://[user@]host[:port]/path` or `user@host:path`.
    A path is noted as an absolute one; nothing needs to be there yet.

    It may be a Git server, too, or a bare Git repository: a hub, where histories meet and no contents lie.
    Its URL is `git@host:path`, `git://host/path`, `https://host/path`, or one whose path ends in `.git`.
    """
    say(session, session.repository().remote_add(name, url, start=session.here, program=program))


@command.command("remove", epilog="\b\nExample:\n  annexish remote remove disk")
@click.argument("name", shell_complete=complete_remote)
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Forget a remote.

    What its repository told of itself stays known: `whereis` still names it.
    """
    say(session, session.repository().remote_remove(name))


@command.command("rename", epilog="\b\nExample:\n  annexish remote rename disk old-disk")
@click.argument("old", shell_complete=complete_remote)
@click.argument("new")
@click.pass_obj
def rename(session: Session, old: str, new: str) -> None:
    """Call a remote otherwise.

    Its URL, and who was met there, stay.
    """
    say(session, session.repository().remote_rename(old, new))


def say(session: Session, remote: Known) -> None:
    """Print what a remote is now, or was, to programs; people know."""
    if session.json:
        write(session, [remote])


def show(session: Session) -> None:
    """Print every remote."""
    remotes = session.repository().remotes()
    if session.json:
        write(session, remotes)
        return
    for line in columns(((plain(one.name), plain(one.url), one.id) for one in remotes), "<<<"):
        session.out.line(line)
    if not remotes:
        session.remark("no remotes; `annexish remote add NAME URL` names one")


def write(session: Session, remotes: Sequence[Known]) -> None:
    """Write remotes as items."""
    items = session.items()
    for one in remotes:
        items.item("remote", {"name": one.name, "url": one.url, "repository": one.id or None})
    items.summary({"remotes": len(remotes)})
