"""What was done to the working tree on the way to a new head, as lines and as items."""

from __future__ import annotations

from collections.abc import Mapping

from annexish.cli import changes
from annexish.cli.endings import DONE
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import count, name
from annexish.cli.session import Session
from annexish.model.entry import Kind
from annexish.model.report import Advanced

FEW = 100


def write(place: Place, done: Advanced, items: Items, totals: Mapping[str, object]) -> int:
    """Write a `step` item for each step, what could not be done, and the summary; return the exit code."""
    for step in done.steps:
        fields = {"step": step.word, **named("path", place.outward(step.path)), "kind": step.kind.word}
        items.item("step", {**fields, "size": step.size})
    changes.write_problems(place, done.problems, items)
    items.summary({"steps": len(done.steps), "absent": len(done.absent), "problems": len(done.problems), **totals})
    return changes.code_for(done.problems) if done.problems else DONE


def show(session: Session, place: Place, done: Advanced) -> int:
    """Print the steps, if they are few or asked for; return the exit code."""
    if not session.quiet and (session.verbose or len(done.steps) <= FEW):
        for step in done.steps:
            slash = "/" if step.kind is Kind.DIRECTORY else ""
            session.out.line(f"{step.word:<8}  {name(place.outward(step.path))}{slash}")
    changes.print_problems(session, place, done.problems)
    if done.absent:
        session.remark(f"{count(len(done.absent), 'file')} absent: the content is not in this repository")
    return changes.code_for(done.problems) if done.problems else DONE
