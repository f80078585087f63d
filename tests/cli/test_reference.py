"""Every command is documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from annexish.cli.program import program
from annexish.cli.reference import page

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(group: click.Group = program, path: str = "annexish") -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        yield f"{path} {word}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {word}")


def test_the_page_is_what_the_commands_say() -> None:
    """`python -m annexish.cli.reference docs/cli.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(("words", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_every_command_has_help_an_example_and_a_section(words: str, command: click.Command) -> None:
    """The help is a sentence and a paragraph, the example begins with the words of the command."""
    assert command.help
    assert len(command.help.split("\n")) > 2
    assert f"Example:\n  {words}" in (command.epilog or "")
    assert f"# {words}\n" in PAGE.read_text(encoding="utf-8")
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter
