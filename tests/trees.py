"""Working trees as pictures, and what a repository says of them in few words.

    tree = Tree(tmp_path, {"photos": {"a.jpg": "sunset"}})
    tree.commit()
    tree.move("photos/a.jpg", "b.jpg")
    assert tree.status() == [("moved", "photos/a.jpg", "b.jpg")]

In a picture a `str` or `bytes` is a file, a mapping a directory, a `Link` a symbolic link, `FIFO` a named pipe.
"""

from __future__ import annotations

import os
import pickle
import shutil
import stat
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pygit2
from blake3 import blake3
from pygit2.enums import ConfigLevel

from annexish import Repository
from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath
from annexish.model.report import Committed, Problem, Shown, Status

NOBODY = 65534


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Special:
    """Something that is neither a file nor a directory nor a link."""

    type: int


FIFO = Special(stat.S_IFIFO)
SOCKET = Special(stat.S_IFSOCK)

# recursive types that a type checker can build from literals do not exist: the inner mapping is of anything
Picture = Mapping[str, Any]
Word = tuple[str, ...]
"""("added", path), ("moved", old path, new path), ..."""


def draw(top: str | Path, picture: Picture) -> None:
    """Write a picture below a directory; files that are there are overwritten in place."""
    os.makedirs(top, exist_ok=True)
    for name, thing in picture.items():
        path = os.path.join(top, name)
        if isinstance(thing, Mapping):
            draw(path, thing)
        elif isinstance(thing, Link):
            os.symlink(thing.target, path)
        elif isinstance(thing, Special):
            os.mknod(path, thing.type | 0o644)
        else:
            with open(path, "wb") as file:
                file.write(thing.encode() if isinstance(thing, str) else thing)


class Tree:
    """A directory of files and the repository in it."""

    def __init__(self, top: Path, picture: Picture | None = None, *, name: str = "tree") -> None:
        self.top = str(top / name)
        draw(self.top, picture or {})
        self.repository = Repository.init(self.top)
        self.repository.config_set("media.tags", "off")

    @classmethod
    def opened(cls, top: str) -> Tree:
        """One that is there already."""
        tree = cls.__new__(cls)
        tree.top = top
        tree.repository = Repository.find(top)
        return tree

    def path(self, path: str = "") -> str:
        """Where a path of the tree is."""
        return os.path.join(self.top, path)

    def write(self, path: str, data: str | bytes) -> None:
        """Write a file, in place if it is there; directories above it are made."""
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        draw(os.path.dirname(self.path(path)), {os.path.basename(path): data})

    def append(self, path: str, data: str) -> None:
        """Add to the end of a file."""
        with open(self.path(path), "a") as file:
            file.write(data)

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return Path(self.path(path)).read_bytes()

    def move(self, old: str, new: str) -> None:
        """Rename; directories above the new place are made."""
        os.makedirs(os.path.dirname(self.path(new)), exist_ok=True)
        os.rename(self.path(old), self.path(new))

    def copy(self, old: str, new: str) -> None:
        """Copy a file or directory with its times."""
        if os.path.isdir(self.path(old)):
            shutil.copytree(self.path(old), self.path(new), symlinks=True)
        else:
            shutil.copy2(self.path(old), self.path(new))

    def remove(self, *paths: str) -> None:
        """Delete files and directories."""
        for path in map(self.path, paths):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)

    def commit(self, *, allow_mass_deletion: bool = False) -> list[Word]:
        """Commit, and say what it recorded."""
        return words(self.committed(allow_mass_deletion=allow_mass_deletion))

    def committed(self, *, allow_mass_deletion: bool = False) -> Committed:
        """Commit; the whole answer."""
        return self.repository.commit("a commit", allow_mass_deletion=allow_mass_deletion)

    def status(self, *paths: str) -> list[Word]:
        """What a commit would record."""
        return words(self.repository.status([inside(path) for path in paths]))

    def problems(self) -> list[tuple[str, str]]:
        """(code, path) of what `status` cannot record."""
        return troubles(self.repository.status().problems)

    def commit_calmly(self) -> None:
        """Commit until no record is so young that the next scan would read the file again."""
        self.commit()
        while self.committed().read:
            pass

    def ls(self, revision: str = "HEAD") -> dict[str, Entry]:
        """The entries of a snapshot by path."""
        return {os.fsdecode(each.path): each.entry for each in self.repository.ls(revision, recursive=True)}

    def ids(self, revision: str = "HEAD") -> dict[str, bytes]:
        """The object ids of a snapshot by path."""
        return {path: entry.id for path, entry in self.ls(revision).items()}

    def __getitem__(self, path: str) -> Entry:
        """The recorded entry of a path."""
        parent, _, _ = path.rpartition("/")
        found = {os.fsdecode(each.path): each.entry for each in self.repository.ls("HEAD", [inside(parent)])}
        return found[path]

    def heads(self) -> int:
        """How many commits there are."""
        return len(list(self.repository.log()))


