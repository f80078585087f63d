"""What journeys hand back, and what they say on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from annexish.model.change import Change
from annexish.model.commit import Commit
from annexish.model.conflict import Conflict
from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId, Digest, ObjectId, TreeId
from annexish.model.path import RepoPath


class Problem(NamedTuple):
    """Something that could not be recorded or brought back, and why.

    `code` is `unreadable` (no permission, an I/O error), `changing` (it changed each
    time it was read), `unsupported` (too deep) or `note` (recorded, but something is worth saying).
    Of something that could not be brought back it is `absent` (its content is nowhere here), `corrupt` (what is
    kept are other bytes), `failed` (the system refused it) or `note` (it is there, but not all of its metadata).
    """

    path: RepoPath
    code: str
    reason: str


class Tick(NamedTuple):
    """How far a long job is: `stage` is a verb; totals are None while unknown; sizes in bytes."""

    stage: str
    path: bytes
    files: int
    total_files: int | None
    size: int
    total_size: int | None


Progress = Callable[[Tick], None]


class Difference(NamedTuple):
    """Changes in tree order of `path`. Iterating computes them, so a large difference needs no memory.

    When the iteration has ended, `counts` holds the number of changes by word.
    """

    changes: Iterable[Change]
    counts: Counter[str]


class Status(NamedTuple):
    """What a commit would record; `absent` counts entries in scope whose content is not here.

    `lost` are contents that commits recorded as gone and nobody confirmed: how many, and their bytes;
    `unprotected` counts contents of present files that cannot be kept, `conflicts` what is to be decided, and `opened`
    is what a commit would add to that;
    `interrupted` is a command that was killed before its end, which the next one that writes finishes, "" for none.
    """

    head: CommitId | None
    difference: Difference
    problems: tuple[Problem, ...]
    ignored: tuple[RepoPath, ...]
    absent: int
    lost: tuple[int, int] = (0, 0)
    unprotected: int = 0
    interrupted: str = ""
    conflicts: int = 0
    opened: Sequence[Conflict] = ()


class Released(NamedTuple):
    """Losses that were let go; how many contents lost their name in the keep, and what that freed (bytes, allocated).

    `orphans` counts the contents among them that neither a loss nor the last commit knew.
    `commit` says so to every repository, where that was asked for; `waiting` counts contents that others
    confirmed and that a head which is known here still holds.
    `away` are losses that stay, because their contents may be in a keep that cannot be seen now.
    """

    lost: Sequence[Lost]
    contents: int
    orphans: int
    bytes_freed: int
    commit: CommitId | None = None
    waiting: int = 0
    away: Sequence[Lost] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What stays although it was to go."""
        reason = "it stays: its content may be in a keep that is away"
        return tuple(Problem(one.path, "away", reason) for one in self.away)


class Committed(NamedTuple):
    """What a commit recorded; `commit` is None when nothing had changed.

    `confirmed` is what was let go, where that was asked for; `conflicts` is what is newly to be decided.
    """

    commit: CommitId | None
    difference: Difference
    problems: tuple[Problem, ...]
    taken_along: tuple[RepoPath, ...] = ()
    read: Mapping[str, int] = MappingProxyType({})
    confirmed: Released | None = None
    conflicts: Sequence[Conflict] = ()


class Damage(NamedTuple):
    """Something that is not what was recorded, though nobody changed it; `healed` says that it is right again.

    `code` is `rot` (other bytes in a file), `unreadable`, `kept` (a name in the keep whose content is another
    one or cannot be read), `history` or `cache`. The path of what is not the user's lies in `.annexish`.
    """

    path: RepoPath
    code: str
    reason: str
    healed: bool = False


class Verified(NamedTuple):
    """What a verification read and found.

    `files` and `size` count contents that were read; `changed` files with changes that are not committed,
    `unprotected` those without a name in the keep, `remaining` contents that the budget did not reach.
    """

    files: int
    size: int
    problems: tuple[Damage, ...]
    changed: int
    unprotected: int
    remaining: int

    @property
    def healed(self) -> int:
        """How many problems are none any more."""
        return sum(problem.healed for problem in self.problems)


