"""`annexish scope`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from annexish.cli import filled
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import columns, count, name, size
from annexish.cli.session import Session
from annexish.model.entry import Kind

if TYPE_CHECKING:
    from annexish.model.scope import Rule, Scope

_WILD = b"*?["
_PATTERN = click.Path(path_type=bytes)
_WITHOUT = click.option("--except", "without", metavar="PATTERN", multiple=True, type=_PATTERN, help="Not this.")
Command = Callable[..., int]


@click.group("scope", invoke_without_command=True, epilog="\b\nExample:\n  annexish scope add Photos/2026")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show and change which part of the files this repository wants to hold.

    Without a word after it: all rules, as `scope show`.
    A PATTERN without wildcards is the file or directory at that path, and follows it when it is renamed;
    one with wildcards is read as in `.gitignore`, and looked at anew with each commit.
    What comes into scope is fetched from the remotes that can be reached.
    What goes out of scope goes from here, once as many other repositories as `copies.minimum` says have read their
    copies and proved that they hold it; else nothing is changed, and the exit code is 5.

    With --json: a `scope` item for each rule, with `rule` (`only`, `except`, `wanted`, `unwanted`) and `path` or
    `pattern`; then, where it was changed, a `step` item for each file and directory that came or went (`drop`), and
    a `problem` item for each that could not. The summary says whether `everything` is wanted.
    """
    if ctx.invoked_subcommand is None:
        _show(ctx.obj)


@command.command("show", epilog="\b\nExample:\n  annexish scope show")
@click.pass_obj
def show(session: Session) -> None:
    """Print what is wanted here.

    Each rule and mark on a line.
    """
    _show(session)


@command.command("set", epilog="\b\nExample:\n  annexish scope set Music 'Photos/**/*.jpg' --except Music/drafts")
@click.argument("patterns", metavar="PATTERN...", nargs=-1, type=_PATTERN)
@_WITHOUT
@click.pass_obj
def set_(session: Session, patterns: tuple[bytes, ...], without: tuple[bytes, ...]) -> int:
    """Want exactly this.

    All rules that were there are replaced; `scope set .` at the top wants everything.
    What was dropped stays unwanted until `annexish get`.
    """
    return _change(session, "set", patterns, without)


@command.command("add", epilog="\b\nExample:\n  annexish scope add Photos/2026")
@click.argument("patterns", metavar="PATTERN...", nargs=-1, type=_PATTERN)
@_WITHOUT
@click.pass_obj
def add(session: Session, patterns: tuple[bytes, ...], without: tuple[bytes, ...]) -> int:
    """Want more; with --except less.

    What a rule left out is no longer left out.
    """
    return _change(session, "add", patterns, without)


@command.command("remove", epilog="\b\nExample:\n  annexish scope remove Photos/2019")
@click.argument("patterns", metavar="PATTERN...", nargs=-1, type=_PATTERN)
@_WITHOUT
@click.pass_obj
def remove(session: Session, patterns: tuple[bytes, ...], without: tuple[bytes, ...]) -> int:
    """Want less; with --except take back a rule that leaves something out.

    A part of what is in scope is left out from now on.
    """
    return _change(session, "remove", patterns, without)


def _show(session: Session) -> None:
    repository = session.repository()
    scope, place = repository.scope(), session.place(repository)
    if session.json:
        items = session.items()
        _write(items, place, scope)
        items.summary({"everything": _everything(scope)})
    else:
        _print(session, place, scope)


def _change(session: Session, word: str, patterns: tuple[bytes, ...], without: tuple[bytes, ...]) -> int:
    repository = session.repository()
    place = session.place(repository)
    inward = [[_inward(place, each) for each in some] for some in (patterns, without)]
    items = session.items() if session.json else None
    with session.progress() as progress:
        done = repository.scope_change(
            word, *inward, tell=filled.listener(session, items, place), progress=progress
        )  # fmt: skip
    if items is not None:
        _write(items, place, done.scope)
    elif not session.quiet:
        _print(session, place, done.scope)
    told = filled.listener(session, items, place)
    if told is not None:
        for step in done.narrowed.steps:
            told(step)
    together = done.filled._replace(problems=(*done.narrowed.problems, *done.filled.problems))
    totals = {"everything": _everything(done.scope), "bytes_freed": done.narrowed.bytes_freed}
    code = filled.tell(session, place, together, items, totals)
    if done.narrowed.steps:
        files = sum(step.kind is not Kind.DIRECTORY for step in done.narrowed.steps)
        session.remark(f"{count(files, 'file')} dropped, {size(done.narrowed.bytes_freed)} freed")
    if done.filled.files:
        session.remark(f"{count(done.filled.files, 'file')}, {size(done.filled.received)} copied")
    return code


def _inward(place: Place, pattern: bytes) -> bytes:
    """Return a pattern from the top of the repository; one with wildcards is meant below the current directory."""
    if not any(sign in pattern for sign in _WILD):
        return place.inward(pattern)
    if not place.below:
        return pattern
    below = b"".join(b"\\%c" % byte if byte in b"*?[]\\" else b"%c" % byte for byte in place.below)
    between = b"/" if b"/" in pattern.rstrip(b"/") else b"/**/"
    return b"/" + below + between + pattern.lstrip(b"/")


def _rules(scope: Scope) -> list[tuple[str, Rule]]:
    marks = [("wanted" if mark.wanted else "unwanted", mark.anchor) for mark in scope.marks]
    return [*(("only", rule) for rule in scope.only), *(("except", rule) for rule in scope.without), *marks]


def _everything(scope: Scope) -> bool:
    return not _rules(scope)


def _write(items: Items, place: Place, scope: Scope) -> None:
    for word, rule in _rules(scope):
        what = named("pattern", rule) if isinstance(rule, bytes) else named("path", place.outward(rule.path))
        items.item("scope", {"rule": word, **what})


def _print(session: Session, place: Place, scope: Scope) -> None:
    lines = [
        (word, name(rule if isinstance(rule, bytes) else place.outward(rule.path))) for word, rule in _rules(scope)
    ]
    for line in columns(iter(lines), "<<"):
        session.out.line(line)
    if _everything(scope):
        session.remark("everything is in scope")
