"""What restore and view made, as lines and as items."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

from annexish.cli import changes
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, size
from annexish.cli.session import Session
from annexish.model.report import Restored, Step

WORDS = ("mkdir", "copy", "reflink", "link", "symlink", "special")
"""The words of steps, in the order of the totals."""
CODES = ("absent", "corrupt", "failed")

Tell = Callable[[Step], object]


def listener(session: Session, place: Place, items: Items | None) -> Tell | None:
    """Return what tells each step: an item with --json, a line with -v, else nobody needs it."""
    if items is not None:
        return lambda step: items.item("step", _fields(place, step))
    if session.verbose:
        return lambda step: session.out.line(f"{step.word:<8}{name(place.outward(step.path))}")
    return None


def _fields(place: Place, step: Step) -> dict[str, object]:
    path = named("path", place.outward(step.path))
    return {"step": step.word, **path, "kind": step.kind.word, "size": step.size}


def tell(session: Session, place: Place, made: Restored, items: Items | None, verb: str) -> int:
    """Say what was made and name what was not; return the exit code."""
    if items is not None:
        changes.write_problems(place, made.problems, items)
        failed = Counter(problem.code for problem in made.problems)
        totals = {word: made.counts.get(word, 0) for word in WORDS} | {code: failed[code] for code in CODES}
        items.summary({**named("directory", made.directory), **totals, "size": made.size})
    else:
        files = sum(made.counts.get(word, 0) for word in WORDS[1:])
        session.remark(f"{verb} {count(files, 'file')}, {size(made.size)}: {name(made.directory)}")
        changes.print_problems(session, place, made.problems)
    return changes.code_for(made.problems)


def destination(session: Session, directory: bytes) -> bytes:
    """Return where a directory is that was typed here."""
    return os.path.join(session.here, directory)
