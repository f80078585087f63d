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

_READERS = (("status",), ("log",), ("doctor",))


class Seen(NamedTuple):
    """All of a tree and its repository that does not depend on chance: ids are told by where they were first."""

    tree: Picture
    history: tuple[str, ...]
    snapshot: dict[str, tuple[Any, ...]]
    settings: tuple[tuple[str, str, str], ...]
    status: str


@dataclass(frozen=True)
class Goal:
    """An operation that nothing disturbed: before, after, the digests that had bytes at both times, its calls."""

    operation: Operation
    before: Picture
    after: Seen
    held: frozenset[bytes]
    code: int
    calls: int
    opens: int


def see(case: Case) -> Seen:
    """Look at everything."""
    repository = Repository.find(case.top)
    commits = list(reversed(list(repository.log())))
    first: dict[bytes, str] = {}
    snapshot: dict[str, tuple[Any, ...]] = {}
    for number, commit in enumerate(commits):
        snapshot = {}
        for each in repository.ls(commit.id, recursive=True):
            path = os.fsdecode(each.path)
            for name in each.entry.ids:
                first.setdefault(name, f"{number}:{path}")
            snapshot[path] = (*_facts(each.entry), sorted(first[name] for name in each.entry.ids))
    settings = tuple(each for each in repository.config_list() if each[0] != "repository.id")
    messages = tuple(commit.message for commit in commits)
    return Seen(picture(case.top), messages, snapshot, settings, case.run("status").out)


def _facts(entry: Entry) -> tuple[Any, ...]:
    time = 0 if entry.digest is None else entry.mtime_ns
    return entry.kind, entry.size, entry.digest, entry.mode, time, entry.target


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
    """The digests whose bytes are in the tree, or under their name in the keep."""
    found = {thing.content for thing in picture(case.top).values()}
    for directory, _, names in os.walk(f"{case.top}/.annexish/keep"):
        fan = os.path.basename(directory)
        for name in names:
            digest = digest_of(os.path.join(directory, name))
            if digest.hex() == fan + name:
                found.add(digest)
    return found


def after_fault(case: Case, goal: Goal, *, partly: bool = False) -> Iterator[str]:
    """Yield what is wrong with a tree in which the operation was disturbed; then repeat it, and look again.

    An operation that did what it could, and named the rest, has made a step of its own in the history.
    """
    yield from _whole(picture(case.top), goal)
    yield from _readers(case, goal)
    yield from _lost(case, goal)
    again = case.run(*(goal.operation.again or goal.operation.words))
    if again.code not in (goal.code, goal.operation.repeated):
        yield f"again: exit code {again.code}, {last_line(again)}"
        return
    yield from finished(case, goal, partly=partly)
    yield from _fsck(case)
    yield from _lost(case, goal)


def finished(case: Case, goal: Goal, *, partly: bool = False) -> Iterator[str]:
    """Yield what is not as it is after an operation that nothing disturbed."""
    try:
        now = see(case)
    except AnnexishError as error:
        yield f"the end: {error}"
        return
    after = goal.after
    if partly:
        after, now = (each._replace(history=(), snapshot=_without_origins(each.snapshot)) for each in (after, now))
    for field, wanted, found in zip(Seen._fields, after, now, strict=True):
        if wanted != found:
            yield f"the end: {field} differs: {_difference(wanted, found)}"


def _without_origins(snapshot: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {path: facts[:-1] for path, facts in snapshot.items()}


def _difference(wanted: Any, found: Any) -> str:  # noqa: ANN401 - fields of any type
    if isinstance(wanted, dict):
        return str(
            {key: (wanted.get(key), found.get(key)) for key in wanted | found if wanted.get(key) != found.get(key)}
        )
    return f"{wanted!r}, but {found!r}"


def _whole(now: Picture, goal: Goal) -> Iterator[str]:
    """Each path is the old or the new file, whole; a directory that is being filled may still lack its mode."""
    for path in now | goal.before | goal.after.tree:
        if _shape(now.get(path)) not in (_shape(goal.before.get(path)), _shape(goal.after.tree.get(path))):
            yield f"torn: {path} is {now.get(path)}"


def _shape(thing: Thing | None) -> Thing | None:
    return thing if thing is None or not stat.S_ISDIR(thing.mode) else Thing(stat.S_IFDIR, b"", 0, ())


def _readers(case: Case, goal: Goal) -> Iterator[str]:
    for words in _READERS:
        said = case.run(*words)
        allowed = (0, 1) if goal.operation.founding else (0,)
        if said.code not in allowed or "Traceback" in said.err:
            yield f"{words[0]}: exit code {said.code}, {last_line(said)}"


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
