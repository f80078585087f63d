"""What came from elsewhere, as lines and as items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from annexish.cli import changes
from annexish.cli.endings import DONE
from annexish.cli.jsonl import Items, named
from annexish.cli.paths import Place
from annexish.cli.printing import name
from annexish.cli.session import Session
from annexish.flows.contents.fill import Filled
from annexish.model.report import Step

Tell = Callable[[Step], object]


def listener(session: Session, items: Items | None, place: Place | None = None) -> Tell | None:
    """Return what tells each step: an item with --json, a line with -v, else nobody needs it."""

    def outward(step: Step) -> bytes:
        return place.outward(step.path) if place is not None else step.path

    if items is not None:
        return lambda step: items.item(
            "step", {"step": step.word, **named("path", outward(step)), "kind": step.kind.word, "size": step.size}
        )
    if session.verbose:
        return lambda step: session.out.line(f"{step.word:<8}  {name(outward(step))}")
    return None


def tell(
    session: Session, place: Place, done: Filled, items: Items | None, more: Mapping[str, object] = MappingProxyType({})
) -> int:
    """Name what could not be had, and end the items; return the exit code."""
    if items is not None:
        changes.write_problems(place, done.problems, items)
        items.summary(
            {
                "bytes_copied": done.received,
                "files": done.files,
                "size": done.size,
                "problems": len(done.problems),
                **more,
            }
        )
    else:
        changes.print_problems(session, place, done.problems)
    return changes.code_for(done.problems) if done.problems else DONE
