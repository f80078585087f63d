"""The remotes of a repository: what they are called, where they are, and who was met there."""

from __future__ import annotations

import os
from collections.abc import Iterable

from annexish.errors import Missing, Refused, Usage
from annexish.flows.place.place import Place
from annexish.model.peer import Peer
from annexish.model.remotes import Known
from annexish.remote.url import Git, absolute, parse
from annexish.store.lock import Lock
from annexish.store.remotes import Remotes

_LONGEST = 255


def remotes(place: Place) -> list[Known]:
    """Return all remotes, sorted by name."""
    return _stored(place).all()


def remote(place: Place, name: str) -> Known:
    """Return one remote; raise Missing if there is none of this name."""
    return _found(remotes(place), name)


def repositories(place: Place) -> list[Known]:
    """Return the remotes that may hold contents: all but hubs."""
    return [one for one in remotes(place) if not is_hub(one)]


def is_hub(known: Known) -> bool:
    """Whether a remote is a Git server, which has the history and nothing else."""
    return isinstance(parse(known.url), Git)


def hubs_first(known: Iterable[Known]) -> list[Known]:
    """Return remotes in the order in which they are met: what a hub tells, the others have contents of."""
    return sorted(known, key=lambda one: not is_hub(one))


def add(place: Place, name: str, url: str, start: bytes, program: str = "") -> Known:
    """Note a remote; a path is taken from `start`. Whether something is there does not matter.

    Raise Usage for a name or URL that is none, and for a name that is taken.
    """
    made = Known(_checked(name), absolute(url, os.path.realpath(start)), program=program)
    with Lock(place.lock):
        before = remotes(place)
        _require_free(before, name)
        _stored(place).write([*before, made])
    return made


def remove(place: Place, name: str) -> Known:
    """Forget a remote; what its repository told stays known. Raise Missing if there is none."""
    with Lock(place.lock):
        before = remotes(place)
        gone = _found(before, name)
        _stored(place).write([one for one in before if one != gone])
    return gone


def rename(place: Place, old: str, new: str) -> Known:
    """Call a remote otherwise; raise Missing if there is none, Usage if the new name is taken or no name."""
    with Lock(place.lock):
        before = remotes(place)
        found = _found(before, old)
        made = found._replace(name=_checked(new))
        if new != old:
            _require_free(before, new)
        _stored(place).write([made if one == found else one for one in before])
    return made


def met(place: Place, name: str, peer: Peer) -> None:
    """Note which repository answers at a remote; raise Refused if it is this one, or another than the last time."""
    if peer.id == place.identity()[0]:
        raise Refused(
            f"the remote {name!r} is this repository, or a copy of it that has no id of its own yet",
            hint="run `annexish doctor` there: it says whether it is a copy",
        )
    known = remote(place, name)
    if known.id == peer.id:
        return
    if known.id:
        raise Refused(
            f"the remote {name!r} is another repository than last time: {peer.name!r} ({peer.id})",
            hint=f"if that is meant: `annexish remote remove {name}`, then add it again",
        )
    with Lock(place.lock):
        _stored(place).write([one._replace(id=peer.id) if one.name == name else one for one in remotes(place)])


def _stored(place: Place) -> Remotes:
    return Remotes(os.path.join(place.control, "remotes.toml"))


def _found(known: list[Known], name: str) -> Known:
    for one in known:
        if one.name == name:
            return one
    raise Missing(f"there is no remote {name!r}", hint="`annexish remote` lists all")


def _require_free(known: list[Known], name: str) -> None:
    if any(one.name == name for one in known):
        raise Usage(f"there is a remote {name!r} already", hint="`annexish remote` lists all")


def _checked(name: str) -> str:
    if not name.strip() or not name.isprintable() or name.startswith("-") or "/" in name or len(name) > _LONGEST:
        raise Usage(
            f"{name!r} is no name for a remote",
            hint="a name has up to 255 characters that can be printed, no slash, and no dash at its beginning",
        )
    return name