class Shown(NamedTuple):
    """A commit and what it changed against its first parent."""

    commit: Commit
    difference: Difference


class Listed(NamedTuple):
    """An entry of a snapshot; `present` says whether its content is here."""

    path: RepoPath
    entry: Entry
    present: bool


class Finding(NamedTuple):
    """One thing that holds, or does not hold, in this place."""

    subject: str
    state: str
    explanation: str
    hint: str = ""


class Restored(NamedTuple):
    """What was made in `directory`: the number of steps by word, and bytes of files."""

    directory: bytes
    counts: Mapping[str, int]
    size: int
    problems: tuple[Problem, ...]


class Described(NamedTuple):
    """A repository: where it is, its id and its name."""

    root: bytes
    id: str
    name: str


class Lost(NamedTuple):
    """Something that was deleted or overwritten. `commit` is the one that recorded it, None if none did yet.

    `seen` is when the last commit was made that has it, `time` when it was recorded as gone, in seconds since 1970.
    `replaced` says that other bytes are at its path, `recoverable` that its own are still here;
    `why` which rules let it go. What is `away` may be in a keep that cannot be seen now.
    """

    path: RepoPath
    kind: Kind
    size: int
    digest: Digest | None
    commit: CommitId | None
    seen: int
    time: int | None
    replaced: bool
    recoverable: bool
    why: tuple[str, ...] = ()
    away: bool = False


class Step(NamedTuple):
    """One thing that was done, or would be, to a file of the user: `word` is copy, mkdir, link, move and the like."""

    word: str
    path: RepoPath
    kind: Kind
    size: int = 0
    wanted: RepoPath | None = None


class Recovered(NamedTuple):
    """What was brought back, and what could not be."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]


class Advanced(NamedTuple):
    """What was done so that the working tree is a new head; `absent` is what it has and whose content is not here."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    absent: tuple[RepoPath, ...]


class Open(NamedTuple):
    """A conflict that is open: where it is now, and where each of its versions is (None: no longer there).

    Of an object that both sides moved, a version is where its side wants it.
    """

    conflict: Conflict
    path: RepoPath
    places: tuple[RepoPath | None, ...]

    @property
    def paths(self) -> tuple[RepoPath, ...]:
        """Every path that it concerns."""
        return (self.path, *(path for path in self.places if path is not None))


class Resolved(NamedTuple):
    """Conflicts that were settled by a commit, and what that changed; `saved` is what was not committed before."""

    commit: CommitId
    saved: CommitId | None
    conflicts: Sequence[Open]
    done: Advanced


class MergeDone(NamedTuple):
    """What a merge made, or would make: the changes against the head, what is to be decided, what is worth saying.

    `commit` is the new head, None for a plan and where there was nothing to merge. `saved` is the commit that was made
    of what was not committed; in a plan `unsaved` counts the changes that it would have, and `refused` says why a guard
    would not let it be carried out.
    What was done to files is in `done`, or what would be; `received` is what others confirmed everywhere.
    """

    commit: CommitId | None
    saved: CommitId | None
    changes: Sequence[Change]
    conflicts: Sequence[Conflict]
    notes: Sequence[Problem]
    done: Advanced
    unsaved: int = 0
    received: Released = Released((), 0, 0, 0)
    refused: str | None = None


class Returned(NamedTuple):
    """An object as it was when it was brought back: size in bytes and mtime in ns tell whether it still is."""

    ids: tuple[ObjectId, ...]
    kind: Kind
    size: int
    mtime: int


class Operation(NamedTuple):
    """One command that changed something: what it was (`text`), when (s since 1970), the head before and after it.

    `trees` are the snapshots that the working tree was like before and after, where the command has them.
    """

    number: int
    time: int
    command: str
    text: str
    before: CommitId | None
    after: CommitId | None
    trees: tuple[TreeId, ...] = ()


class Undone(NamedTuple):
    """What an undo took back: which operation, its commit if it made one, what was done and what could not be."""

    operation: Operation
    commit: CommitId | None
    done: Recovered
