"""Put right what is rotten, from any copy whose bytes have the right digest; what is replaced goes to the keep.

Copies that are here come first, those that somebody lends last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from annexish.apply.copying import copy, digest_of
from annexish.apply.keep import Keep
from annexish.apply.keeps import Keeps
from annexish.apply.lent import Lent
from annexish.apply.replace import Staged, clear, dress, staged, take_place
from annexish.flows.verify.agenda import record_in
from annexish.model.ids import Digest
from annexish.model.kept import Put
from annexish.model.path import CONTROL, split
from annexish.scan.prove import record_of
from annexish.store.verified import KEEP, Agenda, Content
from annexish.system.descend import OPEN, Descent

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ALWAYS = 1 << 63
"""More bytes than any file has."""


class Healed(NamedTuple):
    """Whether something is right again; what there is to say of it."""

    done: bool
    remark: str = ""


class Healer:
    """Heals one content after the other; the writers' lock is held each time."""

    def __init__(self, root: bytes, keeps: Keeps, agenda: Agenda, lent: Lent) -> None:
        self._root = root
        self._keeps = keeps
        self._agenda = agenda
        self._lent = lent
        self._cleared = False

    def heal(self, content: Content, found: bytes) -> Healed:
        """Heal a file or a kept content whose bytes have the digest `found`, nothing if they cannot be read."""
        try:
            done = self._heal_kept(content, found) if content.place <= KEEP else self._heal_file(content, found)
            self._keeps.sync()
        except OSError as error:
            return Healed(done=False, remark=f"it cannot be repaired: {error.strerror or error}")
        finally:
            self._lent.clear()
        return done

    def _heal_file(self, content: Content, found: bytes) -> Healed:
        parent, name = split(content.path)
        with closing(Descent(self._root)) as descent:
            directory = descent.open(parent)
            bad = os.open(name, _FLAGS, dir_fd=directory)
            control = os.open(os.path.join(self._root, CONTROL), OPEN)
            try:
                known = record_in(content)
                if known is None or record_of(os.fstat(bad))[1:] != known[1:]:
                    return Healed(done=False, remark="it changed meanwhile")
                self._clear(control)
                with staged(control, directory) as new:
                    if not self._copied(content, new.descriptor, _inode(bad)):
                        return Healed(done=False, remark=self._lent.remark)
                    dress(new.descriptor, bad)
                    os.fsync(new.descriptor)
                    self._set_aside(content, bad, found)
                    return self._take_places(content, new, os.fstat(bad))
            finally:
                os.close(control)
                os.close(bad)

    def _copied(self, content: Content, target: int, bad: tuple[int, int]) -> bool:
        """Fill a file from the first source that has the right bytes."""
        for source in self._sources(content, bad):
            os.ftruncate(target, 0)
            try:
                if copy(source, target) == content.digest:
                    return True
            except OSError:
                continue
            finally:
                os.close(source)
        return False

    def _sources(self, content: Content, bad: tuple[int, int]) -> Iterator[int]:
        """Open what should have the same bytes in other inodes: what is kept, then other files, then what is lent."""
        for keep in self._keeps:
            kept = keep.open(content.digest)
            if kept is None:
                continue
            if _inode(kept) == bad:
                os.close(kept)
            else:
                yield kept
        with closing(Descent(self._root)) as descent:
            for other in self._agenda.alike(content, same_inode=False):
                parent, name = split(other.path)
                try:
                    yield os.open(name, _FLAGS, dir_fd=descent.open(parent))
                except OSError:
                    continue
        lent = self._lent.open(Digest(content.digest), content.size)
        if lent is not None:
            yield lent

    def _set_aside(self, content: Content, bad: int, found: bytes) -> None:
        """Keep a copy of the bad bytes under the digest that they have; bytes that cannot be read have none.

        A name for the bad file itself would change its ctime: killed then, the next run would take rot for an edit.
        """
        if found:
            with Keep(self._keeps.main.path, copy_below=_ALWAYS) as copies:
                copies.put(bad, found, content.size)
                copies.sync()

    def _take_places(self, content: Content, new: Staged, bad: os.stat_result) -> Healed:
        """Let every name of the bad file be one of the new file, and the keep have it."""
        done = True
        for each in self._agenda.alike(content, same_inode=True):
            parent, name = split(each.path)
            with closing(Descent(self._root)) as descent:
                done &= take_place(new, descent.open(parent), name, bad)
        for keep, kept in list(self._keeps.each(content.digest)):
            if (kept.device, kept.inode) == (bad.st_dev, bad.st_ino):
                keep.remove(content.digest)
        self._keeps.put(new.descriptor, content.digest, content.size)
        return Healed(done) if done else Healed(done, "it changed meanwhile")

    def _heal_kept(self, content: Content, found: bytes) -> Healed:
        """Let a kept content have the name that it deserves, and its old name a good copy."""
        keep = list(self._keeps)[KEEP - content.place]
        kept = keep.find(content.digest)
        bad = (kept.device, kept.inode) if kept else (0, 0)
        good = next((source for source in self._sources(content, bad) if self._good(source, content)), None)
        if good is None and not found:
            return Healed(done=False, remark=self._lent.remark)
        if found:
            keep.rename(content.digest, found)
        else:
            keep.remove(content.digest)
        if good is None:
            return Healed(done=False, remark=f"{self._lent.remark}; it is kept as what it is")
        try:
            return Healed(self._keeps.put(good, content.digest, content.size) is not Put.UNPROTECTED)
        finally:
            os.close(good)

    def _good(self, source: int, content: Content) -> bool:
        """Whether an open file has the right bytes; if not, it is closed."""
        try:
            if digest_of(source) == content.digest:
                return True
        except OSError:
            pass
        os.close(source)
        return False

    def _clear(self, control: int) -> None:
        if not self._cleared:
            clear(control)
            self._cleared = True


def _inode(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
