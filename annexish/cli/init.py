"""`annexish init`."""

from __future__ import annotations

import os

import click

from annexish.cli.jsonl import named
from annexish.cli.printing import name as printable
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish init ~/Files --name laptop")
@click.argument("directory", metavar="[DIR]", default=b".", type=click.Path(path_type=bytes, file_okay=False))
@click.option("--name", metavar="NAME", help="What this repository is called; default is the name of the directory.")
@click.pass_obj
def command(session: Session, directory: bytes, name: str | None) -> None:
    """Make a directory a repository.

    DIR (default: the current directory) is created if it is missing.
    Files that are there are untouched; `annexish commit` records them.

    With --json: one `repository` item with `path`, `id` and `name`.
    """
    from annexish import Repository

    described = Repository.init(os.path.join(session.here, directory), name=name).describe()
    if session.json:
        items = session.items()
        items.item("repository", {**named("path", described.root), "id": described.id, "name": described.name})
        items.summary({"repositories": 1})
    session.remark(f"repository {printable(os.fsencode(described.name))} in {printable(described.root)}")
