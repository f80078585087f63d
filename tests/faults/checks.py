"""What must hold after a fault, as a list of what does not."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from annexish import Repository
from annexish.errors import AnnexishError
from annexish.model.entry import Entry
from tests.faults.case import Case
from tests.faults.launcher import Said
from tests.faults.operations import Operation
from tests.faults.pictures import Picture, Thing, digest_of, picture

_READERS = (("status",), ("log",), ("ls", "-R"), ("doctor",), ("recover", "--list"))
_JOURNALS = ("journal", "staging")
_OWN = ("repository.id", "repository.directory")
"""Settings of one copy only."""
_SAY_INTERRUPTED = ("status", "doctor")


class Seen(NamedTuple):
    """All of a tree and its repository that does not depend on chance: ids are told by where they were first."""

    tree: Picture
    history: tuple[str, ...]
    snapshot: dict[str, tuple[Any, ...]]
    settings: tuple[tuple[str, str, str], ...]
    status: str


@dataclass(frozen=True)
class Goal:
    """An operation that nothing disturbed: before, after, the digests that had bytes at both times, its calls.

    `beside` is the directory beside the tree that it makes. What it is followed by, if anything, is in `after`.
    """

    operation: Operation
    commits: int
    before: Picture
    after: Seen
    beside: Picture
    held: frozenset[bytes]
    code: int
    calls: int
    opens: int


def see(case: Case, known: int) -> Seen:
    """Look at everything; what came after so many commits is all alike new."""
    repository = Repository.find(case.top)
    commits = list(reversed(list(repository.log())))
    first: dict[bytes, str] = {}
    snapshot: dict[str, tuple[Any, ...]] = {}
    for number, commit in enumerate(commits):
        snapshot = {}
        for each in repository.ls(commit.id, recursive=True):
            path = os.fsdecode(each.path)
            for name in each.entry.ids:
                first.setdefault(name, f"{min(number, known)}:{path}")
            snapshot[path] = (*_facts(each.entry), sorted(first[name] for name in each.entry.ids))
    settings = tuple(each for each in repository.config_list() if each[0] not in _OWN)
    messages = tuple(commit.message for commit in commits)
    return Seen(picture(case.top), messages, snapshot, settings, case.run("status").out)


def _facts(entry: Entry) -> tuple[Any, ...]:
    time = 0 if entry.digest is None else entry.mtime_ns
    return entry.kind, entry.size, entry.digest, entry.mode, time, entry.target


def commits_of(case: Case) -> int:
    """How many commits there are."""
    try:
        return len(list(Repository.find(case.top).log()))
    except AnnexishError:
        return 0


def committed(case: Case) -> set[bytes]:
    """The digests of all that was ever committed."""
    try:
        repository = Repository.find(case.top)
        return {
            each.entry.digest
            for commit in list(repository.log())
            for each in repository.ls(commit.id, recursive=True)
            if each.entry.digest is not None
        }
    except AnnexishError:
        return set()


def held(case: Case) -> set[bytes]:
    """The digests whose bytes are in the tree, wait to get there, or are under their name in the keep."""
    found = {thing.content for thing in picture(case.top).values()}
    found |= {thing.content for thing in picture(_control(case, "staging")).values()}
    for directory, _, names in os.walk(f"{case.top}/.annexish/keep"):
        fan = os.path.basename(directory)
        for name in names:
            digest = digest_of(os.path.join(directory, name))
            if digest.hex() == fan + name:
                found.add(digest)
    return found


def after_fault(case: Case, goal: Goal, *, partly: bool = False, settled: bool = False) -> Iterator[str]:
    """Yield what is wrong with a tree in which the operation was disturbed; then repeat it, and look again.

    An operation that did what it could, and named the rest, has made a step of its own in the history (`partly`),
    and sometimes the same again is another operation (`settled`).
    """
    operation = goal.operation
    yield from _whole(case, goal, partly=partly)
    yield from _readers(case, goal)
    yield from _lost(case, goal)
    if operation.then:
        yield from _finishes_by_itself(case, goal)
    if settled:
        yield from _fsck(case)
        yield from _lost(case, goal)
        return
    if not operation.then or picture(case.top) != goal.after.tree:
        again = case.run(*(operation.again or operation.words))
        if again.code not in (goal.code, operation.repeated):
            yield f"again: exit code {again.code}, {last_line(again)}"
            return
        case.must(*operation.then) if operation.then else None
    yield from finished(case, goal, partly=partly)
    yield from _fsck(case)
    yield from _lost(case, goal)


def _finishes_by_itself(case: Case, goal: Goal) -> Iterator[str]:
    """Run the next command that writes; yield what it did not do of what was interrupted."""
    interrupted = os.path.exists(_control(case, "journal"))
    said = case.run(*goal.operation.then)
    if said.code:
        yield f"the next command: exit code {said.code}, {last_line(said)}"
    yield from (f"the next command leaves {name}" for name in _JOURNALS if os.path.exists(_control(case, name)))
    if not interrupted:
        return
    if (now := picture(case.top)) != goal.after.tree:
        yield f"the next command did not finish: {_difference(goal.after.tree, now)}"
    done = [one.command for one in Repository.find(case.top).operations()]
    if done.count(goal.operation.recorded or goal.operation.words[0]) != 1:
        yield f"the next command did not record it: {done}"


def in_between(case: Case, goal: Goal) -> Iterator[str]:
    """Yield what is wrong before the operation is repeated, whatever the paths are."""
    yield from _readers(case, goal)
    yield from _lost(case, goal)


def finished(case: Case, goal: Goal, *, partly: bool = False) -> Iterator[str]:
    """Yield what is not as it is after an operation that nothing disturbed, and what followed it."""
    if goal.beside != (beside := beside_of(case, goal.operation)) and not partly:
        yield f"the end: {goal.operation.beside} differs: {_difference(goal.beside, beside)}"
    try:
        now = see(case, goal.commits)
    except AnnexishError as error:
        yield f"the end: {error}"
        return
    yield from _unrecorded(case)
    after = goal.after
    if goal.operation.then:
        after, now = (each._replace(history=(), status=each.status.partition("\n")[0]) for each in (after, now))
    if partly:
        after, now = (each._replace(history=(), snapshot=_without_origins(each.snapshot)) for each in (after, now))
    for field, wanted, found in zip(Seen._fields, after, now, strict=True):
        if wanted != found:
            yield f"the end: {field} differs: {_difference(wanted, found)}"


def _unrecorded(case: Case) -> Iterator[str]:
    """Each commit that was made here is an operation."""
    repository = Repository.find(case.top)
    recorded = {one.after for one in repository.operations()}
    made = (commit for commit in repository.log() if commit.repository == repository.id)
    yield from (f"the end: {commit.message!r} is no operation" for commit in made if commit.id not in recorded)


def _without_origins(snapshot: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {path: facts[:-1] for path, facts in snapshot.items()}


def _difference(wanted: Any, found: Any) -> str:  # noqa: ANN401 - fields of any type
    if isinstance(wanted, dict):
        return str(
            {key: (wanted.get(key), found.get(key)) for key in wanted | found if wanted.get(key) != found.get(key)}
        )
    return f"{wanted!r}, but {found!r}"


def _whole(case: Case, goal: Goal, *, partly: bool) -> Iterator[str]:
    """Each path is the old or the new file, whole; a directory that is being filled may still lack its mode.

    While a journal is there, a path may have nothing, and a directory may be where it was or will be with other files
    in it; metadata come last.
    """
    now = picture(case.top)
    moving = os.path.exists(_control(case, "journal")) or (partly and goal.operation.then)
    bytes_of = {_bytes(thing) for thing in (*goal.before.values(), *goal.after.tree.values(), None)}
    for path in now | goal.before | goal.after.tree:
        found = now.get(path)
        if _shape(found) in (_shape(goal.before.get(path)), _shape(goal.after.tree.get(path))):
            continue
        if not moving or _bytes(found) not in bytes_of:
            yield f"torn: {path} is {found}"
    beside = beside_of(case, goal.operation)
    if beside not in ({}, goal.beside) and not partly:
        yield f"torn: {goal.operation.beside}: {_difference(goal.beside, beside)}"


def beside_of(case: Case, operation: Operation) -> Picture:
    """What is in the directory that an operation makes beside the tree."""
    return picture(str(case.at / operation.beside)) if operation.beside else {}


def _bytes(thing: Thing | None) -> tuple[int, bytes] | None:
    return thing and (stat.S_IFMT(thing.mode), thing.content)


def _control(case: Case, name: str) -> str:
    return os.path.join(case.top, ".annexish", name)


def _shape(thing: Thing | None) -> Thing | None:
    return thing if thing is None or not stat.S_ISDIR(thing.mode) else Thing(stat.S_IFDIR, b"", 0, ())


def _readers(case: Case, goal: Goal) -> Iterator[str]:
    interrupted = os.path.exists(_control(case, "journal"))
    for words in _READERS:
        said = case.run(*words)
        allowed = (0, 1) if goal.operation.founding else (0,)
        if said.code not in allowed or "Traceback" in said.err:
            yield f"{words[0]}: exit code {said.code}, {last_line(said)}"
        if words[0] in _SAY_INTERRUPTED and ("an interrupted" in said.out) != interrupted:
            yield f"{words[0]}: {'does not say' if interrupted else 'says'} that a command was interrupted"


def _lost(case: Case, goal: Goal) -> Iterator[str]:
    lost = goal.held - held(case)
    if lost:
        yield f"lost: {len(lost)} contents, {min(lost).hex()}"


def _fsck(case: Case) -> Iterator[str]:
    where = f"{case.top}/.annexish/history.git"
    command = ["git", "-c", "safe.directory=*", "-C", where, "fsck", "--strict", "--no-dangling", "--no-progress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout.strip():
        yield f"fsck: {(done.stdout + done.stderr).strip()}"


def last_line(said: Said) -> str:
    """The line that tells most of a failure: the error, or the end of a traceback."""
    lines = [line for line in (said.err + said.out).splitlines() if line.strip()]
    named = [line for line in lines if line.startswith("error:")]
    return (named or lines or ["nothing said"])[-1]
