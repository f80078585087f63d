"""Say that losses were meant: the space that they take is freed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from annexish.errors import Missing
from annexish.flows.inspect.status import status
from annexish.flows.losses.everywhere import DONE, publish
from annexish.flows.losses.release import Chosen
from annexish.flows.net.net import locked_net
from annexish.flows.place.place import Place
from annexish.flows.place.revisions import resolve
from annexish.model.ids import CommitId
from annexish.model.path import RepoPath, split
from annexish.model.report import Released


def confirm(
    place: Place, paths: Sequence[RepoPath], revision: str | None, *, everywhere: bool, dry_run: bool
) -> Released:
    """Let go of the losses at and below paths, of one commit, or (neither given) of all, and of contents nobody knows.

    With `everywhere` a commit says first that every repository may.
    Raise Missing if a path or the commit has no loss; then nothing is done.
    """
    commit = None if revision is None else resolve(place.history, revision)
    everything = commit is None and not paths
    asked = frozenset(paths)
    met: set[RepoPath] = set()
    with locked_net(place) as net:
        chosen = []
        for number, loss in net.losses.numbered():
            if commit not in (None, loss.commit):
                continue
            above = asked.intersection(_upwards(loss.path))
            if above or not asked:
                chosen.append(Chosen(number, loss))
                met |= above
        if met == asked and (chosen or everything):
            orphans = list(net.orphans(int(time.time()))) if everything else []
            made = publish(net, chosen) if everywhere and not dry_run else None
            done = net.release(chosen, orphans, dry_run=dry_run, facts=DONE if made else {})
            if not dry_run and (done.lost or done.contents):
                words = [os.fsdecode(path) or "." for path in paths] or ["all"]
                text = f"commit {commit[:10]}" if commit else " ".join(words)
                net.record("confirm", f"{text} everywhere" if made else text, made)
            return done._replace(commit=made)
    raise _nothing(place, sorted(asked - met), commit)


def _upwards(path: RepoPath) -> Iterator[RepoPath]:
    """Yield a path and all above it."""
    yield path
    while path:
        path, _ = split(path)
        yield path


def confirm_commit(place: Place, made: CommitId | None) -> Released | None:
    """Let go of what a commit lost that was just made to be confirmed; None if there was none.

    Without it of what the last commit lost, if that was: a command that was killed in between is finished by the same.
    """
    with locked_net(place) as net:
        commit = made or net.to_confirm
        if commit is None:
            return None
        chosen = [Chosen(number, loss) for number, loss in net.losses.numbered() if loss.commit == commit]
        done = net.release(chosen, (), dry_run=False)
        if chosen:
            net.record("confirm", f"commit {commit[:10]}")
        return done


def _nothing(place: Place, missing: Sequence[RepoPath], commit: CommitId | None) -> Missing:
    if not missing:
        return Missing(f"commit {commit and commit[:10]} has no loss that is not confirmed")
    path = missing[0]
    shown = os.fsdecode(path) or "."
    changes = status(place, [path], ignored=False, progress=None).difference.changes
    if commit is None and any(change.word in ("deleted", "modified", "moved+modified") for change in changes):
        return Missing(
            f"what {shown!r} lost is in no commit yet",
            hint="`annexish commit` records it; then it can be confirmed",
        )
    return Missing(f"{shown!r} has no loss to confirm", hint="`annexish recover --list` names the losses")
