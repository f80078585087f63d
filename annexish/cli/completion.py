"""`annexish completion`."""

from __future__ import annotations

import click

from annexish.cli.session import Session


@click.command(epilog="\b\nExample:\n  annexish completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that lets a shell complete commands, options, revisions and paths.

    \b
    To install it:
      bash  annexish completion bash >> ~/.bashrc
      zsh   annexish completion zsh >> ~/.zshrc
      fish  annexish completion fish > ~/.config/fish/completions/annexish.fish

    With --json: one `script` item with `shell` and `text`.
    """  # noqa: D301 - click wraps what stands behind \b as it is
    from click.shell_completion import get_completion_class

    session: Session = ctx.obj
    kind = get_completion_class(shell)
    assert kind is not None, "click knows the shells that are offered"
    text = kind(ctx.find_root().command, {}, "annexish", "_ANNEXISH_COMPLETE").source()
    if session.json:
        items = session.items()
        items.item("script", {"shell": shell, "text": text})
        items.summary({"scripts": 1})
    else:
        session.out.line(text.rstrip("\n"))
