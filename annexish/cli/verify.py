"""`annexish verify`."""

from __future__ import annotations

import re

import click

from annexish.cli.arguments import PATH
from annexish.cli.endings import DONE, PARTLY
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, plain, size
from annexish.cli.session import Session
from annexish.model.report import Damage, Verified

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_WORD = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(?:([smhd])|([KMGT])(?:iB)?)")


class Budget(click.ParamType[tuple[float | None, int | None]]):
    """A duration or a number of bytes: (seconds, None) or (None, bytes)."""

    name = "budget"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float | None, int | None]:
        """Read `90s`, `10m`, `2h`, `1d`, or `500M`, `10G`."""
        if isinstance(value, tuple):
            return value
        found = _WORD.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is neither a duration (90s, 10m, 2h) nor a size (500M, 10G).", param, ctx)
        number, time, much = found.groups()
        if time:
            return float(number) * _SECONDS[time], None
        return None, int(float(number) * _BYTES[much])


@click.command(epilog="\b\nExample:\n  annexish verify --budget 10m --repair")
@click.option(
    "--budget",
    metavar="BUDGET",
    type=Budget(),
    default=(None, None),
    help="Start no new file after this time (90s, 10m, 2h) or this many bytes (500M, 10G).",
)
@click.option("--repair", is_flag=True, help="Heal what is rotten from any good copy here.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(
    session: Session, paths: tuple[bytes, ...], *, budget: tuple[float | None, int | None], repair: bool
) -> int:
    """Read contents and check that they are what was recorded.

    What was verified least recently comes first, so that a budget reaches everything in turn.
    A file whose bytes changed while its size, times and inode did not is rot and no edit.
    Without PATH the keep, the history and the stat cache are checked too.
    With --repair a good copy takes the place of what is rotten, which goes to the keep as what it is;
    a stat cache that is wrong is built again from the history.
    Problems make the exit code 3, also those that are healed.

    With --json: a `problem` item for each, with `code` (`rot`, `unreadable`, `kept`, `history`, `cache`),
    `path`, `reason` and `healed`, and a summary with `files`, `bytes`, `problems`, `healed`, `changed`,
    `unprotected` and `remaining`.
    """
    repository = session.repository()
    place = session.place(repository)
    seconds, most = budget
    with session.progress() as progress:
        done = repository.verify(
            place.inward_all(paths), budget_seconds=seconds, budget_bytes=most, repair=repair, progress=progress
        )
    (write if session.json else show)(session, place, done)
    if done.healed < len(done.problems) and not session.json:
        session.out.warn(f"hint: {hint_for(done.problems, repair=repair)}")
    return PARTLY if done.problems else DONE


def write(session: Session, place: Place, done: Verified) -> None:
    """Write what was found as items."""
    items = session.items()
    for problem in done.problems:
        fields = {"code": problem.code, **named("path", place.outward(problem.path))}
        items.item("problem", {**fields, "reason": problem.reason, "healed": problem.healed})
    counts = {"files": done.files, "bytes": done.size, "problems": len(done.problems), "healed": done.healed}
    items.summary({**counts, "changed": done.changed, "unprotected": done.unprotected, "remaining": done.remaining})


def show(session: Session, place: Place, done: Verified) -> None:
    """Print what was found."""
    for problem in done.problems:
        word = "healed" if problem.healed else problem.code
        line = f"{word:<14}  {name(place.outward(problem.path))}: {plain(problem.reason)}"
        session.out.line(session.out.paint(line, "yellow" if problem.healed else "red"))
    session.remark(f"verified {count(done.files, 'content')}, {size(done.size)}: {verdict(done)}")
    if done.changed:
        session.remark(
            f"{count(done.changed, 'file')} with changes that are not committed: `annexish status` lists them"
        )
    if done.unprotected:
        session.remark(f"{count(done.unprotected, 'file')} unprotected: without a name in the keep")
    if done.remaining:
        session.remark(f"{count(done.remaining, 'content')} left for the next time")


def verdict(done: Verified) -> str:
    """Say how it is, in a word or two."""
    if not done.problems:
        return "all is well"
    return count(len(done.problems), "problem") + (f", {done.healed} healed" if done.healed else "")


def hint_for(problems: tuple[Damage, ...], *, repair: bool) -> str:
    """What to do next about what is not healed."""
    codes = {problem.code for problem in problems if not problem.healed}
    if codes == {"history"}:
        return "a clone of this repository, or a backup, has the history; `git -C .annexish/history.git fsck` says more"
    if repair:
        return "what has no good copy here may have one in another repository or in a backup"
    return "`annexish verify --repair` heals what has a good copy here"
