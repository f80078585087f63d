"""A pattern with wildcards, read as a line of `.gitignore` at the top of the repository."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from annexish.model.path import RepoPath, components
from annexish.model.scope import Pattern

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


_LONGEST, _STARS = 4096, 12
"""Patterns of other repositories are read too, and with many stars a name may take for ever."""


class Wildcard:
    """Answers for paths; raise ValueError for a pattern that can match nothing, or takes matches back."""

    def __init__(self, pattern: Pattern) -> None:
        if len(pattern) > _LONGEST or pattern.count(b"*") > _STARS:
            raise ValueError(f"it is longer than {_LONGEST} bytes, or has more than {_STARS} stars")
        text = pattern.decode("utf-8", "surrogateescape")
        self._spec = _read(text)
        above = text.removesuffix("/").removeprefix("/").split("/")[:-1]
        # what follows `**` may be anywhere below
        fixed = list(takewhile(lambda part: part != "**", above))
        self._above = [_read("/" + "/".join(fixed[: n + 1])) for n in range(len(fixed))]
        self._anywhere = len(fixed) < len(above) or "/" not in text.removesuffix("/")

    def covers(self, path: RepoPath, *, directory: bool) -> bool:
        """Whether the pattern matches a path, or a directory above it."""
        return bool(path) and _matches(self._spec, path, directory=directory)

    def may_cover_below(self, path: RepoPath) -> bool:
        """Whether something in a directory, which itself is not covered, could be, by the names of directories."""
        depth = len(components(path))
        if depth > len(self._above) and not self._anywhere:
            return False
        if not path or not self._above:
            return True
        return _matches(self._above[min(depth, len(self._above)) - 1], path, directory=True)


def _read(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    try:
        spec = GitIgnoreSpec.from_lines([text])
    except re.error as error:
        raise ValueError(f"it is no pattern: {error}") from error
    if not any(pattern.include for pattern in spec.patterns):
        raise ValueError("it matches nothing")
    return spec


def _matches(spec: GitIgnoreSpec, path: RepoPath, *, directory: bool) -> bool:
    # no pattern has a line end in it, and to regular expressions it is not like other characters
    name = path.decode("utf-8", "surrogateescape").replace("\n", "\0")
    return bool(spec.check_file(name + "/" if directory else name).include)
