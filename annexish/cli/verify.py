"""`annexish verify`."""

from __future__ import annotations

import re

import click

from annexish.cli.arguments import PATH, complete_remote
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
@click.option("--repair", is_flag=True, help="Heal what is rotten from any good copy, here or in a remote.")
@click.option(
    "--remote",
    metavar="NAME",
    shell_complete=complete_remote,
    help="Verify what this remote holds, by reading it there.",
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
@click.pass_obj
def command(
    session: Session, paths: tuple[bytes, ...], *,
    budget: tuple[float | None, int | None], repair: bool, remote: str | None,
) -> int:  # fmt: skip
    """Read contents and check that they are what was recorded.

    What was verified least recently comes first, so that a budget reaches everything in turn.
    A file whose bytes changed while its size, times and inode did not is rot and no edit.
    Without PATH the keep, the history and the stat cache are checked too.
    With --repair a good copy takes the place of what is rotten, which goes to the keep as what it is;
    a stat cache that is wrong is built again from the history. What has no good copy here comes from the remotes that
    answer; without --repair none is asked.
    With --remote the other repository reads its own files; PATH is what its newest commit has. With --repair it heals
    them from a good copy there, else from one here, if the connection may change files.
    Problems make the exit code 3, also those that are healed.

    With --json: a `problem` item for each, with `code` (`rot`, `unreadable`, `kept`, `history`, `cache`),
    `path`, `reason` and `healed`, and a summary with `files`, `bytes`, `problems`, `healed`, `changed`,
    `unprotected` and `remaining`; with --remote also `remote`.
    """
    repository = session.repository()
    place = session.place(repository)
    seconds, most = budget
    with session.progress() as progress:
        done = repository.verify(
            place.inward_all(paths),
            budget_seconds=seconds,
            budget_bytes=most,
            repair=repair,
            remote=remote,
            progress=progress,
        )
    (write if session.json else show)(session, place, done, remote)
    if done.healed < len(done.problems) and not session.json:
        session.out.warn(f"hint: {hint_for(done.problems, remote, repair=repair)}")
    return PARTLY if done.problems else DONE


def write(session: Session, place: Place, done: Verified, remote: str | None) -> None:
    """Write what was found as items."""
    items = session.items()
    for problem in done.problems:
        fields = {"code": problem.code, **named("path", place.outward(problem.path))}
        items.item("problem", {**fields, "reason": problem.reason, "healed": problem.healed})
    counts = {"files": done.files, "bytes": done.size, "problems": len(done.problems), "healed": done.healed}
    rest = {"changed": done.changed, "unprotected": done.unprotected, "remaining": done.remaining}
    items.summary({**counts, **rest} if remote is None else {**counts, **rest, "remote": remote})


def show(session: Session, place: Place, done: Verified, remote: str | None) -> None:
    """Print what was found."""
    side, there = ("", "") if remote is None else (f"{plain(remote)}: ", " there")
    for problem in done.problems:
        word = "healed" if problem.healed else problem.code
        line = f"{side}{word:<14}  {name(place.outward(problem.path))}: {plain(problem.reason)}"
        session.out.line(session.out.paint(line, "yellow" if problem.healed else "red"))
    session.remark(f"{side}verified {count(done.files, 'content')}, {size(done.size)}: {verdict(done)}")
    if done.changed:
        files = count(done.changed, "file")
        session.remark(f"{side}{files} with changes that are not committed: `annexish status`{there} lists them")
    if done.unprotected:
        session.remark(f"{side}{count(done.unprotected, 'file')} unprotected: without a name in the keep")
    if done.remaining:
        session.remark(f"{side}{count(done.remaining, 'content')} left for the next time")


def verdict(done: Verified) -> str:
    """Say how it is, in a word or two."""
    if not done.problems:
        return "all is well"
    return count(len(done.problems), "problem") + (f", {done.healed} healed" if done.healed else "")


def hint_for(problems: tuple[Damage, ...], remote: str | None, *, repair: bool) -> str:
    """What to do next about what is not healed."""
    codes = {problem.code for problem in problems if not problem.healed}
    if codes == {"history"}:
        return "a clone of this repository, or a backup, has the history; `git -C .annexish/history.git fsck` says more"
    if repair:
        return "what has no good copy may have one in a repository that did not answer, or in a backup"
    if remote is not None:
        return f"`annexish verify --remote {remote} --repair` heals what has a good copy there or here"
    return "`annexish verify --repair` heals what has a good copy, here or in a remote"
