"""Writes `docs/cli.md` from the commands themselves: `python -m annexish.cli.reference docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from annexish.cli.program import program

HEAD = """\
# The command line

This page is written by `python -m annexish.cli.reference docs/cli.md` from the commands themselves.

`PATH` is relative to the current directory, and so are printed paths.
`REV` is what `git rev-parse` knows (`HEAD~2`, an abbreviated id, a ref), or a date.
`@{2026-11-01}` is the newest commit not later than that.
Names with characters that a terminal would obey are printed in quotes, with those characters escaped.

| exit code | meaning |
|---|---|
| 0 | all done |
| 1 | an error; nothing, or only whole steps, were done |
| 2 | wrong usage |
| 3 | done, but some items failed; each is named |
| 4 | done, but there are conflicts to resolve |
| 5 | refused by a safety guard: look, then repeat with the option that the hint names |

With `--json` every line of stdout is an object with a `type`; the last is the `summary`.
A name that is not UTF-8 is given twice: printable, and in base64 under the same key with `_bytes`.
Errors are objects of type `error` on stderr, with `code`, `message` and `hint`.
"""


def page() -> str:
    """Return the whole page."""
    context = click.Context(program, info_name="annexish", **program.context_settings)
    return HEAD + "".join(f"\n{part}\n" for part in section(program, context, 2))


def section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """Yield the parts of one command, then those of the commands in it."""
    yield f"{'#' * level} {context.command_path}"
    yield "\n".join(["```", context.command_path + " " + " ".join(command.collect_usage_pieces(context)), "```"])
    yield text_of(command.help or "")
    if table := options(command, context):
        yield table
    yield text_of(command.epilog or "")
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            child = command.get_command(context, word)
            assert child is not None
            yield from section(child, click.Context(child, info_name=word, parent=context), min(level + 1, 4))


def text_of(text: str) -> str:
    """Return help as Markdown: what click must not wrap becomes code."""
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(map(paragraph, paragraphs))


def paragraph(text: str) -> str:
    """Return one paragraph; of an unwrapped one the first line is its title."""
    if not text.startswith("\b"):
        return text
    title, *lines = text.split("\n")[1:]
    return "\n".join([title, "", "```", *(line.removeprefix("  ") for line in lines), "```"])


def options(command: click.Command, context: click.Context) -> str:
    """Return the table of options."""
    given = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    rows = [record for option in given if (record := option.get_help_record(context))]
    if not rows:
        return ""
    cells = [f"| `{names}` | {text} |" for names, text in rows]
    return "\n".join(["| option | meaning |", "|---|---|", *cells])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
