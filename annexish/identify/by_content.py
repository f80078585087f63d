"""Which gone object is which new name, by content: one candidate, or the best by name and neighbourhood.

Several of one content are paired by ever weaker signs, each in one pass, so that a million
identical files cost no more than a million different ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from annexish.model.evidence import Candidate

_Sign = Callable[[Candidate], bytes]

_SIGNS: tuple[_Sign, ...] = (
    lambda candidate: candidate.parent + b"/" + candidate.name,
    lambda candidate: candidate.parent.rpartition(b"/")[2] + b"/" + candidate.name,
    lambda candidate: candidate.name,
    lambda candidate: candidate.parent,
    lambda _: b"",
)


def by_content(gone: Iterable[Candidate], new: Iterable[Candidate]) -> dict[int, int]:
    """Return pairs: the key of a new name to the key of the gone object that it is.

    The result does not depend on the order in which candidates are given.
    """
    objects: dict[bytes, list[Candidate]] = defaultdict(list)
    for candidate in gone:
        objects[candidate.content].append(candidate)
    names: dict[bytes, list[Candidate]] = defaultdict(list)
    for candidate in new:
        if candidate.content in objects:
            names[candidate.content].append(candidate)
    pairs: dict[int, int] = {}
    for content, found in names.items():
        _pair(objects[content], found, pairs)
    return pairs


def _pair(gone: list[Candidate], new: list[Candidate], pairs: dict[int, int]) -> None:
    if len(gone) == len(new) == 1:
        pairs[new[0].key] = gone[0].key
        return
    gone, new = sorted(gone, key=_order), sorted(new, key=_order)
    for sign in _SIGNS:
        gone, new = _pass(gone, new, sign, pairs)
        if not gone or not new:
            return


def _pass(
    gone: list[Candidate], new: list[Candidate], sign: _Sign, pairs: dict[int, int]
) -> tuple[list[Candidate], list[Candidate]]:
    """Pair those with the same sign, in order; return what is left."""
    waiting: dict[bytes, list[Candidate]] = defaultdict(list)
    for candidate in reversed(gone):
        waiting[sign(candidate)].append(candidate)
    left = []
    for candidate in new:
        partners = waiting.get(sign(candidate))
        if partners:
            pairs[candidate.key] = partners.pop().key
        else:
            left.append(candidate)
    rest = {candidate.key for partners in waiting.values() for candidate in partners}
    return [candidate for candidate in gone if candidate.key in rest], left


def _order(candidate: Candidate) -> tuple[bytes, bytes]:
    return (candidate.parent, candidate.name)
