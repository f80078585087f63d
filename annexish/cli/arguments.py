"""The words after a command: paths, and revisions before paths."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from annexish.cli.paths import Place
from annexish.cli.printing import name
from annexish.cli.session import Session
from annexish.errors import AnnexishError, Missing, Usage
from annexish.model.path import RepoPath

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from annexish.flows.repository import Repository

PATH = click.Path(path_type=bytes)
REMOTE_COMMAND = "What annexish is called on the other machine, if it is not on the PATH there."
_FETCHED = "refs/remotes/"
_DASHES = "annexish.words_after_dashes"


class RevisionsAndPaths(click.Command):
    """A command with revisions before paths: it notes how many words stand behind `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as usual; click itself forgets where `--` was."""
        if "--" in args:
            ctx.meta[_DASHES] = len(args) - args.index("--") - 1
        return super().parse_args(ctx, args)


class Word(click.ParamType[str]):
    """A word that is a revision or a path."""

    name = "rev or path"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take it as it is."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Offer revisions that begin so; else files."""
        from click.shell_completion import CompletionItem

        return complete_revision(ctx, param, incomplete) or [CompletionItem(incomplete, type="file")]


def complete_revision(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer HEAD, heads that were fetched and the newest commits, once something is typed."""
    from click.shell_completion import CompletionItem

    if not incomplete:
        return []
    try:
        repository = completing_session(ctx).repository()
        commits = list(repository.log(number=50))
        fetched = [name for name in repository.references() if name.startswith(_FETCHED)]
    except (AnnexishError, NotImplementedError):
        return []
    known = [
        ("HEAD", "the newest commit"),
        *((word, "fetched") for name in fetched for word in (name.removeprefix(_FETCHED), name)),
        *((commit.id[:10], commit.message.partition("\n")[0]) for commit in commits),
    ]
    return [CompletionItem(word, help=text) for word, text in known if word.startswith(incomplete)]


def complete_key(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the keys of the settings."""
    from click.shell_completion import CompletionItem

    try:
        settings = completing_session(ctx).repository().config_list()
    except (AnnexishError, NotImplementedError):
        return []
    return [CompletionItem(key, help=meaning) for key, _, meaning in settings if key.startswith(incomplete)]


def complete_remote(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of the remotes."""
    from click.shell_completion import CompletionItem

    try:
        remotes = completing_session(ctx).repository().remotes()
    except (AnnexishError, NotImplementedError):
        return []
    return [CompletionItem(one.name, help=one.url) for one in remotes if one.name.startswith(incomplete)]


def complete_label(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer where the versions of open conflicts are from."""
    from click.shell_completion import CompletionItem

    try:
        opened = completing_session(ctx).repository().conflicts()
        labels = {os.fsdecode(version.label) for each in opened for version in each.conflict.versions}
    except (AnnexishError, NotImplementedError):
        return []
    return [CompletionItem(label) for label in sorted(labels) if label.startswith(incomplete)]


def completing_session(ctx: click.Context) -> Session:
    """The session that the words so far describe: while completing, no callback has run."""
    directories = ctx.find_root().params.get("directories") or ()
    return Session(directories, quiet=True)


def divide(
    repository: Repository, place: Place, words: Sequence[str], most: int
) -> tuple[list[str], tuple[RepoPath, ...]]:
    """Divide words into at most `most` revisions, and paths.

    What stands behind `--` are paths, and all before it are revisions. Otherwise a word is
    a revision if it resolves and no file here has that name; it is an error if it could be
    both. From the first path on, all are paths.
    """
    behind = click.get_current_context().meta.get(_DASHES)
    if behind is not None:
        number = len(words) - behind
        if number > most:
            raise Usage(f"too many revisions before --: {words[most]}")
    else:
        number = leading(words[:most], lambda word: is_revision(repository, place, word))
    return list(words[:number]), place.inward_all(tuple(map(os.fsencode, words[number:])))


def leading(words: Sequence[str], holds: Callable[[str], bool]) -> int:
    """How many words, from the first, are so."""
    for number, word in enumerate(words):
        if not holds(word):
            return number
    return len(words)


def is_revision(repository: Repository, place: Place, word: str) -> bool:
    """Whether `word` names a revision and not a file; one with `@{` is meant as one, so its error is told."""
    exists = os.path.lexists(os.path.join(place.here, os.fsencode(word)))
    if not resolves(repository, word):
        return False
    if exists:
        shown = name(os.fsencode(word))
        raise Usage(f"{shown} is a revision and a path", hint="`--` separates revisions from paths")
    return True


def resolves(repository: Repository, word: str) -> bool:
    """Whether `word` names a commit."""
    try:
        return next(iter(repository.log(word, number=1)), None) is not None
    except Missing:
        if "@{" in word:
            raise
        return False
