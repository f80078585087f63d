"""Letting losses go: the kept names that nobody needs any more, then the records of the losses."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType, TracebackType
from typing import NamedTuple, Self

from annexish.apply.copying import digest_of
from annexish.apply.keep import Keep, Kept
from annexish.codec.entries import digests_in
from annexish.errors import Busy, Unreachable
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.operations import record
from annexish.flows.place.place import Place
from annexish.model.ids import CommitId, Digest, TreeId
from annexish.model.report import Lost, Released
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.holdings import head_reference
from annexish.store.journal import Journal
from annexish.store.losses import Loss, Losses

_DAY = 86_400
_TOGETHER = 200_000
"""So many contents at once are looked for in a snapshot, some 20 MiB."""


class Chosen(NamedTuple):
    """A loss that is let go: its number in the table, and why."""

    number: int
    loss: Loss
    why: tuple[str, ...] = ()


class _Name(NamedTuple):
    """The name of a content in one of the keeps."""

    digest: Digest
    keep: Keep
    kept: Kept


class Net:
    """The losses, the keeps and the last snapshot; the writers' lock is held, and what was interrupted is finished.

    Works on a full disk: if the stat cache cannot even be opened there, or for some `trouble` an interrupted command
    not be finished, the losses are read from the file as it lies, and it is opened once kept names are gone.
    """

    def __init__(self, place: Place, *, trouble: Exception | None = None) -> None:
        self.place = place
        self.history = place.history
        self._ends = ExitStack()
        self.trouble = trouble
        try:
            self.cache = self._opened()
            self._keeps = self._ends.enter_context(keep_of(place))
            head = self.cache.commit
            self.head = head
            self.tree = self.history.commit(head).tree if head else None
        except BaseException:
            self._ends.close()
            raise
        self.losses = Losses(self.cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _opened(self) -> Cache:
        if self.trouble is None:
            try:
                return self._writable()
            except (Busy, Unreachable, OSError) as error:
                self.trouble = error
        cache = Cache(self.place.cache, read_only=True)
        self._ends.callback(cache.close)
        return cache

    def _writable(self) -> Cache:
        cache = Cache(self.place.cache)
        self._ends.callback(cache.close)
        return cache

    @property
    def to_confirm(self) -> CommitId | None:
        """The last commit, if it was made to be confirmed."""
        return self.head if self.cache.meta("confirm") == "on" else None

    def unheld(self, digests: set[Digest]) -> set[Digest]:
        """Return the contents that no file of the last snapshot has, and no unfinished command needs."""
        nodes = Nodes(self.history)
        for tree in self._trees():
            digests = without_present(nodes, tree, digests)
        return digests

    def _trees(self) -> Iterator[TreeId]:
        if self.tree:
            yield self.tree
        request = Journal(self.place.control).read()
        if request is not None:
            yield from {*request.trees, *(tree for tree, _ in request.objects)}

    def kept(self, digest: Digest) -> Kept | None:
        """Return what the keep of the repository's own disk has under a digest."""
        return self._keeps.main.find(digest)

    def orphans(self, now: int, *, ever: bool = False) -> Iterator[Digest]:
        """Yield contents that have no name but that in the keep, for a day, and that neither losses nor any head know.

        A commit that was killed or refused leaves them. What the head of another repository has may have come from
        there to be held, and is none; with `ever` neither is what a commit before it had, which was not merged here:
        nobody here lost it or confirmed that, whatever was pushed since.
        """
        batch: set[Digest] = set()
        for digest in self._keeps.digests():
            if self._is_alone(digest, now) and not self.losses.has(digest):
                batch.add(digest)
            if len(batch) >= _TOGETHER:
                yield from self._nobodys(batch, ever=ever)
                batch.clear()
        if batch:
            yield from self._nobodys(batch, ever=ever)

    def _nobodys(self, digests: set[Digest], *, ever: bool) -> set[Digest]:
        """Return the contents that no head which is known has, this one or another, or `ever` had."""
        digests, nodes = self.unheld(digests), Nodes(self.history)
        heads = list(self.history.heads(but=head_reference(self.place.identity()[0]))) if digests else []
        before = self.history.between(heads, [self.head] if self.head else []) if ever and heads else ()
        seen: set[TreeId] = set()
        for commit in dict.fromkeys([*heads, *before]):
            digests = without_present(nodes, self.history.commit(commit).tree, digests, seen)
        return digests

    def _is_alone(self, digest: Digest, now: int) -> bool:
        return all(kept.names == 1 and kept.changed <= now - _DAY for _, kept in self._keeps.each(digest))

    def record(self, command: str, text: str, after: CommitId | None = None) -> None:
        """Note what was done among the operations; `after` is the new head, if there is one."""
        record(self.place, command, text, (self.head, after or self.head))

    def release(
        self,
        chosen: Sequence[Chosen],
        orphans: Sequence[Digest],
        *,
        dry_run: bool,
        agree: Callable[[int], None] | None = None,
        facts: Mapping[str, str] = MappingProxyType({}),
    ) -> Released:
        """Take away what only these losses need, then the losses, and let the cache remember facts.

        Killed in between, losses without bytes are left, which the next time takes away.
        `agree` is asked when it is known how many contents go, before any does; it may raise.
        Losses of which the bytes may be where nobody can look now stay.
        """
        away = [one for one in chosen if self._is_away(one.loss)]
        chosen = [one for one in chosen if not self._is_away(one.loss)] if away else chosen
        sizes = {one.loss.digest: one.loss.size for one in chosen if one.loss.digest and one.loss.size}
        losses = Counter(one.loss.digest for one in chosen if one.loss.digest in sizes and one.loss.digest)
        going = sorted({*self.unheld(self.losses.only_these(losses)), *orphans})
        found = [_Name(digest, *kept) for digest in going for kept in self._keeps.each(digest)]
        lies = [one for one in found if one.kept.names == 1 and one.kept.size != sizes.get(one.digest, one.kept.size)]
        found = [one for one in found if one not in lies] if lies else found
        lost = [self._lost(one) for one in chosen]
        if agree is not None:
            agree(len({one.digest for one in found}))
        if not dry_run:
            self._correct(lies)
            self._take_away(found, [one.number for one in chosen], facts)
        contents = len({one.digest for one in found})
        return Released(lost, contents, len(orphans), _freed(found), away=tuple(self._lost(one) for one in away))

    def _is_away(self, loss: Loss) -> bool:
        """Whether bytes that no keep has may be in one that cannot be seen now."""
        return bool(self._keeps.away and loss.digest and loss.size and not self._keeps.find(loss.digest))

    def _lost(self, one: Chosen) -> Lost:
        loss = one.loss
        there = not loss.digest or not loss.size or self._keeps.find(loss.digest) is not None
        path, kind, size, digest, commit = loss.path, loss.kind, loss.size, loss.digest, loss.commit
        return Lost(path, kind, size, digest, commit, loss.seen, loss.time, loss.replaced, there, one.why)

    def _correct(self, lies: Sequence[_Name]) -> None:
        """Give bytes that are not what their only name says the name that they should have."""
        for digest, keep, _ in lies:
            descriptor = keep.open(digest)
            if descriptor is not None:
                try:
                    holds = digest_of(descriptor)
                finally:
                    os.close(descriptor)
                keep.rename(digest, holds)

    def _take_away(self, names: Sequence[_Name], numbers: Sequence[int], facts: Mapping[str, str]) -> None:
        for digest, keep, _ in names:
            keep.remove(digest)
        self._keeps.sync()
        if not numbers and not facts:
            return
        try:
            cache = self._writable() if self.trouble else self.cache
            cache.begin()
            Losses(cache).forget(numbers)
            cache.finish(dict(facts))
        except (Busy, Unreachable, OSError) as error:
            raise Unreachable(
                f"the records of the losses cannot be written: {error}",
                hint="make some room, then run the same command again",
            ) from error


def without_present(nodes: Nodes, tree: TreeId, digests: set[Digest], seen: set[TreeId] | None = None) -> set[Digest]:
    """Return those contents that no file of a snapshot has; nothing of the snapshot is held.

    Who asks of several snapshots holds which directories were `seen`: nothing that is in them is left.
    """
    left = set(digests)
    todo = [tree]
    while todo and left:
        at = todo.pop()
        if seen is not None:
            if at in seen:
                continue
            seen.add(at)
        parts = nodes.parts(at)
        todo += parts.subtrees.values()
        todo += parts.shards.values()
        left.difference_update(digests_in(nodes.blob(parts.entries)))
    return left


def _freed(found: Sequence[_Name]) -> int:
    """Return the allocated bytes of inodes that lose their last name."""
    gone = Counter((kept.device, kept.inode) for _, _, kept in found)
    last = {inode: kept.allocated for _, _, kept in found if gone[inode := (kept.device, kept.inode)] >= kept.names}
    return sum(last.values())
