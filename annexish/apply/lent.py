"""Good copies that others lend for a repair: each comes into a keep of its own, is hashed, and goes when it has healed.

The keep that is repaired may have rotten bytes under the very name of the digest, and a name more or less would change
the ctime that tells rot from an edit.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

from annexish.apply.incoming import Incoming
from annexish.apply.keep import Keep
from annexish.errors import AnnexishError, Missing
from annexish.model.content import Ask, Holder, Want
from annexish.model.ids import Digest


class Lenders(NamedTuple):
    """Who may have good copies, opened when the first one is asked for; `nobody` says that none of them has one."""

    open: Callable[[ExitStack], Sequence[Holder]]
    nobody: str


NOBODY = Lenders(lambda _: (), "no good copy of it is here")


class Lent:
    """Asks one lender after the other; the writers' lock is held each time."""

    def __init__(self, control: str, lenders: Lenders) -> None:
        self.remark = lenders.nobody
        """Why the last content that was asked for is not lent."""
        self._lenders = lenders
        self._top = os.path.join(control, "lent")
        self._ends = ExitStack()
        self._holders: Sequence[Holder] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def open(self, digest: Digest, size: int) -> int | None:
        """Return an open file with the content, durable; None if nobody lends it."""
        self.remark = self._lenders.nobody
        for holder in self._opened():
            try:
                return self._taken(digest, size, holder)
            except Missing:
                continue
            except (AnnexishError, OSError) as error:
                self.remark = f"{self._lenders.nobody}: {error}"
        return None

    def clear(self) -> None:
        """Remove what was lent, and what a killed repair left of that; the writers' lock is held."""
        shutil.rmtree(self._top, ignore_errors=True)

    def _opened(self) -> Sequence[Holder]:
        if self._holders is None:
            self._holders = self._lenders.open(self._ends)
        return self._holders

    def _taken(self, digest: Digest, size: int, holder: Holder) -> int:
        with Keep(self._top) as keep:
            incoming = Incoming(keep, own=True)
            want = Want(digest, size)
            if incoming.copy_from(want, holder, None) is None:
                ask = Ask(digest, 0, None, size)
                for pieces in holder.give((ask,)):
                    incoming.take(want, ask, pieces, None)
            incoming.settle()
            found = keep.open(digest)
            assert found is not None, "it was named"
            return found
