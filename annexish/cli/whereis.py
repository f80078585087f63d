"""`annexish whereis`."""

from __future__ import annotations

import click

from annexish.cli.arguments import PATH
from annexish.cli.copies import copy_lines, total, write_copies
from annexish.cli.printing import name
from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish whereis Photos/2024")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.pass_obj
def command(session: Session, paths: tuple[bytes, ...]) -> None:
    """Say which repositories hold a file, or what is in a directory.

    It asks nobody: each repository told the others what it holds when they last met, and how long ago that was is said.
    PATH is what the newest commit has; it need not be here.

    With --json: a `copy` item for each holder of each PATH, this repository first, with `path`, `repository`, `name`,
    `here`, `disk`, `disk_label`, `told`, `age`, `verified`, `files`, `size`, `all`,
    and `same_disk_as`: the name of another holder that is on the same disk.
    """
    repository = session.repository()
    place = session.place(repository)
    found = repository.whereis(place.inward_all(paths))
    if session.json:
        items = session.items()
        for where in found:
            write_copies(place, where, items)
        items.summary({"paths": len(found), "copies": sum(len(where.copies) for where in found)})
        return
    for where in found:
        session.out.line(f"{name(place.outward(where.path))}: {total(where.files, where.size)}")
        for line in copy_lines(where):
            session.out.line(line)
        if where.files and not where.copies:
            session.out.line("  no repository that is known here holds any of it")
