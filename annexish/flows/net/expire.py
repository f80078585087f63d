"""Let go of what the settings no longer hold."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from annexish.flows.losses.losses import first_parents
from annexish.flows.losses.release import Chosen, Net
from annexish.flows.net.net import locked_net
from annexish.flows.place.place import Place
from annexish.model.ids import CommitId, Digest
from annexish.model.report import Released
from annexish.plan.retention import Moment, Rules, Version, expired, rules_of, space_needed
from annexish.store.losses import Loss


def expire(place: Place, *, dry_run: bool) -> Released:
    """Let go of losses by the rules that are set; without rules nothing is let go."""
    rules = rules_of(place.settings.get)
    if rules is None:
        return Released([], 0, 0, 0)
    clock = int(time.time())
    with locked_net(place) as net:
        if net.head is None:
            return Released([], 0, 0, 0)
        chain = list(first_parents(net.history, net.head))
        order = {commit.id: number for number, commit in enumerate(chain)}
        rows = list(net.losses.numbered())
        rows.sort(key=lambda row: order.get(row[1].commit, len(chain) - 1))
        disk = os.statvfs(place.control)
        times = [commit.author.time for commit in chain]
        moment = Moment(clock, times, disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize)
        versions = _versions(net, [loss for _, loss in rows], order, rules)
        need = space_needed(versions, rules, moment)
        if need is not None and not need[0]:
            return Released([], 0, 0, 0)
        orphans = list(net.orphans(clock, ever=True))
        moment = moment._replace(free=moment.free + sum(_allocated(net, digest) for digest in orphans))
        chosen = [Chosen(*rows[one.position], one.why) for one in expired(versions, rules, moment)]
        done = net.release(chosen, orphans, dry_run=dry_run)
        if not dry_run and (done.lost or done.contents):
            net.record("expire", f"{len(done.lost)} losses, {done.contents} contents")
        return done


def _versions(net: Net, losses: Sequence[Loss], order: dict[CommitId, int], rules: Rules) -> list[Version]:
    """Return losses as rules see them; a loss by a commit beside the line of the head is as new as can be."""
    takes_space: set[Digest] = set()
    if rules.max_share is not None or rules.min_free is not None:
        takes_space = net.unheld({loss.digest for loss in losses if loss.digest and loss.size})
    return [
        Version(
            loss.path,
            order.get(loss.commit, len(order) - 1),
            loss.time,
            loss.digest,
            _allocated(net, loss.digest) if loss.digest in takes_space else 0,
        )
        for loss in losses
    ]


def _allocated(net: Net, digest: Digest | None) -> int:
    """Return the bytes that taking a name away frees."""
    kept = net.kept(digest) if digest else None
    return kept.allocated if kept and kept.names == 1 else 0
