"""What is brought back is the object that it was: the next commit gives it its ids, unless that object is elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from annexish.diff.resolve import search
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.model.entry import Entry
from annexish.model.path import RepoPath
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.losses import Losses

Comes = Sequence[tuple[RepoPath, Entry]]


def remember_ids(place: Place, back: Comes, moved: Comes = ()) -> None:
    """Note which objects come to paths; `moved` are those that the head has elsewhere, and that leave it.

    Of an object that comes to several paths the first one is it.
    """
    taken = _elsewhere(place, back)
    wanted = list(moved)
    for path, entry in back:
        if taken.isdisjoint(entry.ids):
            wanted.append((path, entry))
            taken.update(entry.ids)
    if wanted:
        with closing(Cache(place.cache)) as cache:
            cache.begin()
            Losses(cache).set_returned(wanted)
            cache.finish({})


def _elsewhere(place: Place, back: Comes) -> set[bytes]:
    """The ids of objects that the head has at other paths; to find them all of it is read."""
    head = place.head()
    if head is None or not back:
        return set()
    paths = {name: path for path, entry in back for name in entry.ids}
    found = search(Held(Nodes(place.history)), place.history.commit(head).tree, set(paths))
    return {name for path, entry in found for name in entry.ids if paths.get(name, path) != path}
