"""Who holds what, as lines for people and as items for programs."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import columns, count, name, size
from annexish.model.copies import Copy, Whereabouts

_UNITS = (("minute", 60), ("hour", 3600), ("day", 86_400), ("month", 30 * 86_400), ("year", 365 * 86_400))


def write_copies(place: Place, where: Whereabouts, items: Items) -> None:
    """Write an item for each holder of a path; times are seconds since 1970."""
    for copy in where.copies:
        items.item("copy", {**named("path", place.outward(where.path)), **copy_item(copy, where)})


def copy_item(copy: Copy, where: Whereabouts) -> dict[str, object]:
    """What an item says of one holder; `age` is in seconds."""
    holder = copy.holder
    return {
        "repository": holder.id,
        "name": holder.name,
        "here": holder.here,
        "disk": holder.disk.id,
        "disk_label": holder.disk.label,
        "told": holder.told,
        "age": 0 if holder.here else age(holder.told),
        "verified": holder.verified or None,
        "files": copy.files,
        "size": copy.size,
        "all": copy.files == where.files,
        "same_disk_as": copy.beside or None,
    }


def copy_lines(where: Whereabouts) -> Iterator[str]:
    """Yield a line for each holder of a path."""
    names = Counter(copy.holder.name for copy in where.copies)
    rows = (
        (
            "",
            word(copy.holder.name) + (f" ({copy.holder.id[:8]})" if names[copy.holder.name] > 1 else ""),
            "all" if copy.files == where.files else f"{copy.files} of {count(where.files, 'file')}, {size(copy.size)}",
            word(copy.holder.disk.label),
            "here" if copy.holder.here else f"told {ago(copy.holder.told)}",
            f"verified {ago(copy.holder.verified)}" if copy.holder.verified else "never verified",
            f"same disk as {word(copy.beside)}" if copy.beside else "",
        )
        for copy in where.copies
    )
    return columns(rows, "<<<<<<<")


def word(text: str) -> str:
    """Return what another repository calls something, as one printable word."""
    return name(os.fsencode(text))


def total(files: int, bytes_: int) -> str:
    """Return `3 files, 1.2 MiB`."""
    return f"{count(files, 'file')}, {size(bytes_)}"


def age(moment: int) -> int:
    """Return how many seconds ago a time was; one in the future is now."""
    return max(0, int(time.time()) - moment)


def ago(moment: int) -> str:
    """Return how long ago a time was, in words."""
    seconds = age(moment)
    unit = max((each for each in _UNITS if each[1] <= seconds), key=lambda each: each[1], default=None)
    return f"{count(seconds // unit[1], unit[0])} ago" if unit else "just now"
