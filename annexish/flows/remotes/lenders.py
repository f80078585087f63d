"""The remotes as lenders of good copies: they are asked when none is here, and who does not answer is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial

from annexish.apply.lent import Lenders
from annexish.errors import AnnexishError
from annexish.flows.place.place import Place
from annexish.flows.remotes.opened import open_remote
from annexish.flows.remotes.remotes import met, remotes
from annexish.model.content import Holder

_NOBODY = "no good copy of it is here, and no remote that answers has one"


def lenders_of(place: Place) -> Lenders:
    """Return all remotes; they are opened when the first content is asked for."""
    return Lenders(partial(_opened, place), _NOBODY)


def _opened(place: Place, ends: ExitStack) -> Sequence[Holder]:
    found = []
    for known in remotes(place):
        with suppress(AnnexishError, OSError):
            far = ends.enter_context(open_remote(known))
            met(place, known.name, far.hello())
            found.append(far)
    return found
