"""A new repository with the whole history of another one, and the part of its files that is wanted.

Each part that was done is found done when the same clone is begun again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import NamedTuple

from annexish.apply.dressing import Dressing
from annexish.errors import Refused, Usage
from annexish.flows.commit import commit as commits
from annexish.flows.contents.fill import Filled, Manner
from annexish.flows.contents.filled import fill_wanted
from annexish.flows.contents.telling import tell
from annexish.flows.place.create import create
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.recover.extract import outside
from annexish.flows.remotes import remotes
from annexish.flows.remotes.doors import door_to
from annexish.flows.remotes.meeting import fetch_history, head_in
from annexish.flows.remotes.opened import open_source, source_at
from annexish.flows.state.begin import begin
from annexish.flows.sync.rules import rules_of
from annexish.flows.tree.settle import settle
from annexish.model.ids import ROOT, CommitId, TreeId
from annexish.model.path import CONTROL, TOP
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from annexish.model.report import Committed
from annexish.model.scope import EVERYTHING, Anchor, Mark, Scope
from annexish.remote.port import Remote
from annexish.remote.url import Local, parse
from annexish.store.history import Nodes
from annexish.store.lock import Lock
from annexish.store.scope import write_scope
from annexish.system.descend import Descent

ORIGIN = "origin"


class Request(NamedTuple):
    """What is to be cloned where; `only` and `without` are patterns, `content` False for the history alone."""

    source: str
    directory: bytes
    only: Sequence[bytes] = ()
    without: Sequence[bytes] = ()
    name: str | None = None
    content: bool = True
    manner: Manner = Manner()
    program: str = ""


class Cloned(NamedTuple):
    """The new repository, what came, and the commit of files that were there before and are not in the history."""

    place: Place
    filled: Filled
    found: Committed | None


def clone(request: Request) -> Cloned:
    """Make the repository, or finish one that was begun."""
    origin = Known(ORIGIN, request.source, program=request.program, limit=request.manner.rate)
    where = parse(request.source)
    if isinstance(where, Local):
        _require_apart(source_at(where.path), outside(request.directory))
    with ExitStack() as stack:
        far = stack.enter_context(open_source(origin))
        peer = far.hello()
        begun = _begun(request.directory, peer.id)
        place = create(request.directory, request.name if request.name or not begun else None)
        with Lock(place.lock):
            settle(place)
            held_before = os.listdir(place.root) != [CONTROL]
            if place.head() is None:
                _fetched(place, far, peer, request, held_before=held_before)
            found = adopted(place) if held_before and place.head() is not None else None
            filled = fill_wanted(place, [door_to(origin, far, stack)], request.manner)
            tell(place)
    return Cloned(place, filled, found)


def _fetched(place: Place, far: Remote, peer: Peer, request: Request, *, held_before: bool) -> None:
    """Take the history, and begin where the source is."""
    head = head_in(fetch_history(place, far), peer.id)
    with suppress(Usage):
        remotes.add(place, ORIGIN, request.source, os.fsencode(os.getcwd()), request.program)
    remotes.met(place, ORIGIN, peer)
    if head is not None:
        begin_at(place, head, request, held_before=held_before)


def adopted(place: Place) -> Committed:
    """Record the files that were there before: what the history has at their paths is present."""
    request = commits.Request("files that were here before the clone", (), allow_mass_deletion=True, progress=None)
    return commits.commit(place, request)


def _require_apart(source: Place, directory: bytes) -> None:
    for one, other in ((source.root, directory), (directory, source.root)):
        if one == other or other.startswith(one.rstrip(b"/") + b"/"):
            raise Usage("a clone and its source cannot lie in each other", hint="name another directory")


def _begun(directory: bytes, source: str) -> bool:
    """Whether a clone of the source of this id was begun there; raise Refused if another repository is there."""
    if not os.path.isdir(os.path.join(directory, CONTROL, b"history.git")):
        return False
    there = Place(os.path.realpath(directory))
    known = [one for one in remotes.remotes(there) if one.name == ORIGIN]
    if known and known[0].id == source:
        return True
    if there.head() is None and not (known and known[0].id):
        return True
    raise Refused(f"{os.fsdecode(directory)!r} is a repository already", hint="`annexish sync` brings two together")


def begin_at(place: Place, head: CommitId, request: Request, *, held_before: bool) -> None:
    """Say what is wanted, and let the head be where the source is, with nothing present yet.

    A directory in which nothing was gets what the history says of the root.
    """
    load = Held(Nodes(place.history))
    tree = place.history.commit(head).tree
    write_scope(place.control, _scope(load, tree, request))
    own = load(tree).own
    if own is not None and not held_before:
        with Descent(place.root) as descent:
            Dressing().directory_again(descent.open(TOP), own)
    begin(place, head, "clone: from " + request.source)


def _scope(load: Held, tree: TreeId, request: Request) -> Scope:
    made = EVERYTHING._replace(only=rules_of(load, tree, request.only), without=rules_of(load, tree, request.without))
    if request.content:
        return made
    return made._replace(marks=(Mark(Anchor(TOP, (ROOT,)), wanted=False),))
