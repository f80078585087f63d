"""`annexish resolve`."""

from __future__ import annotations

from collections.abc import Callable

import click

from annexish.cli import advanced, disputes
from annexish.cli.arguments import PATH, complete_label
from annexish.cli.printing import count
from annexish.cli.session import Session
from annexish.errors import Usage

CHOICES = {
    "ours": "The version that was made in this repository.",
    "theirs": "The other one.",
    "both": "Both, as they lie there now.",
    "base": "What it was before both sides changed it.",
    "as-is": "The files as you left them: nothing but the conflict goes.",
}


def _choices(command: Callable[..., int]) -> Callable[..., int]:
    for word, text in reversed(CHOICES.items()):
        command = click.option(f"--{word}", word.replace("-", "_"), is_flag=True, help=text)(command)
    return command


@click.command(epilog="\b\nExample:\n  annexish resolve Photos/beach.jpg --theirs")
@_choices
@click.option(
    "--from",
    "label",
    metavar="LABEL",
    shell_complete=complete_label,
    help="The version from there, as `conflicts` calls it.",
)
@click.option(
    "--kind", type=click.Choice(["content", "metadata", "place", "name"]), help="Only conflicts of this kind."
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.pass_obj
def command(session: Session, /, paths: tuple[bytes, ...], label: str | None, kind: str | None, **choices: bool) -> int:
    """Settle the conflicts at and below each PATH, by one choice, as a new commit.

    Of a file that both sides edited, the chosen version gets the path, and the other one goes to the safety net:
    `recover` brings it back. Of several files that want one name, the chosen one gets it, and the others stay where
    they are. Nothing else is touched; what is not committed is committed first. `undo` takes it back.

    With --json: a `conflict` item for each that was settled, a `step` item for each change, and a summary.
    """
    chosen = [word.replace("_", "-") for word, wanted in choices.items() if wanted]
    if len(chosen) + (label is not None) != 1:
        raise Usage("say what you want: one of --ours, --theirs, --both, --base, --as-is, or --from LABEL")
    repository = session.repository()
    place = session.place(repository)
    with session.progress() as progress:
        done = repository.resolve(
            place.inward_all(paths), next(iter(chosen), None), label=label, about=kind, progress=progress
        )
    if session.json:
        items = session.items()
        disputes.write(place, done.conflicts, items)
        totals = {"commit": done.commit, "saved": done.saved, "resolved": len(done.conflicts)}
        return advanced.write(place, done.done, items, totals)
    if done.saved:
        session.remark(f"commit {done.saved[:10]}: what was not committed")
    code = advanced.show(session, place, done.done)
    session.remark(f"commit {done.commit[:10]}: {count(len(done.conflicts), 'conflict')} settled")
    return code
