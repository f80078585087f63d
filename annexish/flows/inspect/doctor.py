"""What this file system and set-up can and cannot promise."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing

from annexish.apply.keep import Way, best_way
from annexish.errors import AnnexishError
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.origin import UNKNOWN, is_copy, signs
from annexish.flows.place.place import Place
from annexish.model.report import Finding
from annexish.scan.filesystem import COARSE, FINE, kind_of, trusted
from annexish.scan.stat import Statter, portable_statx, unpack
from annexish.store.cache import Cache
from annexish.store.journal import Journal
from annexish.store.losses import Losses
from annexish.store.verified import oldest


def doctor(place: Place) -> list[Finding]:
    """Return what holds here, one finding for each subject; nothing is changed."""
    return [
        _repository(place),
        _file_system(place),
        _times(place),
        _attributes(place),
        _names(place),
        _speed(),
        _history(place),
        _cache(place),
        _verified(place),
        _safety_net(place),
        *_mounted(place),
        *_unfinished(place),
        *_interrupted(place),
    ]


def _repository(place: Place) -> Finding:
    """Who this is, and whether another one is called so too."""
    id, name = place.identity()
    if is_copy(place):
        explanation = "it is a copy, and has the id of its original; it gets one of its own before it syncs"
        return Finding("repository", "a copy", explanation)
    if signs(place.control) == UNKNOWN:
        return Finding("repository", name, f"its id is {id}; on this file system a copy cannot be told from it")
    return Finding("repository", name, f"its id is {id}")


def _interrupted(place: Place) -> list[Finding]:
    """What was killed before its end."""
    command = Journal(place.control).pending()
    if not command:
        return []
    explanation = f"an interrupted {command} will be finished by the next command that writes"
    return [Finding("interrupted", command, explanation, "annexish commit")]


def _file_system(place: Place) -> Finding:
    kind = kind_of(place.root) or "unknown"
    if trusted(kind):
        return Finding("file system", kind, "unchanged directories need not be listed; inodes tell moves")
    return Finding(
        "file system", kind, "directories are listed each time; moves are told by content, inodes are not trusted"
    )


def _times(place: Place) -> Finding:
    sure = trusted(kind_of(place.root))
    step = (FINE if sure else COARSE) / 1e9
    birth = _birth(place)
    state = "fine" if sure and birth else "coarse" if not sure else "without birth times"
    return Finding(
        "times",
        state,
        f"files changed within {step:g} s of a scan are read again by the next one; "
        + ("birth times tell reused inodes" if birth else "size and mtime must tell reused inodes"),
    )


def _birth(place: Place) -> bool:
    descriptor = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return unpack(Statter(1).own(descriptor))[0].birth_s != 0
    finally:
        os.close(descriptor)


def _attributes(place: Place) -> Finding:
    probe = os.path.join(place.control, f"probe.{os.getpid()}")
    try:
        with open(probe, "xb") as file:
            os.setxattr(file.fileno(), b"user.annexish", b"1")
        return Finding("extended attributes", "recorded", "with POSIX ACLs, as far as this user may read them")
    except (OSError, AttributeError) as error:
        return Finding("extended attributes", "not here", f"this place does not hold any ({error})")
    finally:
        if os.path.exists(probe):
            os.unlink(probe)


def _names(place: Place) -> Finding:
    probe = os.path.join(place.control, f"Case.{os.getpid()}")
    try:
        with open(probe, "xb"):
            folds = os.path.exists(os.path.join(place.control, f"cASE.{os.getpid()}"))
    except OSError as error:
        return Finding("names", "unknown", f"nothing can be written here ({error.strerror})")
    os.unlink(probe)
    if folds:
        return Finding("names", "folded", "names that differ only in case are one name here")
    return Finding("names", "exact", "every name of up to 255 bytes is its own")


def _speed() -> Finding:
    if Statter().call is portable_statx:
        return Finding("stat records", "one by one", "statx(2) is not there; scanning takes about twice as long")
    versions = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    return Finding("stat records", "in columns", f"statx(2), {versions}")


def _history(place: Place) -> Finding:
    try:
        head = place.history.head()
        if head is None:
            return Finding("history", "empty", "nothing was committed yet", "annexish commit -m first")
        place.history.commit(head)
    except AnnexishError as error:
        return Finding("history", "broken", str(error), "git -C .annexish/history.git fsck")
    return Finding("history", "whole", f"the head is {head[:12]}; `git -C .annexish/history.git fsck` checks all of it")


_PROMISES = {
    Way.REFLINK: ("reflinks", "what is deleted or overwritten stays recoverable, in-place writes by programs included"),
    Way.LINK: (
        "hard links",
        (
            "what is deleted or replaced stays recoverable; what a program writes in place changes the kept content "
            "too: the next commit says so (reflinks, on btrfs or xfs, cover that, as does keep.copy-below)"
        ),
    ),
}


def _safety_net(place: Place) -> Finding:
    """What becomes of deleted and overwritten content here."""
    mode = place.settings.get("keep.mode")
    if mode == "off":
        return Finding(
            "safety net", "off", "deleted or overwritten content is gone", "annexish config set keep.mode auto"
        )
    state, promise = _PROMISES[best_way(place.control) if mode == "auto" else Way.LINK]
    try:
        with closing(Cache(place.cache, read_only=True)) as cache:
            bare = Losses(cache).bare()
    except AnnexishError as error:
        return Finding("safety net", "unknown", str(error), error.hint)
    if bare:
        promise += f"; {bare:,} contents of present files cannot be kept (on another file system, or immutable)"
    return Finding("safety net", state, promise)


def _mounted(place: Place) -> Iterator[Finding]:
    """What becomes of content on file systems that have a keep of their own."""
    if place.settings.get("keep.mode") == "off":
        return
    with keep_of(place) as keeps:
        for mount, _, keep in keeps.places():
            if mount:
                state, promise = _PROMISES[
                    best_way(keep.path) if place.settings.get("keep.mode") == "auto" else Way.LINK
                ]
                yield Finding(f"safety net of {os.fsdecode(mount)}", state, promise)
        for mount, why in keeps.away.items():
            explanation = f"{why}; nothing of it is counted as gone, and nothing new is kept there"
            hint = f"mount it, or `annexish config set keep.mounts {place.settings.get('keep.mounts')}` makes a new one"
            yield Finding(f"safety net of {os.fsdecode(mount)}", "away", explanation, hint)


def _unfinished(place: Place) -> list[Finding]:
    """What came in part."""
    with keep_of(place) as keep:
        count, size = keep.main.unfinished()
    if not count:
        return []
    explanation = f"{size:,} bytes of contents that are not whole; who fetches them goes on, for two weeks"
    return [Finding("unfinished", f"{count:,}", explanation, "annexish sync")]


def _cache(place: Place) -> Finding:
    try:
        cache = Cache(place.cache, read_only=True)
    except AnnexishError as error:
        return Finding("stat cache", "broken", str(error), error.hint)
    try:
        if cache.commit == place.history.head():
            files = int(cache.meta("files") or 0)
            return Finding("stat cache", "current", f"{cache.count():,} directories, {files:,} files present")
        if cache.commit is None:
            return Finding("stat cache", "missing", "the next commit reads every file", "annexish commit")
        return Finding("stat cache", "ahead", "a commit was interrupted; the next one finishes it", "annexish commit")
    finally:
        cache.close()


def _verified(place: Place) -> Finding:
    known = oldest(place.verified)
    if known is None:
        return Finding("verification", "never", "no content was read again since it was recorded", "annexish verify")
    count, moment = known
    days = max(0, int(time.time()) - moment) // 86400
    when = "today" if not days else f"{days} days ago" if days > 1 else "yesterday"
    return Finding("verification", when, f"{count:,} contents were verified, the first of them {when}")
