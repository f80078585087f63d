"""What was done here, and how it is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from annexish.flows.place.place import Place
from annexish.model.ids import CommitId, TreeId
from annexish.model.report import Operation, Recovered
from annexish.store.history import History
from annexish.store.journal import Journal, Request
from annexish.store.operations import Operations


def operations(place: Place) -> Iterator[Operation]:
    """Yield what was done, newest first."""
    return Operations(place.control).newest_first()


def record(
    place: Place, command: str, text: str, heads: tuple[CommitId | None, CommitId | None], *trees: TreeId
) -> None:
    """Record what a command did; the writers' lock is held."""
    Operations(place.control).append(Operation(0, int(time.time()), command, text, *heads, trees))


def record_commit(place: Place, history: History, commit: CommitId) -> None:
    """Record a commit that became the head."""
    made = history.commit(commit)
    before = made.parents[0] if made.parents else None
    trees = (history.commit(before).tree, made.tree) if before else ()
    record(place, "commit", made.message.split("\n")[0], (before, commit), *trees)


def carry_out(place: Place, request: Request, do: Callable[[], Recovered]) -> Recovered:
    """Do what a request says: durable before the first step, recorded after the last one if anything changed."""
    journal = Journal(place.control)
    request = request._replace(number=Operations(place.control).next_number())
    journal.write(request)
    done = do()
    if done.steps:
        record_request(place, request)
    journal.clear()
    return done


def record_request(place: Place, request: Request) -> None:
    """Record what was carried out, if it has not been before it was interrupted."""
    if Operations(place.control).next_number() == request.number:
        head = place.head()
        heads = (request.head, request.commit) if request.commit else (head, head)
        record(place, request.command, request.text, heads, *request.trees[-2:])
