"""The operations that every fault is tried on: one row each.

A new command is a row here: how the tree is before it, its words, and what it may do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import NamedTuple

from blake3 import blake3

from annexish.cli.endings import CONFLICTS
from tests.faults.case import Case
from tests.faults.doors import DOOR, make_next
from tests.faults.pictures import draw_first, edit, next_second, reshape, rot, settle
from tests.flows.two import carry, copied, fetch, follow_head, rename_repository
from tests.scoped import hold, scope
from tests.trees import Tree, draw


class Operation(NamedTuple):
    """A command on a tree that was prepared for it.

    `again` are the words that finish it after an interruption, if they are not the same.
    `founding`: before it there is no repository, so that readers may say so. `forgets`: it may let content go.
    `repeated`: the exit code of the same words when all is done already.
    `then` is another command that writes: it finishes by itself what was interrupted after its journal was written.
    `beside`: it makes this directory beside the tree, whole or not at all, and changes nothing in the tree.
    `recorded`: the command that it is recorded as, if its words do not begin with it.
    `slow`: preparing it takes seconds, so that it is tried with DEEP=1 only.
    """

    name: str
    prepare: Callable[[Case], None]
    words: tuple[str, ...]
    again: tuple[str, ...] | None = None
    founding: bool = False
    forgets: bool = False
    repeated: int = 0
    then: tuple[str, ...] = ()
    beside: str = ""
    recorded: str = ""
    slow: bool = False


def _plain(case: Case) -> None:
    draw_first(case.top)


def _new(case: Case) -> None:
    """A repository without a commit; one process scans, so that calls come in the same order each time."""
    _plain(case)
    case.must("init", "--name", "tried")
    case.must("config", "set", "scan.processes", "1")
    case.must("config", "set", "media.tags", "off")


def _committed(case: Case) -> None:
    _new(case)
    case.must("commit", "-m", "first")


def _edited(case: Case) -> None:
    _committed(case)
    edit(case.top)


def _deleted(case: Case) -> None:
    """A directory and a file are gone, which no commit says."""
    _committed(case)
    shutil.rmtree(f"{case.top}/docs")
    os.unlink(f"{case.top}/to-go.txt")


def _deleted_and_committed(case: Case) -> None:
    _deleted(case)
    case.must("commit", "-m", "without docs")


def _received(case: Case) -> None:
    """Another repository confirmed everywhere what is lost here too, and its commit is the head."""
    _deleted_and_committed(case)
    tree = Tree.opened(case.top)
    other = copied(tree, "other")
    case.must("-C", other.top, "confirm", "--everywhere", *_GONE)
    follow_head(tree, other)


def _expiring(case: Case) -> None:
    """What the last commit but one lost is to go."""
    _deleted_and_committed(case)
    case.must("config", "set", "keep.expire-after-commits", "1")
    with open(f"{case.top}/notes.txt", "a") as file:
        file.write("more")
    os.utime(f"{case.top}/notes.txt", (1, 1))
    case.must("commit", "-m", "more")


def _unkept(case: Case) -> None:
    """Nothing is kept yet, and from now on everything is."""
    _new(case)
    case.must("config", "set", "keep.mode", "off")
    case.must("commit", "-m", "first")
    edit(case.top)
    case.must("config", "set", "keep.mode", "link")


def _without_cache(case: Case) -> None:
    _edited(case)
    for name in os.listdir(f"{case.top}/.annexish"):
        if name.startswith("cache.sqlite"):
            os.unlink(f"{case.top}/.annexish/{name}")


def _many_packs(case: Case) -> None:
    _committed(case)
    for number in range(24):
        with open(f"{case.top}/notes.txt", "a") as file:
            file.write(f"{number}")
        os.utime(f"{case.top}/notes.txt", (number, number))
        case.must("commit", "-m", f"number {number}")
    edit(case.top)


def _reshaped(case: Case) -> None:
    """Two commits, with all that can be between them: moves, swaps, deletions, edits, another kind of thing."""
    _new(case)
    case.must("config", "set", "keep.copy-below", "1000")
    case.must("commit", "-m", "first")
    edit(case.top)
    reshape(case.top)
    case.must("commit", "-m", "second")


def _to_advance(case: Case) -> None:
    """A commit waits that follows the head, with the first snapshot, of which one content is nowhere."""
    _reshaped(case)
    forgotten = blake3(b"nobody needs this").hexdigest()
    os.unlink(f"{case.top}/.annexish/keep/{forgotten[:2]}/{forgotten[2:]}")
    make_next(case.top, "HEAD~1", "HEAD~1")


def _to_advance_in_part(case: Case) -> None:
    """The same where a part is held: something leaves it, something comes, and what is in it moves."""
    _reshaped(case)
    tree = Tree.opened(case.top)
    hold(tree, scope(tree, ["empty/music/album", "docs", "photos", "*.jpg"], ["photos/best.jpg"], ["docs/two.txt"]))
    make_next(case.top, "HEAD~1", "HEAD~1")


def _fetched(case: Case) -> None:
    """What another repository made of the first commit is known here: moves, edits, new files, deletions."""
    _new(case)
    draw(case.top, {"lines.txt": "1\n2\n3\n4\n5\n"})
    settle(case.top, "lines.txt")
    case.must("commit", "-m", "first")
    tree = Tree.opened(case.top)
    other = copied(tree, "other")
    rename_repository(other, tree.repository.id)
    os.rename(f"{other.top}/docs", f"{other.top}/papers")
    for path in ("edited.txt", "lines.txt", "notes.txt"):
        os.unlink(f"{other.top}/{path}")
    draw(
        other.top, {"edited.txt": "edited there", "lines.txt": "1\n2\n3\n4\n5 there\n", "papers": {"new": "new there"}}
    )
    for path in ("edited.txt", "lines.txt", "papers/new"):
        settle(other.top, path, 2)
    case.must("-C", other.top, "commit", "-m", "there")
    next_second()
    fetch(tree, other)
    carry(other, tree)


def _to_merge(case: Case) -> None:
    """Both sides changed much, one file differently, another in different lines; something is not committed."""
    _fetched(case)
    edit(case.top)
    os.unlink(f"{case.top}/lines.txt")
    draw(case.top, {"lines.txt": "1 here\n2\n3\n4\n5\n"})
    settle(case.top, "lines.txt", 1)
    case.must("commit", "-m", "here")
    draw(case.top, {"late.txt": "late"})
    settle(case.top, "late.txt", 2)


def _to_resolve(case: Case) -> None:
    """What both sides edited lies there twice, and something is not committed."""
    _to_merge(case)
    assert case.run(*_MERGE).code == CONFLICTS
    draw(case.top, {"late.txt": "later"})
    settle(case.top, "late.txt", 3)


def _reshaped_and_edited(case: Case) -> None:
    """What is not committed when a restore or an undo begins is committed first."""
    _reshaped(case)
    draw(case.top, {"late.txt": "late"})
    settle(case.top, "late.txt", 2)


def _cloned(case: Case) -> None:
    """Another repository holds everything too."""
    _committed(case)
    case.must("clone", case.top, f"{case.at}/other")
    case.must("remote", "add", "other", f"{case.at}/other")


def _written_in_place(case: Case) -> None:
    """A program wrote into a file whose other name is in the keep; another file has the former content."""
    _new(case)
    shutil.copyfile(f"{case.top}/music/cover.jpg", f"{case.top}/photos/cover.jpg")
    settle(case.top, "photos/cover.jpg")
    case.must("commit", "-m", "first")
    for path in ("music/cover.jpg", "notes.txt"):
        with open(f"{case.top}/{path}", "r+") as file:
            file.write("in place")
        settle(case.top, path, 1)


def _rotten(case: Case) -> None:
    """A file has other bytes, which no record shows; another file has the right ones."""
    _new(case)
    shutil.copyfile(f"{case.top}/music/cover.jpg", f"{case.top}/photos/cover.jpg")
    settle(case.top, "photos/cover.jpg")
    case.must("commit", "-m", "first")
    rot(case.top, "music/cover.jpg")


def _rotten_alone(case: Case) -> None:
    """The same, and only another repository has the right ones."""
    _cloned(case)
    rot(case.top, "music/cover.jpg")


def _source(case: Case) -> None:
    """A repository beside the tree, which is an empty directory."""
    other = str(case.at / "other")
    draw_first(other)
    for words in (("init", "--name", "other"), ("config", "set", "media.tags", "off"), ("commit", "-m", "first")):
        case.must("-C", other, *words)
    edit(other)
    case.must("-C", other, "commit", "-m", "second")


def _without_content(case: Case) -> None:
    """A clone of the history alone."""
    _source(case)
    case.must("clone", "--no-content", "../other", ".")
    case.must("config", "set", "scan.processes", "1")


def _to_sync(case: Case) -> None:
    """The tree and another repository, one of which was cloned from the other one; both changed, and not committed."""
    _new(case)
    case.must("commit", "-m", "first")
    other = str(case.at / "other")
    case.must("clone", ".", "../other")
    case.must("remote", "add", "other", "../other")
    for key, value in (("scan.processes", "1"), ("media.tags", "off")):
        case.must("-C", other, "config", "set", key, value)
    edit(other)
    os.rename(f"{case.top}/photos", f"{case.top}/pictures")
    os.unlink(f"{case.top}/notes.txt")
    draw(case.top, {"late.txt": "late"})
    settle(case.top, "late.txt", 2)
    next_second()


_NEXT = ("commit", "-m", "next")
_GONE = ("docs", "to-go.txt")
_MERGE = ("merge", "refs/remotes/other/main")

OPERATIONS = (
    Operation("init", _plain, ("init", "--name", "tried"), founding=True),
    Operation("config", _committed, ("config", "set", "user.name", "Ada")),
    Operation("first commit", _new, ("commit", "-m", "first")),
    Operation("commit", _edited, ("commit", "-m", "second")),
    Operation("commit of a part", _edited, ("commit", "-m", "second", "sound", "edited.txt")),
    Operation("commit without cache", _without_cache, ("commit", "-m", "second")),
    Operation("commit of what was written in place", _written_in_place, ("commit", "-m", "second")),
    Operation("commit of what was not kept", _unkept, ("commit", "-m", "second")),
    Operation("recover", _deleted, ("recover", *_GONE), repeated=1, then=_NEXT),
    Operation("recover what a commit deleted", _deleted_and_committed, ("recover", *_GONE), repeated=1, then=_NEXT),
    Operation("recover beside", _reshaped, ("recover", "superseded.txt", "photos"), then=_NEXT),
    Operation("recover to", _reshaped, ("recover", "--at", ":/^first", "--to", "out", "docs", "music"), then=_NEXT),
    Operation("restore", _reshaped, ("restore", ":/^first"), then=_NEXT),
    Operation("restore of a part", _reshaped_and_edited, ("restore", ":/^first", "music", "plan"), then=_NEXT),
    Operation("advance", _to_advance, (DOOR, "advance"), repeated=3, then=_NEXT, recorded="merge"),
    Operation("advance where a part is held", _to_advance_in_part, (DOOR, "advance"), then=_NEXT, recorded="merge"),
    Operation("merge", _to_merge, _MERGE, then=_NEXT),
    Operation("merge of what is ahead", _fetched, _MERGE, then=_NEXT),
    Operation("resolve", _to_resolve, ("resolve", ".", "--ours"), repeated=1, then=_NEXT),
    Operation("restore to", _reshaped, ("restore", ":/^first", "--to", "../out"), repeated=5, beside="out"),
    Operation("view", _reshaped, ("view", ":/^first", "../out"), repeated=5, beside="out"),
    Operation("undo", _reshaped_and_edited, ("undo", "2"), repeated=3, then=_NEXT),
    Operation("clone", _source, ("clone", "../other", "."), founding=True),
    Operation("get", _without_content, ("get", ".")),
    Operation("sync", _to_sync, ("sync",), then=_NEXT),
    Operation("sync that comes from elsewhere", _to_sync, ("-C", "../other", "sync"), then=_NEXT, recorded="sync"),
    Operation("verify and repair", _rotten, ("verify", "--repair"), slow=True),
    Operation("verify and repair from elsewhere", _rotten_alone, ("verify", "--repair"), slow=True),
    Operation("confirm", _deleted_and_committed, ("confirm", "docs", "to-go.txt"), forgets=True, repeated=1),
    Operation(
        "confirm everywhere", _deleted_and_committed, ("confirm", "--everywhere", *_GONE), forgets=True, repeated=1
    ),
    Operation("confirm what was received", _received, ("confirm", "--received"), forgets=True),
    Operation("commit that confirms", _deleted, ("commit", "--confirm", "-m", "second"), forgets=True),
    Operation("drop", _cloned, ("drop", "docs", "notes.txt"), forgets=True),
    Operation("drop of everything", _cloned, ("drop", "."), forgets=True),
    Operation("expire", _expiring, ("expire",), forgets=True),
    Operation("commit that joins packs", _many_packs, ("commit", "-m", "joining"), slow=True),
)
