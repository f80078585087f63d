"""The stat cache: what is present here, as it was after the last commit.

One row for each node of the snapshot that the cache names. A directory of up to 4,096
entries is one row of `directory`; the entries of a larger one are in rows of `shard`.
Only names that are no directories have a stat record in their directory's row: a child
directory is described by its own row. Row numbers stay when a directory moves.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annexish.errors import Corrupt, Unreachable
from annexish.model.ids import CommitId, TreeId
from annexish.store.shared import fill_holes, require_room
from annexish.store.sqlite import Connection, Unwritable, connected, translating

VERSION = "2"
TOP_ROW = 1

RACY, SPLIT, MOUNT, SEEDED = 1, 2, 4, 8
"""Flags of a directory: look again although the record is the same; entries in shards; a mount point;
not here: its own record matches nothing, and nothing in it has one."""

UNKNOWN = "unknown"
"""The fact that nobody knows what was present: the cache was lost, and no commit has seen everything since."""

GAPS = "gaps"
"""The fact whether something may be wanted and absent, "yes" or "no"; where it is not told, nothing ever was."""

_HELD, _ROW = 8 << 20, 200
"""How many bytes of rows are held; what a row takes beside its names and records."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS directory (
  row INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name BLOB NOT NULL, inode INTEGER NOT NULL,
  tree BLOB NOT NULL, flags INTEGER NOT NULL, names BLOB NOT NULL, stats BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shard (
  row INTEGER NOT NULL, path TEXT NOT NULL, tree BLOB NOT NULL, names BLOB NOT NULL, stats BLOB NOT NULL,
  PRIMARY KEY (row, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loss (
  commit_id TEXT NOT NULL, path BLOB NOT NULL, kind INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB,
  seen INTEGER NOT NULL, time INTEGER NOT NULL, replaced INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS twin (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bare (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS returned (
  path BLOB PRIMARY KEY, ids BLOB NOT NULL, kind INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL
) WITHOUT ROWID;
"""
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS directory_parent ON directory (parent)",
    "CREATE INDEX IF NOT EXISTS directory_inode ON directory (inode)",
    "CREATE INDEX IF NOT EXISTS loss_content ON loss (digest, size)",
)


class Row(NamedTuple):
    """One directory: names joined by NUL, and as columns (scan/stat.py) their stat records and last its own."""

    row: int
    parent: int
    name: bytes
    inode: int
    tree: TreeId
    flags: int
    names: bytes
    stats: bytes


class Shard(NamedTuple):
    """The part of a large directory that one leaf of its shards holds; `path` is its nibbles in hexadecimal."""

    row: int
    path: str
    tree: TreeId
    names: bytes
    stats: bytes


class Cache:
    """The rows, read and replaced in one transaction."""

    def __init__(self, path: str, *, read_only: bool = False, replaces: str = "") -> None:
        self.path = path
        self.exists = os.path.exists(path)
        self._replaces = replaces
        self._shares = not replaces and path != ":memory:"
        self._held: dict[int, Row] = {}
        self._weight = 0
        self._sql: Connection
        if read_only:
            self._open_to_read()
        else:
            if self._shares:
                require_room(path)
            self._sql = connected(path, "rwc")
            self._prepare()

    @classmethod
    def in_memory(cls) -> Cache:
        """A cache that nobody keeps."""
        return cls(":memory:")

    @classmethod
    def anew(cls, path: str) -> Cache:
        """A cache that takes the place of the one at `path` when it is finished.

        It is a file of its own until then, so nothing needs to be written twice.
        """
        temporary = f"{path}.new"
        for stale in (temporary, temporary + "-journal"):
            if os.path.exists(stale):
                os.unlink(stale)
        return cls(temporary, replaces=path)

    def _open_to_read(self) -> None:
        """Open what is there; a cache that a killed command had only begun is as good as none."""
        self._sql = connected(self.path, "ro" if self.exists else "memory")
        try:
            if self.exists:
                require_room(self.path)
            begun = self._begun()
        except Unreachable as error:
            self._sql.close()
            self._sql = connected(self.path, self._other_mode(error))
            begun = self._begun()
        if self.exists and not begun:
            self._sql.close()
            self.exists = False
            self._sql = connected(self.path, "memory")
        if not self.exists:
            self._sql.executescript(_SCHEMA)
        self._check()

    def _other_mode(self, error: Unreachable) -> str:
        """How to read what cannot be read as usual; raise the error again if there is no way.

        What SQLite must take back after a writer was killed needs a connection that may write.
        Where there is no room for the memory that connections share, nothing need be shared if nothing waits in a log.
        """
        if isinstance(error, Unwritable):
            return "rw"
        log = f"{self.path}-wal"
        if os.path.exists(log) and os.path.getsize(log):
            raise error
        return "ro&immutable=1"

    def _begun(self) -> bool:
        """Whether there are tables; they are made in one transaction."""
        return self._sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None

    def _prepare(self) -> None:
        self._sql.execute("PRAGMA page_size = 16384")
        self._sql.execute(f"PRAGMA journal_mode = {'OFF' if self._replaces else 'WAL'}")
        self._sql.execute(f"PRAGMA synchronous = {'OFF' if self._replaces else 'FULL'}")
        if self._shares:
            self._sql.execute("SELECT 1 FROM sqlite_master").fetchone()
            fill_holes(self.path)
        self._sql.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        self._check()

    def _check(self) -> None:
        """Raise Corrupt for tables of a version that is not known here."""
        self._sql.execute("PRAGMA cache_size = -16384")
        version = self.meta("version")
        if version not in (None, VERSION):
            raise Corrupt(f"the stat cache has version {version}; this program knows {VERSION}", hint="update annexish")

    @property
    def connection(self) -> Connection:
        """The connection, for the other tables of the same file."""
        return self._sql

    def meta(self, key: str) -> str | None:
        """Return one fact about the whole cache."""
        found = self._sql.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    @property
    def commit(self) -> CommitId | None:
        """The commit that the cache describes."""
        found = self.meta("commit")
        return None if found is None else CommitId(found)

    def span(self) -> tuple[int, int]:
        """Return (the smallest row number, one more than the largest)."""
        low, high = self._sql.execute("SELECT MIN(row), MAX(row) FROM directory").fetchone()
        return (low or 0, (high or 0) + 1)

    def count(self) -> int:
        """Return how many directories there are."""
        return int(self._sql.execute("SELECT COUNT(*) FROM directory").fetchone()[0])

    def seeded(self) -> int:
        """Return of how many directories nobody knows what was present."""
        found = self._sql.execute("SELECT COUNT(*) FROM directory WHERE flags & ? != 0", (SEEDED,)).fetchone()
        return int(found[0])

    def alive(self) -> set[int]:
        """Return the directories that have something present in or below them; of a large one it is taken for so."""
        above: dict[int, int] = {}
        alive: set[int] = set()
        query = "SELECT row, parent, names != x'' AND flags & ? = 0 OR flags & ? = ? FROM directory"
        for row, parent, something in self._sql.execute(query, (SEEDED, SEEDED | SPLIT, SPLIT)):
            above[row] = parent
            if something:
                alive.add(row)
        for row in list(alive):
            while (row := above.get(row, 0)) and row not in alive:
                alive.add(row)
        return alive

    def rows(self, low: int, high: int) -> Iterator[Row]:
        """Yield the directories with low <= row < high, in order of their numbers."""
        with translating():
            yield from map(
                Row._make,
                self._sql.execute("SELECT * FROM directory WHERE row >= ? AND row < ? ORDER BY row", (low, high)),
            )

    def row(self, row: int) -> Row:
        """Return one directory; raise Corrupt if there is none of this number. Some of those asked for are held."""
        held = self._held.get(row)
        if held is not None:
            return held
        values = self._sql.execute("SELECT * FROM directory WHERE row = ?", (row,)).fetchone()
        if values is None:
            raise Corrupt("the stat cache lacks a directory that it names", hint="`annexish doctor` says more")
        found = Row._make(values)
        self._weight += len(found.stats) + len(found.names) + _ROW
        if self._weight > _HELD:
            self._forget()
        self._held[row] = found
        return found

    def _forget(self) -> None:
        self._held.clear()
        self._weight = 0

    def place(self, row: int) -> tuple[int, bytes]:
        """Return (parent row, name) of a directory."""
        found: tuple[int, bytes] | None = self._sql.execute(
            "SELECT parent, name FROM directory WHERE row = ?", (row,)
        ).fetchone()
        if found is None:
            raise Corrupt("the stat cache lacks a directory that it names", hint="`annexish doctor` says more")
        return found

    def children(self, row: int) -> dict[bytes, int]:
        """Return the child directories of a row: name to row."""
        return dict(self._sql.execute("SELECT name, row FROM directory WHERE parent = ? AND row != ?", (row, TOP_ROW)))

    def below(self, row: int) -> list[tuple[int, int, bytes]]:
        """Return (row, parent, name) of a directory and of all below it, parents before children."""
        return self._sql.execute(
            "WITH RECURSIVE below (row, parent, name) AS (SELECT row, parent, name FROM directory WHERE row = ?"
            " UNION ALL SELECT child.row, child.parent, child.name FROM directory AS child"
            " JOIN below ON child.parent = below.row) SELECT * FROM below",
            (row,),
        ).fetchall()

    def by_inode(self, inode: int) -> list[int]:
        """Return the rows of the directories that had this inode number."""
        return [row for (row,) in self._sql.execute("SELECT row FROM directory WHERE inode = ?", (_signed(inode),))]

    def shards(self, row: int) -> list[Shard]:
        """Return the parts of a large directory, in order of their paths."""
        found = self._sql.execute("SELECT * FROM shard WHERE row = ? ORDER BY path", (row,))
        return [Shard._make(values) for values in found]

    def shard_paths(self, row: int) -> list[str]:
        """Return the paths of the parts of a large directory."""
        return [path for (path,) in self._sql.execute("SELECT path FROM shard WHERE row = ?", (row,))]

    def shard(self, row: int, path: str) -> Shard | None:
        """Return one part of a large directory."""
        found = self._sql.execute("SELECT * FROM shard WHERE row = ? AND path = ?", (row, path)).fetchone()
        return None if found is None else Shard._make(found)

    def begin(self) -> None:
        """Start the one transaction in which everything is replaced."""
        self._sql.execute("BEGIN IMMEDIATE")

    def put(self, rows: Iterable[Row]) -> None:
        """Replace directories by number."""
        self._forget()
        self._sql.executemany(
            "INSERT OR REPLACE INTO directory VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row[:3], _signed(row.inode), *row[4:]) for row in rows),
        )

    def put_shards(self, shards: Iterable[Shard]) -> None:
        """Replace parts of large directories."""
        self._sql.executemany("INSERT OR REPLACE INTO shard VALUES (?, ?, ?, ?, ?)", shards)

    def relink(self, changes: Iterable[tuple[int, bytes, TreeId, int]]) -> None:
        """Record (parent, name, tree, row): where a directory is and what is below it; all records stay."""
        self._forget()
        self._sql.executemany("UPDATE directory SET parent = ?, name = ?, tree = ? WHERE row = ?", changes)

    def drop_shards(self, row: int, paths: Iterable[str] | None = None) -> None:
        """Forget parts of a large directory; all of them without `paths`."""
        if paths is None:
            self._sql.execute("DELETE FROM shard WHERE row = ?", (row,))
        else:
            self._sql.executemany("DELETE FROM shard WHERE row = ? AND path = ?", ((row, path) for path in paths))

    def drop(self, rows: Iterable[int]) -> None:
        """Forget directories."""
        self._forget()
        for row in rows:
            self._sql.execute("DELETE FROM directory WHERE row = ?", (row,))
            self._sql.execute("DELETE FROM shard WHERE row = ?", (row,))

    def finish(self, meta: dict[str, str]) -> None:
        """Record facts about the whole and make everything durable."""
        for statement in _INDEXES:
            self._sql.execute(statement)
        self._sql.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", sorted({"version": VERSION, **meta}.items()))
        self._sql.execute("COMMIT")
        if self._replaces:
            self._take_place()

    def _take_place(self) -> None:
        self._sql.close()
        descriptor = os.open(self.path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        for leftover in ("-wal", "-shm"):
            if os.path.exists(self._replaces + leftover):
                os.unlink(self._replaces + leftover)
        os.rename(self.path, self._replaces)
        directory = os.open(os.path.dirname(self._replaces), os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(directory)
        os.close(directory)

    def close(self) -> None:
        """Let go; what was not finished is as if it had never been put."""
        self._sql.close()


def _signed(inode: int) -> int:
    """SQLite's integers have 63 bits and a sign; inode numbers have 64 bits."""
    return inode - (1 << 64) if inode >> 63 else inode
