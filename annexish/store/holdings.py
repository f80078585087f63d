"""What repositories tell of themselves, at rest: references of the history, each to a Git blob.

Only the newest blob of each is of use, so old ones and the reflogs that name them are removed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress

from annexish.codec.holdings import decode_holdings, encode_holdings
from annexish.errors import Corrupt
from annexish.model.holdings import Holdings
from annexish.model.ids import BlobId
from annexish.model.published import HEADS, HOLDINGS
from annexish.store.history import History
from annexish.store.references import reference_names

_ID = re.compile("[0-9a-f]{32}")
_AGAIN = 3600
"""After so many seconds it is worth saying that nothing changed."""
_OLD = 86_400
"""Nobody still reads what was replaced so many seconds ago."""
_HIGHEST = 1 << 62
"""No counter of a repository comes here by counting; a higher one is made up, to leave no number for what follows."""


class KnownHoldings:
    """The holdings of all repositories that are known here; `own` is the id of this one. Writers hold the lock."""

    def __init__(self, history: History, own: str) -> None:
        self._history = history
        self._own = own

    def ids(self) -> list[str]:
        """Return the ids of the repositories that told something, sorted."""
        named = (name.removeprefix(HOLDINGS) for name in reference_names(self._history.path))
        return [id for id in named if _ID.fullmatch(id)]

    def readable(self) -> Iterator[Holdings]:
        """Yield what each repository told last, in order of their ids; what cannot be read here is passed over."""
        for id in self.ids():
            with suppress(Corrupt):
                found = self.get(id)
                if found is not None:
                    yield found

    def get(self, id: str) -> Holdings | None:
        """Return what a repository told last, None for nothing; raise Corrupt if that cannot be read here."""
        data = self.blob(id)
        if data is None:
            return None
        found = decode_holdings(data)
        if found.id != id:
            raise Corrupt(f"the holdings of repository {id} are those of another one")
        return found

    def blob(self, id: str) -> bytes | None:
        """Return the bytes that a repository told last, as they came; None for nothing."""
        name = self._history.target(HOLDINGS + id)
        return None if name is None else self._history.blob(BlobId(bytes.fromhex(name)))

    def publish(self, now: Holdings) -> Holdings:
        """Tell what this repository holds, durably; return it with its counter.

        If nothing but the time differs from what was told within the hour, that stays.
        """
        before = self.last()
        if before is not None:
            same = now._replace(id=self._own, counter=before.counter, time=before.time) == before
            if same and 0 <= now.time - before.time < _AGAIN:
                return before
        made = now._replace(id=self._own, counter=before.counter + 1 if before else 1, time=max(0, now.time))
        self._set(made, encode_holdings(made))
        return made

    def accept(self, data: bytes) -> bool:
        """Take what another repository told, if it is newer than what is known; return whether it was.

        Nobody tells of this repository but itself. The head that it names is in the history before.
        Raise Corrupt for what is no holdings or names a commit that is not here.
        """
        told = decode_holdings(data)
        if told.id == self._own:
            return False
        known = self._counter(told.id)
        if told.counter <= known:
            return False
        if told.head is not None and not self._history.has_commit(told.head):
            raise Corrupt(f"the holdings of {told.name!r} name a head that is not in the history")
        self._set(told, data)
        return True

    def overtake(self, data: bytes) -> None:
        """Count on from what others know of this repository, which was put back to an older state since it told that.

        Nothing else of it is believed: what was told here last is told again. Who told nothing was not put back.
        """
        last = self.last()
        with suppress(Corrupt):
            told = decode_holdings(data)
            if last is not None and told.id == self._own and last.counter < told.counter < _HIGHEST:
                again = last._replace(counter=told.counter + 1)
                self._set(again, encode_holdings(again))

    def last(self) -> Holdings | None:
        """Return what this repository told last, None for nothing; what cannot be read is told anew."""
        with suppress(Corrupt):
            return self.get(self._own)
        return None

    def _counter(self, id: str) -> int:
        """The counter of what is known; a later version is left alone, and what is broken replaced."""
        with suppress(Corrupt):
            known = self.get(id)
            return 0 if known is None else known.counter
        return 0

    def _set(self, told: Holdings, data: bytes) -> None:
        self._history.unlock()
        if told.head is not None:
            self._history.point(HEADS + told.id, told.head)
        self._history.point(HOLDINGS + told.id, self._history.add_blob(data).hex())
        self._forget_old()

    def _forget_old(self) -> None:
        """Remove blobs of holdings that nobody names any more: they are the only loose blobs of a history."""
        for kind in (HOLDINGS, HEADS):
            with suppress(FileNotFoundError):
                logs = os.path.join(self._history.path, "logs", kind)
                for name in os.listdir(logs):
                    os.unlink(os.path.join(logs, name))
        named = {self._history.target(HOLDINGS + id) for id in self.ids()}
        for path, name in list(_loose(os.path.join(self._history.path, "objects"))):
            if name not in named and _is_old(path) and self._is_told(name):
                os.unlink(path)

    def _is_told(self, name: str) -> bool:
        with suppress(Corrupt):
            decode_holdings(self._history.blob(BlobId(bytes.fromhex(name))))
            return True
        return False


def head_reference(id: str) -> str:
    """Return the reference to the head of a repository that told where it is."""
    return HEADS + id


def _loose(objects: str) -> Iterator[tuple[str, str]]:
    for fan in os.listdir(objects):
        if len(fan) == 2:
            for name in os.listdir(os.path.join(objects, fan)):
                yield os.path.join(objects, fan, name), fan + name


def _is_old(path: str) -> bool:
    try:
        return os.stat(path).st_mtime < time.time() - _OLD
    except FileNotFoundError:
        return False
