"""What annexish adds to the message of a Git commit: trailers, as Git knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping

REPOSITORY = "Annexish-Repository"
NAME = "Annexish-Name"
COUNTS = "Annexish-Counts"
FORMAT = "Annexish-Format"
CONFIRMS = "confirmed"
"""The word among the counts of a commit that confirms losses for every repository."""

_NUMBER = re.compile("[0-9]{1,18}")


def encode_message(message: str, repository: str, counts: Mapping[str, int], name: str = "") -> str:
    """Return the full text of a commit: what the person wrote, an empty line, the trailers."""
    figures = " ".join(f"{word}={number}" for word, number in sorted(counts.items()) if number)
    text = message.strip("\n")
    named = f"{NAME}: {' '.join(name.split())}\n" if name.split() else ""
    return f"{text}\n\n{FORMAT}: 1\n{REPOSITORY}: {repository}\n{COUNTS}: {figures}\n{named}"


def format_in(full: str) -> str | None:
    """Return the version of the format that a commit says it has, None for a foreign commit."""
    return _trailers(full)[1].get(FORMAT)


def name_in(full: str) -> str:
    """Return what the repository was called that made a commit, empty where the commit does not say."""
    return _trailers(full)[1].get(NAME, "")


def decode_message(full: str) -> tuple[str, str, dict[str, int]]:
    """Return (what the person wrote, repository id, counts); the last two are empty for a foreign commit."""
    text, trailers = _trailers(full)
    if FORMAT not in trailers:
        return full.rstrip("\n"), "", {}
    return text, trailers.get(REPOSITORY, ""), _counts(trailers.get(COUNTS, ""))


def _trailers(full: str) -> tuple[str, dict[str, str]]:
    """Return what is before the last paragraph, and that as trailers."""
    text, _, tail = full.rstrip("\n").rpartition("\n\n")
    pairs = (line.partition(": ") for line in tail.split("\n"))
    return text, {word: value for word, colon, value in pairs if colon}


def _counts(figures: str) -> dict[str, int]:
    pairs = (word.partition("=") for word in figures.split())
    return {word: int(number) for word, _, number in pairs if _NUMBER.fullmatch(number)}
