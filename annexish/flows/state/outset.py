"""The first question of status and commit: does anything differ from the last commit at all?

What answers it is small and starts fast; the rest is imported only when the answer is yes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from annexish.flows.place.place import Place
from annexish.model.kept import KeepContent
from annexish.model.path import RepoPath
from annexish.model.report import Progress, Returned
from annexish.scan.check import Differing, differing
from annexish.scan.filesystem import COARSE, FINE, kind_of, trusted
from annexish.scan.rules import Rules
from annexish.store.cache import RACY, SPLIT, UNKNOWN, Cache
from annexish.store.settings import mounts_in
from annexish.system.turns import nothing


class Scan(NamedTuple):
    """How to look: `thorough` reads every new content, else only those on which the answer depends.

    `keep` is given every content that is read; `returned` is what was brought back to a path.
    """

    place: Place
    rules: Rules
    processes: int
    thorough: bool
    list_ignored: bool = False
    progress: Progress | None = None
    keep: KeepContent | None = None
    returned: Mapping[RepoPath, Returned] = MappingProxyType({})


class Outset(NamedTuple):
    """What the check found: rows that differ, with their parents, or that everything must be looked at.

    `parts` says of large directories that only parts of them differ; `again` names files by row that are to be read
    although their records are as they were.
    `fresh` is the time in ns from which on a record may still change without showing it.
    """

    differing: Mapping[int, int]
    parts: Mapping[int, Sequence[str]]
    everything: bool
    stable_inodes: bool
    fresh: int
    again: Mapping[int, frozenset[bytes]] = MappingProxyType({})

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.differing or self.everything)


def scan_of(place: Place, *, thorough: bool, list_ignored: bool = False, progress: Progress | None = None) -> Scan:
    """Return how this repository is scanned, by its settings."""
    settings = place.settings
    keeps = tuple(mounts_in(settings.get("keep.mounts")))
    rules = Rules(settings.on("scan.one-file-system"), settings.on("scan.cachedir-tag"), keeps)
    wanted = settings.get("scan.processes")
    processes = min(os.cpu_count() or 1, 4) if wanted == "auto" else int(wanted)
    return Scan(place, rules, processes, thorough, list_ignored, progress)


def check(scan: Scan, cache: Cache, meanwhile: Callable[[], object] = nothing) -> Outset:
    """Compare the working tree with the stat cache; `meanwhile` is done while other processes look."""
    sure = trusted(kind_of(scan.place.root))
    everything = not cache.exists or not sure or scan.list_ignored or cache.meta("rules") != scan.rules.fingerprint
    everything = everything or bool(cache.meta(UNKNOWN))
    fresh = now_there(scan.place) - (FINE if sure else COARSE)
    found = Differing({}, {}) if everything else _differing(scan, meanwhile)
    return Outset(found.rows, found.parts, everything, sure, fresh)


def _differing(scan: Scan, meanwhile: Callable[[], object]) -> Differing:
    path = scan.place.cache

    def open_known() -> Cache:
        return Cache(path, read_only=True)

    return differing(scan.place.root, open_known, racy=RACY, split=SPLIT, processes=scan.processes, meanwhile=meanwhile)


def now_there(place: Place) -> int:
    """The time of the file system that holds the repository, in ns; the clock's where nothing can be written."""
    probe = os.path.join(place.control, f"now.{os.getpid()}")
    try:
        descriptor = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except OSError:
        return time.time_ns()
    try:
        os.unlink(probe)
        return os.fstat(descriptor).st_ctime_ns
    finally:
        os.close(descriptor)
