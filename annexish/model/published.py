"""What repositories publish of themselves: references to objects of the history."""

from __future__ import annotations

import re
from collections.abc import Mapping

from annexish.errors import Refused

HEADS, HOLDINGS = "refs/annexish/heads/", "refs/annexish/holdings/"
"""With the id of the repository behind it: its newest commit that is known, and the blob of its holdings."""

_REFERENCE = re.compile(f"({HEADS}|{HOLDINGS})([0-9a-f]{{32}})")
_NAME = re.compile("[0-9a-f]{40}")


def is_published(reference: str) -> bool:
    """Whether a reference is one that a repository publishes."""
    return _REFERENCE.fullmatch(reference) is not None


def is_object(name: str) -> bool:
    """Whether a text can be the name of an object."""
    return _NAME.fullmatch(name) is not None


def lawful(references: Mapping[str, str], own: str) -> dict[str, str]:
    """Return the references that another repository may set here; what it says of this one, `own`, is left out.

    Raise Refused if there are other ones.
    """
    for reference, name in references.items():
        if not is_published(reference) or not is_object(name):
            raise Refused(f"the reference {reference!r} is not for another repository to set, to {name!r}")
    return {reference: name for reference, name in references.items() if not reference.endswith(own)}