def inside(path: str) -> RepoPath:
    """A path of the tree in the library's words."""
    return RepoPath(os.fsencode(path))


def words(answer: Status | Committed | Shown) -> list[Word]:
    """The changes of an answer in few words, in its order."""
    return [word(change) for change in answer.difference.changes]


def word(change: Change) -> Word:
    """One change in few words."""
    before = os.fsdecode(change.path_before) if change.path_before is not None else ""
    here = os.fsdecode(change.path)
    return (change.word, before, here) if change.word.startswith("moved") else (change.word, here)


def troubles(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    """Problems in few words."""
    return sorted((problem.code, os.fsdecode(problem.path)) for problem in problems)


def real(top: str) -> dict[str, tuple[Kind, object]]:
    """What a plain walk finds: kind and content (a digest, a link's target) by path."""
    found: dict[str, tuple[Kind, object]] = {}
    for at, path in _walk(top):
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            found[at] = (Kind.DIRECTORY, None)
        elif stat.S_ISLNK(mode):
            found[at] = (Kind.SYMLINK, os.fsencode(os.readlink(path)))
        elif stat.S_ISREG(mode):
            found[at] = (Kind.FILE, blake3(Path(path).read_bytes()).digest())
        else:
            found[at] = (Kind.FIFO, None)
    return found


def _walk(top: str) -> Iterator[tuple[str, str]]:
    for directory, directories, files in os.walk(top):
        if directory == top:
            directories.remove(".annexish")
        for name in directories + files:
            path = os.path.join(directory, name)
            yield os.path.relpath(path, top), path


def recorded(tree: Tree, revision: str = "HEAD") -> dict[str, tuple[Kind, object]]:
    """The same of a snapshot."""
    return {path: (entry.kind, entry.digest or entry.target) for path, entry in tree.ls(revision).items()}


def check_snapshot(tree: Tree) -> None:
    """The last commit is what a plain walk finds, and nothing is left to record."""
    assert tree.status() == []
    assert recorded(tree) == real(tree.top)


def git(tree: Tree, *command: str) -> str:
    """Run a stock Git on the history."""
    where = tree.path(".annexish/history.git")
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", where, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fsck(tree: Tree) -> None:
    """A stock Git finds nothing wrong with the history."""
    git(tree, "fsck", "--strict", "--no-dangling", "--no-progress")


def follow(before: Mapping[str, bytes], answer: Status) -> dict[str, bytes]:
    """The object ids by path after the changes of an answer, made from those before it."""
    now = dict(before)
    changes = list(answer.difference.changes)
    moves = [change for change in changes if change.before and change.after and change.path_before != change.path]
    for change in changes:
        if change.after is None:
            del now[os.fsdecode(change.path)]
    now.update(_after_moves(now, moves))
    for change in changes:
        if change.before is None:
            now[os.fsdecode(change.path)] = change.entry.id
    return now


def _after_moves(now: dict[str, bytes], moves: list[Change]) -> list[tuple[str, bytes]]:
    """Take what moved out of `now`, each with the deepest moved directory above it, and say where it is."""
    ends = {os.fsdecode(move.path_before or b""): os.fsdecode(move.path) for move in moves}
    put = []
    for path in list(now):
        top = path
        while top and top not in ends:
            top = top.rpartition("/")[0]
        if top:
            put.append((ends[top] + path[len(top) :], now.pop(path)))
    return put


Answer = TypeVar("Answer")


@cache
def _everything_is_imported() -> None:
    """Journeys import what they need when they need it, and a user without rights may not read the library."""
    with tempfile.TemporaryDirectory() as top:
        tree = Tree(Path(top), {"a": "1", "l": Link("a"), ".annexishignore": "*.tmp", "x.tmp": ""})
        tree.commit()
        tree.remove("a", "l")
        tree.write("b", "1")
        tree.status()
        tree.commit(allow_mass_deletion=True)


def as_nobody(work: Callable[[], Answer]) -> Answer:
    """Do something as a user without rights, in a process of its own."""
    _everything_is_imported()
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            os.close(reading)
            for level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
                pygit2.settings.search_path[level] = "/nowhere"
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with open(writing, "wb") as pipe:
                try:
                    pickle.dump(work(), pipe)
                except BaseException:  # noqa: BLE001 - the parent raises it
                    pickle.dump(AssertionError(traceback.format_exc()), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pickle.load(pipe)  # noqa: S301 - it comes from the line above
    os.waitpid(process, 0)
    if isinstance(answer, AssertionError):
        raise answer
    return answer  # type: ignore[no-any-return]
