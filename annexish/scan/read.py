"""Read what must be read: digests, link targets, attributes; divided between processes, in the order of the survey."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from annexish.model.kept import KeepContent
from annexish.scan.reader import Keeping, Reader, Reading
from annexish.scan.survey import Listing, Survey
from annexish.system.descend import Descent
from annexish.system.turns import in_turns

_UNIT_FILES = 1024
_UNIT_BYTES = 64 << 20


class Finished(NamedTuple):
    """What the process that read a listing made of it: the name and bytes of its blob, how many entries it has.

    `columns` are the records to remember, empty if they are those of the listing.
    """

    name: bytes
    data: bytes
    entries: int
    columns: bytes


class Result(NamedTuple):
    """The readings of one listing, or what was made of them; how many bytes of content they took, and the keep."""

    number: int
    readings: list[Reading]
    size: int
    keeping: Keeping = Keeping()
    finished: Finished | None = None


Finish = Callable[["Listing", "list[tuple[Any, ...]]"], Finished | None]
"""What to do with a whole listing where it was read; None to hand out its readings."""


Needs = Callable[[Listing], bytes]
"""One of LEAVE, RECORD, CONTENT for each name of a listing."""


def read(
    root: bytes,
    survey: Survey,
    needs: Needs,
    *,
    processes: int,
    finish: Finish | None = None,
    keep: KeepContent | None = None,
    fresh: int = 0,
) -> Iterator[Result]:
    """Yield the readings of every listing that needs any, the last listing first: trees are built in that order.

    What `keep` is given is the descriptor from which a content was hashed, while it is open. Records that are
    not older than `fresh` (ns) are handed out smudged (see `scan.stat.smudged`).
    """

    def work(number: int, of: int) -> Iterator[_Part]:
        with Descent(root) as descent:
            reader = Reader(descent, keep, fresh)
            found, wanted = None, b""
            for turn, (listing, part, parts) in enumerate(_units(survey)):
                if turn % of == number:
                    if found is None or found.number != listing:
                        found = survey[listing]
                        wanted = needs(found)
                    readings, size = reader.read(found, wanted, part, parts)
                    finished = finish(found, readings) if finish is not None and parts == 1 else None
                    keeping = tuple(reader.keeping())
                    if finished is None:
                        yield listing, marshal.dumps(readings), size, keeping, None
                    else:
                        yield listing, b"", size, keeping, tuple(finished)

    few = survey.files < 2 * _UNIT_FILES and survey.size < _UNIT_BYTES
    yield from _joined(in_turns(work, 1 if few else processes))


def _units(survey: Survey) -> Iterator[tuple[int, int, int]]:
    """Yield pieces of work: (listing, part, parts). A listing with many files, or large ones, is several."""
    for number in range(len(survey) - 1, -1, -1):
        files, size = survey.weight(number)
        parts = min(files, max(size // _UNIT_BYTES, files // _UNIT_FILES) + 1)
        for part in range(parts):
            yield number, part, parts


_Part = tuple[int, bytes, int, tuple[Any, ...], tuple[Any, ...] | None]


def _joined(results: Iterator[_Part]) -> Iterator[Result]:
    """Put the parts of each listing together."""
    whole: Result | None = None
    for number, data, size, keeping, finished in results:
        if whole is not None and number != whole.number:
            yield whole
            whole = None
        kept = Keeping._make(keeping)
        if finished is not None:
            yield Result(number, [], size, kept, Finished._make(finished))
            continue
        readings = [Reading._make(values) for values in marshal.loads(data)]
        if whole is None:
            whole = Result(number, readings, size, kept)
        else:
            whole.readings.extend(readings)
            whole = whole._replace(size=whole.size + size, keeping=_both(whole.keeping, kept))
    if whole is not None:
        yield whole


def _both(one: Keeping, other: Keeping) -> Keeping:
    return Keeping(
        one.fans + other.fans,
        one.twins + other.twins,
        one.suspects + other.suspects,
        one.unprotected + other.unprotected,
    )
