"""What was done to files, as lines and as items."""

from __future__ import annotations

from collections.abc import Mapping

from annexish.cli import changes
from annexish.cli.jsonl import named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name, size
from annexish.cli.session import Session
from annexish.model.entry import Kind
from annexish.model.report import Recovered

FEW = 100


def write_steps(
    session: Session, place: Place, done: Recovered, *, inside: bool, totals: Mapping[str, object] | None = None
) -> None:
    """Write steps as items; paths are in the working tree (`inside`), or relative to another directory."""
    items = session.items()
    for step in done.steps:
        path = place.outward(step.path) if inside else step.path
        fields: dict[str, object] = {
            "step": step.word,
            **named("path", path),
            "kind": step.kind.word,
            "size": step.size,
        }
        if step.wanted is not None:
            fields |= named("instead_of", place.outward(step.wanted) if inside else step.wanted)
        items.item("step", fields)
    changes.write_problems(place, done.problems, items)
    files = [step for step in done.steps if step.kind is Kind.FILE]
    items.summary(
        {"steps": len(done.steps), "files": len(files), "bytes": sum(step.size for step in files),
         "problems": len(done.problems), **(totals or {})}
    )  # fmt: skip


def print_steps(session: Session, place: Place, done: Recovered, *, inside: bool) -> None:
    """Print what was done, if it is little or asked for, and the totals."""
    few = len(done.steps) <= FEW or session.verbose
    for step in done.steps:
        path = name(place.outward(step.path) if inside else step.path)
        if step.wanted is not None:
            wanted = name(place.outward(step.wanted) if inside else step.wanted)
            session.out.line(f"{wanted} is taken: brought back as {path}")
        elif few and not session.quiet:
            session.out.line(f"{step.word:<8}  {path}" + ("/" if step.kind is Kind.DIRECTORY else ""))
    files = [step for step in done.steps if step.kind is Kind.FILE]
    total = sum(step.size for step in files)
    if done.steps or not done.problems:
        session.remark(f"{count(len(files), 'file')}, {size(total)}" if done.steps else "everything is there already")
    changes.print_problems(session, place, done.problems)
