"""What Git makes of two commits: trees by path, renames, merges with what it says of each path."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SETTINGS = ("merge.directoryRenames=true", "core.fsync=none", "fastimport.unpackLimit=0")
WHO = {f"GIT_{who}_{what}": "x@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
WHEN = {f"GIT_{who}_DATE": "1700000000 +0000" for who in ("AUTHOR", "COMMITTER")}


class File(NamedTuple):
    """A file as Git has it: the kind and permission in its words, and the name of the content."""

    mode: str
    blob: str


Tree = Mapping[str, File]


class Merge(NamedTuple):
    """A merge to be replayed."""

    base: str
    first: str
    later: str


class Said(NamedTuple):
    """What Git made: the tree, whether it asks a person, and what it says: a word and the paths that it is about.

    `bases` are the contents with which what it asks about began, in its opinion.
    """

    there: Tree
    clean: bool
    messages: Sequence[tuple[str, frozenset[str]]]
    bases: Mapping[str, str]


def can_merge() -> bool:
    """Whether Git is here and makes trees of merges without a working tree."""
    try:
        done = subprocess.run(["git", "merge-tree", "-h"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return b"--write-tree" in done.stdout


@dataclass(frozen=True)
class Repository:
    """A Git repository that borrows the objects of another one, which is only read."""

    directory: Path

    @classmethod
    def beside(cls, directory: Path, lender: Path | None = None) -> Repository:
        """Make an empty one that finds what `lender` has."""
        made = cls(directory)
        subprocess.run(["git", "init", "-q", "--bare", directory], check=True)
        if lender is not None:
            (directory / "objects" / "info" / "alternates").write_text(f"{(lender / 'objects').resolve()}\n")
        return made

    def run(self, *words: str, given: bytes = b"", fine: tuple[int, ...] = (0,)) -> bytes:
        """Return what a command of Git prints."""
        done = subprocess.run(
            ["git", f"--git-dir={self.directory}", *(word for each in SETTINGS for word in ("-c", each)), *words],
            input=given,
            capture_output=True,
            check=False,
            env=os.environ | WHO | WHEN,
        )
        assert done.returncode in fine, (words, done.stderr)
        return done.stdout

    def line(self, *words: str) -> str:
        """Return the one line that a command prints."""
        return self.run(*words).decode().strip()

    def merges(self, tip: str, every: int) -> Iterator[Merge]:
        """Yield every n-th merge of two related parents below a commit; of several bases Git's first counts."""
        listed = self.run("rev-list", "--min-parents=2", "--max-parents=2", "--parents", tip)
        for commits in listed.decode().splitlines()[::every]:
            _, first, later = commits.split()
            bases = self.run("merge-base", "--all", first, later, fine=(0, 1)).decode().split()
            if len(bases) > 1:
                yield self.apart(bases[0], first, later)
            elif bases and bases[0] not in (first, later):
                yield Merge(bases[0], first, later)

    def apart(self, *commits: str) -> Merge:
        """Return a base and two sides as commits of their own, so that they have this base only."""
        base, first, later = (f"{commit}^{{tree}}" for commit in commits)
        start = self.commit(base)
        return Merge(start, self.commit(first, start), self.commit(later, start))

    def commit(self, tree: str, *parents: str) -> str:
        """Make a commit of a tree."""
        return self.line("commit-tree", "-m", "-", *(word for parent in parents for word in ("-p", parent)), tree)

    def write(self, files: Mapping[str, bytes]) -> str:
        """Make a tree of contents."""
        stream = b"".join(
            b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data) for path, data in files.items()
        )
        head = b"commit refs/heads/made\ncommitter x <x@example.invalid> 1700000000 +0000\ndata 0\ndeleteall\n"
        self.run("fast-import", "--quiet", "--force", given=head + stream)
        return self.line("rev-parse", "refs/heads/made^{tree}")

    def files(self, commit: str) -> dict[str, File]:
        """Return everything of a snapshot but directories."""
        found = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, _, blob = facts.decode().split()
            found[_text(path)] = File(mode, blob)
        return found

    def renames(self, before: str, after: str) -> dict[str, str]:
        """Return the old path of each new one that Git calls a rename when it merges."""
        as_merging = ("-M", "-l7000", "--no-rename-empty")
        words = self.run("diff-tree", "-r", "-z", *as_merging, "--diff-filter=R", "--name-status", before, after)
        fields = words.split(b"\0")[:-1]
        return {_text(new): _text(old) for _, old, new in zip(*[iter(fields)] * 3, strict=True)}

    def merged(self, merge: Merge) -> Said:
        """Return what `git merge-tree` says; directory renames are followed, as where a person asked for it."""
        words = ("merge-tree", "--write-tree", "-z", "--messages", merge.first, merge.later)
        fields = self.run(*words, fine=(0, 1)).split(b"\0")
        tree, rest = fields[0].decode(), fields[1:]
        clean = not rest[0]
        bases = {}
        for line in rest[: rest.index(b"")]:
            facts, _, path = line.partition(b"\t")
            _, blob, stage = facts.decode().split()
            if stage == "1":
                bases[_text(path)] = blob
        messages = []
        at = rest.index(b"") + 1
        while at < len(rest) and rest[at].strip():
            number = int(rest[at])
            paths = rest[at + 1 : at + 1 + number]
            messages.append((rest[at + 1 + number].decode(), frozenset(map(_text, paths))))
            at += number + 3
        return Said(self.files(tree), clean, messages, bases)

    def together(self, base: str, first: str, later: str) -> str | None:
        """Return the blob that three blobs make line by line; None if a person is needed."""
        start, *sides = (self._alone(blob) for blob in (base, first, later))
        above = self.commit(start)
        said = self.merged(Merge(above, *(self.commit(side, above) for side in sides)))
        return said.there["file"].blob if said.clean else None

    def _alone(self, blob: str) -> str:
        """Make a tree of one file."""
        return self.run("mktree", given=f"100644 blob {blob}\tfile\n".encode()).decode().strip()


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
