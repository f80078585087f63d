"""How a command ends: errors become a message, a hint and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from annexish.cli.printing import ReaderGone, plain
from annexish.errors import AnnexishError

DONE, FAILED, PARTLY, CONFLICTS = 0, 1, 3, 4
GLOBAL_OPTIONS = ("-C", "--json", "-q", "--quiet", "-v", "--verbose", "--wait", "--version")


class Interrupted(AnnexishError):
    """The user, or the system, asked to stop."""

    code = "interrupted"


def end_on_sigterm() -> None:
    """Make SIGTERM stop this process as Ctrl-C does; processes forked from it just end."""
    first = os.getpid()

    def stop(number: int, _: FrameType | None) -> None:
        if os.getpid() == first:
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, stop)


@contextmanager
def stopping() -> Iterator[None]:
    """Turn an interruption into an error with words."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Interrupted("interrupted; run the same command again to go on") from stop


def code_of(run: Callable[[], object], words: list[str]) -> int:
    """Run a command line; return its exit code, having said on stderr what went wrong."""
    try:
        result = run()
        sys.stdout.flush()
        return result if isinstance(result, int) else DONE
    except ReaderGone:
        silence_stdout()
        return FAILED
    except AnnexishError as error:
        return report(error.code, str(error), error.hint, error.exit_code, json=asked_for_json(words))
    except click.Abort:
        return report(
            "interrupted", "interrupted; run the same command again to go on", "", FAILED, json=asked_for_json(words)
        )
    except click.ClickException as error:
        return report_usage(error, json=asked_for_json(words))
    except OSError as error:
        silence_stdout()
        return report("system", words_of(error), "", FAILED, json=asked_for_json(words))


def asked_for_json(words: list[str]) -> bool:
    """Whether `--json` stands before the command, so far as that can be told of wrong words."""
    waiting = False
    for word in words:
        if not waiting and not word.startswith("-"):
            return False
        if word == "--json" and not waiting:
            return True
        waiting = word in ("-C", "--wait") and not waiting
    return False


def report(code: str, message: str, hint: str, exit_code: int, *, json: bool) -> int:
    """Say on stderr what went wrong; return the exit code."""
    if json:
        from annexish.cli.jsonl import encoder

        error = {"type": "error", "code": code, "message": message, "hint": hint}
        sys.stderr.write(encoder()(error) + "\n")
    else:
        sys.stderr.write(f"error: {plain(message)}\n" + (f"hint: {plain(hint)}\n" if hint else ""))
    return exit_code


def report_usage(error: click.ClickException, *, json: bool) -> int:
    """Say what is wrong with the words of the command line."""
    usage = isinstance(error, click.UsageError)
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not json:
        sys.stderr.write(error.format_message() + "\n")
        return error.exit_code
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        message = "Missing command."
    return report("usage" if usage else "error", message, usage_hint(error), error.exit_code, json=json)


def usage_hint(error: click.ClickException) -> str:
    """What to type instead."""
    if isinstance(error, click.NoSuchOption) and error.option_name in GLOBAL_OPTIONS:
        return f"{error.option_name} stands before the command: annexish {error.option_name} …"
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{context.command_path} --help`" if context else ""


def words_of(error: OSError) -> str:
    """What the system said, and of which file."""
    reason = error.strerror or str(error)
    return f"{reason}: {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else reason


def silence_stdout() -> None:
    """Send what is still buffered nowhere: nobody can read it, and the interpreter would complain at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
