"""Carry out here what commits of other repositories confirm for every repository."""

from __future__ import annotations

from collections.abc import Callable

from annexish.errors import Refused
from annexish.flows.losses.meant import meant_by
from annexish.flows.losses.release import Chosen, Net, without_present
from annexish.flows.net.net import locked_net
from annexish.flows.place.place import Place
from annexish.model.ids import CommitId, Digest
from annexish.model.path import TOP
from annexish.model.report import Problem, Released
from annexish.plan.guard import most
from annexish.store.history import Nodes
from annexish.store.holdings import head_reference

_CARRIED_OUT = "received"
"""The key under which the cache has the head up to which all confirmations are carried out."""


def confirm_received(place: Place, *, allow_mass_deletion: bool, dry_run: bool) -> Released:
    """Carry out what was received since the last time; the head is in the history already."""
    with locked_net(place) as net:
        return carry_out(net, allow_mass_deletion=allow_mass_deletion, dry_run=dry_run)


def carry_out_lawful(place: Place) -> tuple[Released | None, tuple[Problem, ...]]:
    """The same while the writers' lock is held; more than the guard allows is left, and said."""
    with Net(place) as net:
        try:
            return carry_out(net, allow_mass_deletion=False), ()
        except Refused as refused:
            hint = "`annexish confirm --received --dry-run` lists them"
            return None, (Problem(TOP, "note", f"{refused}: {hint}"),)


def carry_out(net: Net, *, allow_mass_deletion: bool, dry_run: bool = False) -> Released:
    """Let go of what confirms the way to the head of the net, as far as it is new.

    What another head that is known here still holds waits, and is looked at again the next time.
    A cache that was lost has forgotten what was carried out: all of it is again, and finds what is there.
    Raise Refused if more goes than `guard.max_deletions` says, unless `allow_mass_deletion`; then nothing is done.
    """
    known, head = net.cache.meta(_CARRIED_OUT), net.head
    if head is None or known == head:
        return Released([], 0, 0, 0)
    found = meant_by(net, net.history.since(CommitId(known) if known else None, head))
    waiting = _held_by_others(net, found)
    chosen = [one for one in found if one.loss.digest not in waiting]
    agree = None if allow_mass_deletion or dry_run else _guard(net)
    facts = {} if waiting else {_CARRIED_OUT: head}
    done = net.release(chosen, (), dry_run=dry_run, agree=agree, facts=facts)
    if chosen and not dry_run:
        net.record("receive", f"{len(chosen)} losses that were confirmed everywhere")
    return done._replace(waiting=len(waiting))


def _held_by_others(net: Net, found: list[Chosen]) -> set[Digest]:
    """Return the contents that are not here any more but are in a snapshot that another head names."""
    mine = net.unheld({one.loss.digest for one in found if one.loss.digest and one.loss.size})
    nodes, left = Nodes(net.history), mine
    # what this repository told others of its own head is older than the head
    heads = net.history.heads(but=head_reference(net.place.identity()[0]))
    for tree in {net.history.commit(head).tree for head in heads} - {net.tree}:
        left = without_present(nodes, tree, left)
    return mine - left


def _guard(net: Net) -> Callable[[int], None]:
    files = int(net.cache.meta("files") or 0)
    limit = net.place.settings.get("guard.max_deletions")

    def agree(contents: int) -> None:
        if contents > most(files, limit):
            raise Refused(
                f"other repositories confirmed the loss of {contents:,} contents that are kept here",
                hint="look at `annexish confirm --received --dry-run`, then repeat with --allow-mass-deletion",
            )

    return agree
