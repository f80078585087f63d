"""Change a working tree from one snapshot to another: what moves is renamed, what goes is kept, the rest is made.

First everything that leaves its path is taken away, deepest first: what moves waits in a staging directory under
its object id, what goes is unlinked once the keep has it. Then everything is put where it belongs, parents first.
Every step looks at the very thing that it expects, by inode, before it touches a name; what is something else
is left alone and said. So the same changes can be carried out again after a kill.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress

from annexish.apply.bringing import BROKEN, CHANGED, MADE, MISSING, THERE, Bringing, Brought, names_beside
from annexish.apply.dressing import DISK
from annexish.apply.joining import Joining
from annexish.apply.keeps import Keeps
from annexish.apply.opening import Opening
from annexish.apply.staging import Staging
from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, components, join, split
from annexish.model.report import Problem, Step
from annexish.system.descend import Descent
from annexish.system.renaming import rename_noreplace

Recorded = Callable[[RepoPath, Entry], tuple[int, int, int] | None]
"""(inode, size, mtime in ns) that a path of the old snapshot had when it was recorded; None if nobody knows."""

Group = Sequence[tuple[RepoPath, Entry]]
"""Files that are names of one inode in a snapshot."""

Find = Callable[[frozenset[Digest]], Iterator[tuple[Digest, int]]]
"""Yields descriptors of present files that should have one of these contents; each is open until the next."""


class Reshaping:
    """Carries out changes below `top`; what moves waits in `staging`, `new` tells what the new snapshot has.

    `find` is asked for contents that the keep lacks, those that are `hashed` are not read again (`Bringing`). A
    directory that is `vacant` goes if nothing is in it, else it stays without a word. Afterwards `proven` are the paths
    of the new snapshot of which the content was made or read, and `lacking` those whose content is not here.
    """

    def __init__(
        self,
        top: bytes,
        staging: Staging,
        keep: Keeps,
        recorded: Recorded,
        new: Callable[[RepoPath], Entry | None],
        find: Find,
        *,
        vacant: AbstractSet[RepoPath] = frozenset(),
        hashed: AbstractSet[Digest] = frozenset(),
    ) -> None:
        self._new = new
        self._vacant = vacant
        self._hashed = hashed
        self._find = find
        self._staging = staging
        self._top = top
        self._keep = keep
        self._recorded = recorded
        self._opening = Opening()
        self._emptied: set[RepoPath | None] = set()
        self.proven: set[RepoPath] = set()
        self.lacking: dict[RepoPath, Brought] = {}
        self.steps: list[Step] = []
        self.problems: list[Problem] = []

    def run(
        self, changes: Sequence[Change], directories: Callable[[RepoPath], Entry | None], groups: Iterable[Group] = ()
    ) -> None:
        """Carry out all changes, durably; `directories` tells the entry that a directory of the new snapshot has.

        `groups` are hard links of the new snapshot that a change is about.
        """
        changes = list(self._allowed(changes))
        self._emptied = {
            change.old_path
            for change in changes
            if change.before is not None and change.before.kind is Kind.DIRECTORY and _leaves(change)
        }
        leaving = [change for change in changes if change.before is not None and self._goes(change)]
        leaving.sort(key=lambda one: components(one.old_path or b""))
        with Descent(self._top) as self._descent:
            for change in reversed(leaving):
                self._attempt(change, self._take_away)
        coming = [change for change in changes if change.after is not None]
        hands = Bringing(self._top, self._keep, again=True, hashed=self._hashed)
        with Descent(self._top) as self._descent, hands as self._hands:
            for change in sorted(coming, key=lambda one: components(one.path)):
                self._attempt(change, self._put)
            self._look_among_present({change.path: change for change in coming})
            self._all_told(self._hands.publish())
            for change in leaving:
                self._give_back(change)
            joining = Joining(self._top, self._staging)
            for group in groups:
                self.proven.update(joining.join(group))
            self._dress(changes, directories)
        if changes:
            self._staging.sync()
        self._staging.clear()

    def _dress(self, changes: Sequence[Change], directories: Callable[[RepoPath], Entry | None]) -> None:
        """Give directories their metadata, now that all names are in them: they may let no more in."""
        self._all_told(self._hands.finish())
        touched = list(_touched(changes, directories))
        self._opening.shut(self._descent, changes, {path for path, _ in touched})
        self.problems += self._hands.dress(touched)

    def _look_among_present(self, coming: Mapping[RepoPath, Change]) -> None:
        """Fill what the keep has no content for from files of the new snapshot that are in their places."""
        if self.lacking:
            wanted = {brought.entry.digest for brought in self.lacking.values()}
            for digest, source in self._find(frozenset(one for one in wanted if one is not None)):
                for path in [path for path, brought in self.lacking.items() if brought.entry.digest == digest]:
                    self._fill(path, source, coming.get(path))
        for path, brought in self.lacking.items():
            with self._named(path):
                self._lack(brought, coming.get(path))

    def _fill(self, path: RepoPath, source: int, change: Change | None) -> None:
        lacking = self.lacking.pop(path)
        with self._named(path):
            found = self._found(path) if change is not None and _is_file_before(change) else None
            if found is not None and change is not None and change.before is not None:
                if self._is_the_one(change.old_path or path, change.before, found):
                    self._all_told(self._hands.replace_from(path, lacking.entry, self._staging, source, found))
                else:
                    self._left(path, CHANGED)
                return
        self._all_told(self._hands.bring_from(path, lacking.entry, source))

    def _lack(self, brought: Brought, change: Change | None) -> None:
        """A content is not here: what is in its place stays, and the path is named."""
        self.problems += brought.told()[1]

    def _allowed(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Leave out what would change the control directory, or a keep."""
        for change in changes:
            if any(path is not None and self._keep.covers(path) for path in (change.path, change.old_path)):
                self._left(change.path, "it has the name of the control directory")
            else:
                yield change

    def _attempt(self, change: Change, step: Callable[[Change], None]) -> None:
        with self._named(change.path):
            try:
                step(change)
            except FileNotFoundError:
                if step == self._put:
                    self._left(change.path, "the directory that it belongs to is not there")

    @contextmanager
    def _named(self, path: RepoPath) -> Iterator[None]:
        """Name a path with what the system says of it; what concerns the whole disk ends the command."""
        try:
            yield
        except OSError as error:
            if error.errno in DISK:
                raise
            self._left(path, error.strerror or str(error))

    def _goes(self, change: Change) -> bool:
        """Whether an object leaves its directory, which also has another one at the same path."""
        if _leaves(change):
            return True
        if change.origin is not None or not self._emptied:
            return False
        above = split(change.path)[0]
        while above and above not in self._emptied:
            above = split(above)[0]
        return above in self._emptied

    def _take_away(self, change: Change) -> None:
        before, path = change.before, change.old_path
        assert before is not None, "only what was there is taken away"
        assert path is not None, "what was there had a path"
        above = split(path)[0]
        directory = self._descent.open(above)
        self._opening.open(above, directory)
        name, found = self._here_or_beside(directory, path, before)
        if not self._is_the_one(path, before, found):
            if change.after is None or not _differs_in_kind(change):
                self._left(path, CHANGED)
        elif change.after is not None and not _differs_in_kind(change):
            if before.kind is Kind.DIRECTORY:
                self._opening.open_child(path, directory, name)
            os.rename(name, _staged(before), src_dir_fd=directory, dst_dir_fd=self._staging.beside(directory))
        elif before.kind is Kind.DIRECTORY:
            self._remove_directory(directory, name, path)
        else:
            self._delete(directory, path, name, before, found)

    def _delete(self, directory: int, path: RepoPath, name: bytes, before: Entry, found: os.stat_result) -> None:
        if not self._is_safe(before, found):
            self._left(path, "its content is not in the keep; it stays as it is")
        elif self._staging.take(directory, name, found):
            self.steps.append(Step("delete", path, before.kind, before.size))
        else:
            self._left(path, CHANGED)

    def _here_or_beside(self, directory: int, path: RepoPath, before: Entry) -> tuple[bytes, os.stat_result]:
        """Return the name and the record of an object: at its path, or beside, if it was given back there before."""
        name = split(path)[1]
        for candidate in names_beside(name, before):
            try:
                found = os.stat(candidate, dir_fd=directory, follow_symlinks=False)
            except FileNotFoundError:
                if candidate != name:
                    break
                continue
            if self._is_the_one(path, before, found):
                return candidate, found
        return name, os.stat(name, dir_fd=directory, follow_symlinks=False)

    def _remove_directory(self, directory: int, name: bytes, path: RepoPath) -> None:
        try:
            os.rmdir(name, dir_fd=directory)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if path not in self._vacant:
                self._left(path, "it holds something that is not recorded; it stays")
            return
        self.steps.append(Step("delete", path, Kind.DIRECTORY))

    def _is_the_one(self, path: RepoPath, before: Entry, found: os.stat_result) -> bool:
        """Whether what is at a path is what the old snapshot has there, unchanged since."""
        recorded = self._recorded(path, before)
        if recorded is None:
            return False
        if before.kind is Kind.DIRECTORY:
            return found.st_ino == recorded[0]
        return (found.st_ino, found.st_size, found.st_mtime_ns) == recorded

    def _is_safe(self, entry: Entry, found: os.stat_result) -> bool:
        """Whether the keep has the bytes of a file; another inode is read, as programs may have written to it."""
        if entry.kind is not Kind.FILE or not entry.size:
            return True
        assert entry.digest is not None, "a file has a digest"
        kept = self._keep.find(entry.digest)
        if kept is None or kept.size != entry.size:
            return False
        same = (kept.device, kept.inode) == (found.st_dev, found.st_ino)
        return same or kept.own or self._keep.holds(entry.digest)

    def _put(self, change: Change) -> None:
        after, path = change.after, change.path
        assert after is not None, "only what is wanted is put"
        with suppress(FileNotFoundError):
            above = split(path)[0]
            self._opening.open(above, self._descent.open(above))
        if change.before is not None and self._goes(change) and not _differs_in_kind(change):
            self._place(change.before, path, after.kind)
        if after.kind is Kind.FILE and (change.before is None or content_of(change.before) != content_of(after)):
            self._put_content(change, after)
        elif change.before is None or _differs_in_kind(change):
            self._bring(path, after)
        elif metadata_of(change.before) != metadata_of(after):
            self._put_metadata(change, change.before, after)

    def _put_metadata(self, change: Change, before: Entry, after: Entry) -> None:
        parent, name = split(change.path)
        found = os.stat(name, dir_fd=self._descent.open(parent), follow_symlinks=False) if name else None
        same = found is None or self._is_the_one(change.old_path or change.path, before, found)
        if found is not None and not same and not self._hands.wears(found, after):
            self._left(change.path, CHANGED)
            return
        if found and same and before.links and before.links != after.links and self._is_safe(before, found):
            # it is one of several names and must be a file of its own
            self._all_told(self._hands.replace(change.path, after, self._staging, found))
            return
        if after.kind is not Kind.DIRECTORY:  # more may come into it: it is dressed at the end
            self.problems += self._hands.dress([(change.path, after)])
        self.steps.append(Step("metadata", change.path, after.kind))

    def _give_back(self, change: Change) -> None:
        """Let what could not be put where it belongs be where it was, or as near as there is a directory and a name."""
        before, path = change.before, change.old_path
        assert before is not None, "it was taken away"
        assert path is not None, "it was somewhere"
        waiting = self._staging.holding(_staged(before))
        if waiting is None:
            return
        at, name = split(path)
        while not self._given(waiting, change, before, join(at, name)):
            if not at:
                self._left(change.path, "it can be put nowhere; it waits in the staging directory")
                return
            at = split(at)[0]

    def _given(self, waiting: int, change: Change, before: Entry, wanted: RepoPath) -> bool:
        """Let what waits have a name, or one beside it; False if the directory is not there or lets nothing in."""
        above, name = split(wanted)
        try:
            directory = self._descent.open(above)
            self._opening.open(above, directory)
            for candidate in names_beside(name, before):
                with suppress(FileExistsError):
                    rename_noreplace(waiting, _staged(before), directory, candidate)
                    self._left(change.path, "it could not be put there")
                    self.steps.append(Step("move", join(above, candidate), before.kind, before.size, change.path))
                    return True
        except OSError as error:
            if error.errno in DISK:
                raise
        return False

    def _place(self, before: Entry, path: RepoPath, kind: Kind) -> None:
        """Let what waits in the staging directory have its name."""
        waiting = self._staging.holding(_staged(before))
        if waiting is None:
            return
        parent, name = split(path)
        with suppress(FileExistsError):
            rename_noreplace(waiting, _staged(before), self._entered(parent), name)
            self.steps.append(Step("move", path, kind))

    def _entered(self, path: RepoPath) -> int:
        """Open a directory of the new snapshot, which is made if it is missing."""
        with suppress(FileNotFoundError):
            return self._descent.open(path)
        entry = self._new(path)
        if entry is not None:
            self._bring(path, entry)
        return self._descent.open(path)

    def _put_content(self, change: Change, after: Entry) -> None:
        found = self._found(change.path) if _is_file_before(change) else None
        if found is None or change.before is None:
            self._bring(change.path, after)
            return
        old = change.old_path or change.path
        if self._is_the_one(old, change.before, found) and self._is_safe(change.before, found):
            self._all_told(self._hands.replace(change.path, after, self._staging, found))
        elif self._hands.has(change.path, after):
            self.proven.add(change.path)
        else:
            self._left(change.path, CHANGED)

    def _found(self, path: RepoPath) -> os.stat_result | None:
        """What is at a path, None if nothing is."""
        parent, name = split(path)
        try:
            return os.stat(name, dir_fd=self._descent.open(parent), follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _bring(self, path: RepoPath, entry: Entry) -> None:
        with suppress(FileNotFoundError):
            self._entered(split(path)[0])
        self._all_told(self._hands.bring(path, entry))

    def _all_told(self, each: Iterable[Brought]) -> None:
        for brought in each:
            self._told(brought)

    def _told(self, brought: Brought) -> None:
        if brought.how in (MISSING, BROKEN):
            self.lacking[brought.wanted] = brought
            return
        if brought.how in (MADE, THERE):
            self.proven.add(brought.wanted)
        step, problem = brought.told()
        self.steps += [step] if step else []
        self.problems += problem

    def _left(self, path: RepoPath, reason: str) -> None:
        self.problems.append(Problem(path, "left", reason))


class Advancing(Reshaping):
    """Lets what it lacks be absent: the content that it should replace goes, as it is the new snapshot's no more."""

    def _lack(self, brought: Brought, change: Change | None) -> None:
        if brought.how == BROKEN or change is None:
            super()._lack(brought, change)
        if change is None or change.before is None or not _is_file_before(change):
            return
        found = self._found(change.path)
        if found is None:
            return
        if not self._is_the_one(change.old_path or change.path, change.before, found):
            self._left(change.path, CHANGED)
        else:
            parent, name = split(change.path)
            self._delete(self._descent.open(parent), change.path, name, change.before, found)


def _is_file_before(change: Change) -> bool:
    return change.before is not None and change.before.kind is Kind.FILE


def _leaves(change: Change) -> bool:
    return change.after is None or change.path != change.path_before or _differs_in_kind(change)


def _differs_in_kind(change: Change) -> bool:
    """Whether one object became another kind of thing, or another link or device: it is made anew."""
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    if before.kind is Kind.FILE and after.kind is Kind.FILE:
        return False
    return content_of(before) != content_of(after)


def _touched(
    changes: Sequence[Change], directories: Callable[[RepoPath], Entry | None]
) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield the directories in which a name came or went, deepest first, as they are in the new snapshot."""
    above = {split(path)[0] for change in changes for path in (change.path, change.old_path) if path}
    above |= {change.path for change in changes if change.after is not None and change.after.kind is Kind.DIRECTORY}
    for path in sorted(above, key=components, reverse=True):
        entry = directories(path)
        if entry is not None and entry.kind is Kind.DIRECTORY:
            yield path, entry


def _staged(entry: Entry) -> bytes:
    return entry.id.hex().encode()
