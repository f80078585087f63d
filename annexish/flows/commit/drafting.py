"""What a commit would record now, as a commit that nobody made."""

from __future__ import annotations

from contextlib import closing

from annexish.codec.objects import object_name
from annexish.flows.commit.build import Built
from annexish.flows.commit.saving import is_blank
from annexish.flows.commit.snapshot import look, take
from annexish.flows.place.author import Signing, author, signed
from annexish.flows.place.place import Place
from annexish.flows.state.outset import check, scan_of
from annexish.flows.state.past import Past
from annexish.flows.state.state import State
from annexish.model.commit import Commit
from annexish.model.ids import CommitId
from annexish.remote.port import Draft
from annexish.store.history import Nodes
from annexish.store.losses import Losses
from annexish.store.scratch import Scratch


def draft(place: Place) -> Draft:
    """Return the commit, with an id that only says what is in it, and its objects; nothing is written."""
    if is_blank(place):
        return Draft(None, ())
    with closing(State(place)) as state, closing(Scratch()) as sink:
        head = state.history.commit(state.base) if state.base is not None else None
        scan = scan_of(place, thorough=True)
        outset = check(scan, state.cache)
        if outset.nothing:
            return Draft(head, ())
        nodes = Nodes(state.history, sink)
        past = Past(state.cache, nodes)
        scan = scan._replace(returned=Losses(state.cache).returned())
        taken = take(scan, look(scan, outset, state.cache, past), past, nodes, _forget)
        if taken.tree == state.tree:
            return Draft(head, ())
        who, (id, name) = author(place), place.identity()
        parents = (head.id,) if head else ()
        data = signed(place, Signing(taken.tree, parents, "draft", {}), who)
        made = CommitId(object_name(b"commit", data).hex())
        return Draft(Commit(made, taken.tree, parents, who, "draft", id, {}, name), tuple(sink.objects()))


def _forget(_: Built) -> None:
    """Nothing is remembered of what is only looked at."""
