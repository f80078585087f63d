"""`annexish config`."""

from __future__ import annotations

import click

from annexish.cli.arguments import complete_key
from annexish.cli.printing import columns, plain
from annexish.cli.session import Session


@click.group("config", invoke_without_command=True, epilog="\b\nExample:\n  annexish config set user.name Ada")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show and change the settings of this repository.

    Without a word after it: all settings, as `config list`.

    With --json: a `setting` item for each, with `key`, `value` and `meaning`.
    """
    if ctx.invoked_subcommand is None:
        show_all(ctx.obj)


@command.command("get", epilog="\b\nExample:\n  annexish config get user.name")
@click.argument("key", shell_complete=complete_key)
@click.pass_obj
def get(session: Session, key: str) -> None:
    """Print the value of one setting.

    It is the default where nothing else was set.
    """
    say(session, key, session.repository().config_get(key))


@command.command("set", epilog="\b\nExample:\n  annexish config set guard.max_deletions 0.5")
@click.argument("key", shell_complete=complete_key)
@click.argument("value")
@click.pass_obj
def set_(session: Session, key: str, value: str) -> None:
    """Change one setting.

    It holds for this repository only.
    `keep.mounts` names file systems mounted inside the tree that get a keep of their own,
    as paths from the top of the repository with a colon between them, or `off`;
    each must be mounted when it is named first.
    """
    session.repository().config_set(key, value)
    if session.json:
        say(session, key, value)


@command.command("list", epilog="\b\nExample:\n  annexish config list")
@click.pass_obj
def list_(session: Session) -> None:
    """Print all settings.

    Each with its value, or its default, and what it is for.
    """
    show_all(session)


def say(session: Session, key: str, value: str) -> None:
    """Print one setting."""
    if not session.json:
        session.out.line(plain(value))
        return
    items = session.items()
    items.item("setting", {"key": key, "value": value})
    items.summary({"settings": 1})


def show_all(session: Session) -> None:
    """Print every setting with its meaning."""
    settings = session.repository().config_list()
    if not session.json:
        for line in columns(((key, "= " + plain(value), plain(meaning)) for key, value, meaning in settings), "<<<"):
            session.out.line(line)
        return
    items = session.items()
    for key, value, meaning in settings:
        items.item("setting", {"key": key, "value": value, "meaning": meaning})
    items.summary({"settings": len(settings)})
