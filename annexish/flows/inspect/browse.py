"""Look at what was recorded: log, show, diff, ls."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry, path_of, walk
from annexish.errors import Missing
from annexish.flows.commit.changes import Changes
from annexish.flows.inspect.status import compare_with
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import commit_at, resolve, when
from annexish.flows.state.presence import Presence
from annexish.flows.state.state import State
from annexish.history.log import newest_first
from annexish.model.change import content_of, metadata_of
from annexish.model.commit import Commit
from annexish.model.entry import Entry
from annexish.model.ids import TreeId
from annexish.model.path import RepoPath
from annexish.model.report import Difference, Listed, Progress, Shown, Status
from annexish.store.history import History, Nodes


def log(
    place: Place, revision: str, *, number: int | None, follow: RepoPath | None, grep: str | None, since: str | None
) -> Iterator[Commit]:
    """Yield commits, children before parents, newest first."""
    history = place.history
    if place.head() is None and revision == "HEAD":
        return iter(())
    commits: Iterator[Commit] = newest_first([resolve(history, revision)], history.commit)
    if since is not None:
        start = when(since, end=False)
        commits = (commit for commit in commits if commit.author.time >= start)
    if follow is not None:
        commits = _following(history, commits, commit_at(history, revision), follow)
    if grep is not None:
        wanted = grep.casefold()
        commits = (commit for commit in commits if wanted in commit.message.casefold())
    return islice(commits, number)


def _following(history: History, commits: Iterator[Commit], start: Commit, path: RepoPath) -> Iterator[Commit]:
    """Keep the commits that changed one object, wherever it was: those where it differs from every parent."""
    load = Nodes(history)
    found = find_entry(load, start.tree, path, nibbles)
    if found is None:
        raise Missing(f"there is no {path.decode(errors='replace')!r} in {start.id[:12]}")
    wanted = found[0].ids[0]
    near: RepoPath | None = path
    seen: dict[TreeId, tuple[RepoPath, Entry] | None] = {}

    def at(tree: TreeId) -> tuple[RepoPath, Entry] | None:
        nonlocal near
        if tree not in seen:
            place = path_of(load, tree, wanted, near, nibbles)
            entry = find_entry(load, tree, place, nibbles) if place is not None else None
            seen[tree] = (place, entry[0]) if place is not None and entry else None
            near = place or near
        return seen[tree]

    for commit in commits:
        now = at(commit.tree)
        before = [at(history.commit(parent).tree) for parent in commit.parents]
        if all(_differs(now, then) for then in before) and not (now is None and not before):
            yield commit


def _differs(now: tuple[RepoPath, Entry] | None, then: tuple[RepoPath, Entry] | None) -> bool:
    if now is None or then is None:
        return now is not then
    return now[0] != then[0] or content_of(now[1]) != content_of(then[1]) or metadata_of(now[1]) != metadata_of(then[1])


def show(place: Place, revision: str) -> Shown:
    """Return a commit and what it changed against its first parent."""
    history = place.history
    commit = commit_at(history, revision)
    before = history.commit(commit.parents[0]).tree if commit.parents else None
    changes = Changes(Nodes(history), before, commit.tree, ())
    return Shown(commit, Difference(changes, changes.counts))


def diff(place: Place, before: str, after: str | None, paths: Sequence[RepoPath], progress: Progress | None) -> Status:
    """Compare two snapshots, or a snapshot and the working tree."""
    history = place.history
    start = None if before == "HEAD" and place.head() is None else commit_at(history, before)
    tree = start.tree if start else None
    end = commit_at(history, after) if after is not None else None
    _require(place, [each for each in (tree, end and end.tree) if each], paths)
    if end is None:
        return compare_with(State(place), tree, paths, ignored=False, progress=progress)
    changes = Changes(Nodes(history), tree, end.tree, paths)
    return Status(end.id, Difference(changes, changes.counts), (), (), 0)


def _require(place: Place, trees: Sequence[TreeId], paths: Sequence[RepoPath]) -> None:
    """Raise Missing for a path that is nowhere: it may be a revision that is not spelled right."""
    load = Nodes(place.history)
    for path in paths:
        here = os.path.lexists(os.path.join(place.root, path))
        if not here and all(find_entry(load, tree, path, nibbles) is None for tree in trees):
            raise Missing(
                f"there is no {os.fsdecode(path)!r}, neither as a revision nor as a path here or in what is compared",
                hint="`annexish log` lists revisions",
            )


def ls(place: Place, revision: str, paths: Iterable[RepoPath], *, recursive: bool) -> Iterator[Listed]:
    """Yield a snapshot in tree order: of each path the entry itself if it is no directory, else what is in it."""
    history = place.history
    if revision == "HEAD" and place.head() is None:
        return iter(())
    tree = commit_at(history, revision).tree
    return _listed(place, Held(Nodes(history)), tree, paths or (RepoPath(b""),), recursive=recursive)


def _listed(place: Place, load: Held, tree: TreeId, paths: Iterable[RepoPath], *, recursive: bool) -> Iterator[Listed]:
    with closing(Presence(place, load)) as present:
        yield from _inside(load, tree, paths, present, recursive=recursive)


def _inside(
    load: Held, tree: TreeId, paths: Iterable[RepoPath], present: Presence, *, recursive: bool
) -> Iterator[Listed]:
    for path in paths:
        found = find_entry(load, tree, path, nibbles)
        if found is None:
            raise Missing(f"there is no {path.decode(errors='replace')!r} in this snapshot")
        entry, below = found
        if below is None:
            yield Listed(path, entry, present(path, entry))
            continue
        for at, inside in walk(load, below, path, recursive=recursive):
            yield Listed(at, inside, present(at, inside))
