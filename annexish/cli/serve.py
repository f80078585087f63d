"""`annexish serve`."""

from __future__ import annotations

import os
import sys

import click

from annexish.cli.arguments import PATH
from annexish.cli.session import Session
from annexish.errors import Usage


@click.command(epilog="\b\nExample:\n  annexish serve --restrict-to /srv/files --append-only")
@click.option("--restrict-to", "directory", metavar="DIR", type=PATH, help="Only repositories in DIR may be used.")
@click.option("--read-only", is_flag=True, help="Nothing may be written.")
@click.option("--append-only", is_flag=True, help="Contents and histories may come; no file may change.")
@click.pass_obj
def command(session: Session, directory: bytes | None, *, read_only: bool, append_only: bool) -> None:
    """Answer another annexish over stdin and stdout.

    It is started by `ssh` when a remote is on this machine; nobody needs to type it.
    A line of `authorized_keys` may say what a key is good for: `restrict,command="annexish serve --restrict-to DIR"`.
    With --restrict-to, paths are taken from DIR, and none leads out of it.
    With --append-only, what comes is held for others, and the working tree and its head stay as they are: who has the
    key can add, and destroy nothing.
    """
    from annexish.flows.sync.serve import Allowed, serve
    from annexish.remote.answering import Rights

    if read_only and append_only:
        raise Usage("--read-only and --append-only are two different things", hint="say one of them")
    if session.json:
        raise Usage("serve speaks a protocol of its own", hint="leave --json out")
    if sys.stdin.isatty():
        raise Usage(
            "serve is started by another annexish", hint="`annexish clone HOST:PATH DEST`, on the other machine"
        )
    inside = None if directory is None else session.path(directory)
    os.chdir(session.here)
    serve(0, 1, Allowed(inside, Rights(adds=not read_only, works=not (read_only or append_only))))
