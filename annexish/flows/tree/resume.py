"""Finish what an interrupted command began: its journal is still there."""

from __future__ import annotations

import os

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.errors import Corrupt
from annexish.flows.place.held import Held
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import record_request
from annexish.flows.place.place import Place
from annexish.flows.tree.advance import advanced
from annexish.flows.tree.bring import Wanted, bring_back, target_of
from annexish.flows.tree.reshape import reshaped, undone
from annexish.store.history import Nodes
from annexish.store.journal import Journal, Request


def resume(place: Place) -> None:
    """Carry out the request of a journal again, and record it; the writers' lock is held."""
    journal = Journal(place.control)
    request = journal.read()
    if request is None:
        return
    if request.commit is not None:
        advanced(place, request)
    elif request.command == "recover":
        _recover(place, request)
    elif request.command == "restore":
        before, after = request.trees
        reshaped(place, before, after, [path for _, path in request.objects])
    elif request.command == "undo":
        undone(place, *request.trees)
    else:
        raise Corrupt(f"the journal names a command that this program does not know: {request.command!r}")
    record_request(place, request)
    journal.clear()


def _recover(place: Place, request: Request) -> None:
    if not os.path.isdir(request.top):
        return
    load = Held(Nodes(place.history))
    wanted = []
    for tree, path in request.objects:
        entry = find_entry(load, tree, path, nibbles)
        if entry is not None:
            wanted.append(Wanted(tree, path, entry[0], target_of(path, request.base)))
    with keep_of(place) as keep:
        bring_back(request.top, keep, load, wanted, request.base, again=True)
