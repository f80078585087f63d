"""The group of all commands; each is imported when it is named."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from annexish import __version__
from annexish.cli.endings import code_of, stopping
from annexish.cli.session import Session
from annexish.store.lock import WAITING, Waiting

COMMANDS = (
    "init",
    "status",
    "commit",
    "log",
    "show",
    "diff",
    "ls",
    "clone",
    "sync",
    "get",
    "scope",
    "drop",
    "merge",
    "conflicts",
    "resolve",
    "recover",
    "restore",
    "view",
    "verify",
    "operations",
    "undo",
    "confirm",
    "expire",
    "remote",
    "whereis",
    "safe",
    "config",
    "doctor",
    "serve",
    "completion",
)


class Program(click.Group):
    """Commands by name: `annexish.cli.<name>` holds `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, and no other."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"annexish.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named; say what is still in the buffers."""
        with stopping():
            result: object = super().invoke(ctx)
            if isinstance(ctx.obj, Session):
                ctx.obj.finish()
            return result

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Run the whole command line and exit with the code that the contract names."""
        options["standalone_mode"] = False
        words = args[0] if args else options.get("args")
        words = list(sys.argv[1:] if words is None else words)
        sys.exit(code_of(lambda: super(Program, self).main(*args, **options), words))


@click.command(
    "annexish",
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExample:\n  annexish -C ~/Files status",
)
@click.option(
    "-C",
    "directories",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=bytes, file_okay=False),
    help="Run as if started in DIR.",
)
@click.option("--json", is_flag=True, help="Print JSON Lines: an object for each item, then a summary.")
@click.option("-q", "--quiet", is_flag=True, help="Print only what was asked for, and what failed.")
@click.option("-v", "--verbose", is_flag=True, help="Print every item, and more of each.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="How long to wait for another command that writes in the same repository.",
)
@click.version_option(__version__, message="annexish %(version)s")
@click.pass_context
def program(
    ctx: click.Context, directories: tuple[bytes, ...], *, json: bool, quiet: bool, verbose: bool, wait: float
) -> None:
    """A versioned index over plain files.

    Files stay plain files where they are; annexish records what the tree looks like in a history, a graph as in Git.
    """
    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other.")
    session = ctx.obj = Session(directories, json=json, quiet=quiet, verbose=verbose)
    WAITING.set(Waiting(wait, session.waiting))
