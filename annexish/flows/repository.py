"""The library's door: one method for each journey, plain values in and out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from annexish.flows.place import place as places
from annexish.flows.place.create import create
from annexish.model.path import TOP, RepoPath

if TYPE_CHECKING:
    from annexish.flows.contents.fill import Filled
    from annexish.flows.recover.extract import Tell
    from annexish.flows.sync.clone import Cloned
    from annexish.flows.sync.drop import Dropped
    from annexish.flows.sync.scope import Scoped
    from annexish.flows.sync.sync import Synced
    from annexish.model.commit import Commit
    from annexish.model.copies import Risk, Safety, Whereabouts
    from annexish.model.remotes import Known
    from annexish.model.report import (
        Committed,
        Described,
        Difference,
        Finding,
        Listed,
        Lost,
        MergeDone,
        Open,
        Operation,
        Progress,
        Recovered,
        Released,
        Resolved,
        Restored,
        Shown,
        Status,
        Undone,
        Verified,
    )
    from annexish.model.scope import Scope

Directory = str | bytes | os.PathLike[str]


class Repository:
    """One working tree with its `.annexish` directory.

    Paths go in and come out as `bytes`, relative to the root (`RepoPath`).
    Revisions are what `git rev-parse` knows, or `@{2026-11-01}`.
    Each journey imports what it needs when it starts, because starting is most of the time that small ones take.
    """

    def __init__(self, place: places.Place) -> None:
        self._place = place
        self.root = place.root
        self.id, self.name = place.identity()

    @classmethod
    def init(cls, directory: Directory = ".", *, name: str | None = None) -> Repository:
        """Make a directory a repository; files that are there are untouched. Created if missing."""
        return cls(create(os.fsencode(directory), name))

    @classmethod
    def find(cls, start: Directory = ".") -> Repository:
        """Open the repository that `start` is in; raise Missing if it is in none."""
        return cls(places.find(os.fsencode(start)))

    @classmethod
    def clone(  # noqa: PLR0913 - options, most of them rare
        cls,
        source: str,
        directory: Directory,
        *,
        only: Iterable[bytes] = (),
        without: Iterable[bytes] = (),
        name: str | None = None,
        content: bool = True,
        program: str = "",
        limit: int = 0,
        tell: Tell | None = None,
        progress: Progress | None = None,
    ) -> tuple[Repository, Cloned]:
        """Make a repository with the history of another one, and the files in scope; or finish one that was begun.

        `only` and `without` are paths and patterns with wildcards; without `content` nothing is fetched until `get`.
        `program` is what annexish is called on the other machine, if the source is on one; `limit` is how many bytes a
        second may come from there, 0 for as many as can.
        """
        from annexish.flows.contents.fill import Manner
        from annexish.flows.remotes import remotes
        from annexish.flows.sync.clone import ORIGIN, Request, clone
        from annexish.model.remotes import Known

        request = Request(
            source,
            os.fsencode(directory),
            tuple(only),
            tuple(without),
            name,
            content,
            Manner(tell, progress, limit),
            program,
        )
        if remotes.is_hub(Known(ORIGIN, source)):
            from annexish.flows.sync.hub_clone import clone_hub

            done = clone_hub(request)
        else:
            done = clone(request)
        return cls(done.place), done

    def sync(
        self,
        remotes: Iterable[str] = (),
        *,
        commit: bool = True,
        content: bool = True,
        adopt: bool = False,
        allow_mass_deletion: bool = False,
        dry_run: bool = False,
        limit: int = 0,
        progress: Progress | None = None,
    ) -> Synced:
        """Become equal with remotes, each side within its scope; without names with all of them.

        With `dry_run` only histories are fetched, and the steps are what would be done.
        `limit` is how many bytes a second may pass over each connection, 0 for as many as can.

        Both sides commit first, unless `commit` is False: then what is not committed stays as it is, and is named.
        Raise Refused when most of the files would go on either side, unless `allow_mass_deletion`.
        """
        from annexish.flows.contents.fill import Manner
        from annexish.flows.sync.sync import Request, sync

        manner = Manner(progress=progress, rate=limit)
        request = Request(
            tuple(remotes),
            commit=commit,
            content=content,
            adopt=adopt,
            allow_mass_deletion=allow_mass_deletion,
            manner=manner,
        )
        if dry_run:
            from annexish.flows.sync.preview import preview

            return preview(self._place, request)
        return sync(self._place, request)

    def get(
        self,
        paths: Iterable[RepoPath],
        *,
        limit: int = 0,
        tell: Tell | None = None,
        progress: Progress | None = None,
    ) -> Filled:
        """Fetch the absent contents at and below paths from the remotes that answer; they are wanted from now on.

        `limit` is how many bytes a second may come from each, 0 for as many as can.
        """
        from annexish.flows.contents.fill import Manner
        from annexish.flows.sync.get import get

        return get(self._place, tuple(paths), Manner(tell, progress, limit))

    def scope(self) -> Scope:
        """Return which part of the files is wanted here."""
        from annexish.flows.sync.scope import show

        return show(self._place)

    def scope_change(
        self,
        word: str,
        only: Iterable[bytes] = (),
        without: Iterable[bytes] = (),
        *,
        tell: Tell | None = None,
        progress: Progress | None = None,
    ) -> Scoped:
        """Want another part, and fetch what is wanted now; `word` is `set`, `add` or `remove`.

        `only` and `without` are paths and patterns with wildcards, from the root.
        Raise Missing for one that matches nothing in the last commit.
        """
        from annexish.flows.contents.fill import Manner
        from annexish.flows.sync.scope import Asked, change

        return change(self._place, Asked(word, tuple(only), tuple(without)), Manner(tell, progress))

    def drop(
        self,
        paths: Iterable[RepoPath],
        *,
        copies: int | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Dropped:
        """Let the contents at and below paths go here, as far as enough remotes prove now that they hold them.

        `copies` is how many; without it the setting `copies.minimum` says so.
        """
        from annexish.flows.sync.drop import Request, drop

        return drop(self._place, Request(tuple(paths), copies, dry_run, progress))

    def describe(self) -> Described:
        """Return where the repository is and what it is called."""
        from annexish.model.report import Described

        return Described(self.root, self.id, self.name)

    def status(
        self, paths: Iterable[RepoPath] = (), *, ignored: bool = False, progress: Progress | None = None
    ) -> Status:
        """Return what a commit would record; with `ignored` also what is left out."""
        from annexish.flows.inspect.status import status

        return status(self._place, paths, ignored=ignored, progress=progress)

    def commit(
        self,
        message: str,
        paths: Iterable[RepoPath] = (),
        *,
        confirm: bool = False,
        allow_mass_deletion: bool = False,
        progress: Progress | None = None,
    ) -> Committed:
        """Record the working tree, or only `paths` and the other ends of their moves; `confirm` what that loses.

        Raise Refused when most of the files are gone, unless `allow_mass_deletion`.
        """
        from annexish.flows.commit.commit import Request, commit

        done = commit(self._place, Request(message, tuple(paths), allow_mass_deletion, progress, confirm))
        if not confirm:
            return done
        from annexish.flows.recover.confirm import confirm_commit

        confirmed = confirm_commit(self._place, done.commit)
        stays = confirmed.problems if confirmed else ()
        return done._replace(confirmed=confirmed, problems=(*done.problems, *stays))

    def confirm(
        self,
        paths: Iterable[RepoPath] = (),
        *,
        commit: str | None = None,
        everywhere: bool = False,
        dry_run: bool = False,
    ) -> Released:
        """Say that losses were meant, and free the space that they take; `everywhere`: a commit says it to all.

        Those at and below `paths`, those of one `commit`, those that are both; or, with neither, all.
        Raise Missing if a path or the commit has none.
        """
        from annexish.flows.recover.confirm import confirm

        return confirm(self._place, tuple(paths), commit, everywhere=everywhere, dry_run=dry_run)

    def confirm_received(self, *, allow_mass_deletion: bool = False, dry_run: bool = False) -> Released:
        """Carry out here what other repositories confirmed everywhere, as far as their commits are in the head.

        Raise Refused when that is more than the setting `guard.max_deletions` lets go, unless `allow_mass_deletion`.
        """
        from annexish.flows.net.received import confirm_received

        return confirm_received(self._place, allow_mass_deletion=allow_mass_deletion, dry_run=dry_run)

    def expire(self, *, dry_run: bool = False) -> Released:
        """Let go of the losses that the settings `keep.*` do not hold any more; by default they hold all."""
        from annexish.flows.net.expire import expire

        return expire(self._place, dry_run=dry_run)

    def verify(
        self,
        paths: Iterable[RepoPath] = (),
        *,
        budget_seconds: float | None = None,
        budget_bytes: int | None = None,
        repair: bool = False,
        remote: str | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        """Read contents, least recently verified first, and compare them with what was recorded.

        No new file is started when a budget is used up. Without paths the keep, the history and the
        stat cache are checked too. With `repair` what is rotten is healed from a good copy here, else from one that a
        remote has. With a `remote` all this is done there, and what has no good copy there is healed from here.
        """
        from annexish.flows.remotes.lenders import lenders_of
        from annexish.flows.remotes.verify_there import verify_there
        from annexish.flows.verify.verify import Request, verify
        from annexish.model.budget import Budget

        budget = Budget(budget_seconds, budget_bytes)
        request = Request(tuple(paths), budget, repair, progress, lenders_of(self._place))
        return verify(self._place, request) if remote is None else verify_there(self._place, remote, request)

    def log(
        self,
        revision: str = "HEAD",
        *,
        number: int | None = None,
        follow: RepoPath | None = None,
        grep: str | None = None,
        since: str | None = None,
    ) -> Iterator[Commit]:
        """Yield commits, children before parents, newest first; with `follow` those that changed one object."""
        from annexish.flows.inspect.browse import log

        return log(self._place, revision, number=number, follow=follow, grep=grep, since=since)

    def show(self, revision: str = "HEAD") -> Shown:
        """Return a commit and what it changed against its first parent."""
        from annexish.flows.inspect.browse import show

        return show(self._place, revision)

    def diff(
        self,
        before: str = "HEAD",
        after: str | None = None,
        paths: Iterable[RepoPath] = (),
        *,
        progress: Progress | None = None,
    ) -> Status:
        """Compare two snapshots, or (`after` None) a snapshot and the working tree."""
        from annexish.flows.inspect.browse import diff

        return diff(self._place, before, after, tuple(paths), progress)

    def ls(
        self, revision: str = "HEAD", paths: Iterable[RepoPath] = (), *, recursive: bool = False
    ) -> Iterator[Listed]:
        """Yield a snapshot in tree order: of each path the entry itself if it is no directory, else what is in it.

        `paths` may be an iterator: it is asked for the next path when what is at the last one was yielded.
        """
        from annexish.flows.inspect.browse import ls

        return ls(self._place, revision, paths, recursive=recursive)

    def lost(self, paths: Iterable[RepoPath] = (), *, progress: Progress | None = None) -> Iterator[Lost]:
        """Yield what was deleted or overwritten and not confirmed: what no commit recorded yet, then newest first."""
        from annexish.flows.inspect.lost import lost

        return lost(self._place, tuple(paths), progress)

    def recover(
        self,
        paths: Iterable[RepoPath] = (),
        *,
        at: str | None = None,
        to: Directory | None = None,
        progress: Progress | None = None,
    ) -> Recovered:
        """Bring back what is lost at or below `paths`, or what they were `at` a revision; to its place, or into `to`.

        Nothing is overwritten: where other bytes are, it gets a name beside them. Raise Missing if there is nothing.
        """
        from annexish.flows.recover.recover import recover

        return recover(self._place, tuple(paths), at=at, to=None if to is None else os.fsencode(to), progress=progress)

    def merge(
        self,
        revision: str,
        *,
        adopt: bool = False,
        dry_run: bool = False,
        allow_mass_deletion: bool = False,
        progress: Progress | None = None,
    ) -> MergeDone:
        """Merge a head of the history into this one; with `adopt` one that has nothing in common with it.

        What is not committed is committed first. With `dry_run` nothing is written, and `changes` is the plan.
        Raise Refused when most of the files would go, unless `allow_mass_deletion`, and for unrelated histories;
        a plan says the former in `refused`.
        """
        from annexish.flows.merge.merge import Request, merge, plan

        request = Request(revision, adopt, allow_mass_deletion, progress)
        return plan(self._place, request) if dry_run else merge(self._place, request)

    def references(self) -> list[str]:
        """Return the names of the references of the history, sorted: branches, tags and what was fetched."""
        from annexish.store.references import reference_names

        return reference_names(self._place.history.path)

    def conflicts(self, paths: Iterable[RepoPath] = ()) -> Iterator[Open]:
        """Yield what a person has to decide, in tree order; with `paths` what concerns them."""
        from annexish.flows.state.disputes import disputes

        return disputes(self._place, paths)

    def resolve(
        self,
        paths: Iterable[RepoPath],
        choice: str | None = None,
        *,
        label: str | None = None,
        about: str | None = None,
        progress: Progress | None = None,
    ) -> Resolved:
        """Settle the conflicts at and below `paths`: `choice` is ours, theirs, both, base or as-is.

        Instead of a choice, `label` names where the wanted version is from. With `about` only conflicts of a kind.
        Raise Missing if there is none.
        """
        from annexish.flows.merge.choosing import Choice
        from annexish.flows.merge.resolve import Request, resolve
        from annexish.model.conflict import Disagreement

        kind = None if about is None else Disagreement(about)
        wanted = None if choice is None else Choice(choice)
        return resolve(self._place, Request(tuple(paths), wanted, label, kind, progress))

    def operations(self) -> Iterator[Operation]:
        """Yield what was done here, newest first."""
        from annexish.flows.place.operations import operations

        return operations(self._place)

    def undo(self, number: int | None = None, *, progress: Progress | None = None) -> Undone:
        """Take back an operation, the newest one without a number, as a new commit, as far as the bytes allow."""
        from annexish.flows.recover.undo import undo

        return undo(self._place, number, progress)

    def restore(
        self,
        revision: str,
        paths: Iterable[RepoPath] = (),
        *,
        to: Directory,
        dry_run: bool = False,
        tell: Tell | None = None,
        progress: Progress | None = None,
    ) -> Restored:
        """Make the new directory `to` of a snapshot, or of `paths` in it; `tell` hears of each step.

        What could not be brought back is in `problems`. With `dry_run` nothing is written.
        """
        from annexish.flows.recover.elsewhere import plan_elsewhere, restore_elsewhere
        from annexish.flows.recover.extract import Wish

        wish = Wish(revision, tuple(paths), os.fsencode(to), tell, progress)
        return plan_elsewhere(self._place, wish) if dry_run else restore_elsewhere(self._place, wish)

    def restore_here(
        self, revision: str, paths: Iterable[RepoPath] = (), *, progress: Progress | None = None
    ) -> tuple[Committed, Recovered]:
        """Make the working tree, or `paths` of it, equal to a snapshot; the head does not move.

        Return the commit that was made of what was not committed, and what was done.
        """
        from annexish.flows.recover.restore import restore_here

        return restore_here(self._place, revision, tuple(paths), progress)

    def difference_to(
        self, revision: str, paths: Iterable[RepoPath] = (), *, progress: Progress | None = None
    ) -> Difference:
        """Return what `restore_here` would change."""
        from annexish.flows.recover.restore import difference_to

        return difference_to(self._place, revision, tuple(paths), progress)

    def view(
        self,
        revision: str,
        directory: Directory,
        *,
        copy: bool = False,
        tell: Tell | None = None,
        progress: Progress | None = None,
    ) -> Restored:
        """Make the new directory of a snapshot in the time of making links.

        Where there are no reflinks, its files are the kept inodes themselves, unless `copy`: writing to them changes
        what is kept.
        """
        from annexish.flows.recover.extract import Wish
        from annexish.flows.recover.view import view

        return view(self._place, Wish(revision, (), os.fsencode(directory), tell, progress), copy=copy)

    def config_get(self, key: str) -> str:
        """Return a setting; raise Missing for one that does not exist."""
        return self._place.settings.get(key)

    def config_set(self, key: str, value: str) -> None:
        """Set a setting; raise Usage for a value that it does not take.

        `keep.mounts` also makes the keeps; raise Missing or Unreachable where there can be none.
        """
        from annexish.store.lock import Lock

        with Lock(self._place.lock):
            if key == "keep.mounts":
                from annexish.flows.net.mounts import ask

                ask(self._place, value)
            self._place.settings.set(key, value)

    def config_list(self) -> list[tuple[str, str, str]]:
        """Return (key, value, what it is for) of every setting, defaults included, sorted by key."""
        return self._place.settings.all()

    def remotes(self) -> list[Known]:
        """Return the other repositories that are known by name here, sorted."""
        from annexish.flows.remotes.remotes import remotes

        return remotes(self._place)

    def remote_add(self, name: str, url: str, *, start: Directory = ".", program: str = "") -> Known:
        """Note another repository; a path is taken from `start`. Raise Usage for what is no name, or no URL.

        `program` is what annexish is called there, if it is on another machine.
        """
        from annexish.flows.remotes.remotes import add

        return add(self._place, name, url, os.fsencode(start), program)

    def remote_remove(self, name: str) -> Known:
        """Forget a remote; raise Missing if there is none."""
        from annexish.flows.remotes.remotes import remove

        return remove(self._place, name)

    def remote_rename(self, old: str, new: str) -> Known:
        """Call a remote otherwise; raise Missing if there is none."""
        from annexish.flows.remotes.remotes import rename

        return rename(self._place, old, new)

    def whereis(self, paths: Iterable[RepoPath]) -> list[Whereabouts]:
        """Return of each path of the newest commit which repositories hold it, as far as is known here.

        Raise Missing for a path that it has not.
        """
        from annexish.flows.sync.whereis import whereis

        return whereis(self._place, tuple(paths))

    def safe(self, paths: Iterable[RepoPath]) -> list[Safety]:
        """Return of each path of the newest commit whether it may go here: whether enough copies are elsewhere."""
        from annexish.flows.sync.whereis import safe

        return safe(self._place, tuple(paths))

    def at_risk(self, paths: Iterable[RepoPath] = (TOP,)) -> list[Risk]:
        """Return the directories in which something has too few copies elsewhere."""
        from annexish.flows.sync.whereis import at_risk

        return at_risk(self._place, tuple(paths))

    def doctor(self) -> list[Finding]:
        """Return what this file system and set-up can and cannot promise."""
        from annexish.flows.inspect.doctor import doctor

        return doctor(self._place)
