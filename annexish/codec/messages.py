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


def name_in(full: str) -> str:
    """Return what the repository was called that made a commit, empty where the commit does not say."""
    trailers = full.rstrip("\n").rpartition("\n\n")[2].split("\n")
    return next((line.partition(": ")[2] for line in trailers if line.startswith(NAME + ": ")), "")


def decode_message(full: str) -> tuple[str, str, dict[str, int]]:
    """Return (what the person wrote, repository id, counts); the last two are empty for a foreign commit."""
    text, _, tail = full.rstrip("\n").rpartition("\n\n")
    trailers = dict(line.partition(": ")[::2] for line in tail.split("\n"))
    if FORMAT not in trailers:
        return full.rstrip("\n"), "", {}
    return text, trailers.get(REPOSITORY, ""), _counts(trailers.get(COUNTS, ""))


def _counts(figures: str) -> dict[str, int]:
    pairs = (word.partition("=") for word in figures.split())
    return {word: int(number) for word, _, number in pairs if _NUMBER.fullmatch(number)}
