"""A confirmation for every repository: a commit of the same snapshot that names the losses."""

from __future__ import annotations

from collections.abc import Sequence

from annexish.codec.confirmed import encode_confirmed
from annexish.codec.messages import CONFIRMS
from annexish.codec.trees import with_confirmed
from annexish.errors import Unreachable
from annexish.flows.losses.meant import LossIds, meant_by
from annexish.flows.losses.release import Chosen, Net
from annexish.flows.place.author import Signing, author, signed
from annexish.flows.place.operations import record
from annexish.flows.place.place import Place
from annexish.model.ids import BlobId, CommitId, LossId, TreeId
from annexish.store.pack import PackWriter

PENDING, DONE = {"confirm": "everywhere"}, {"confirm": "off"}
"""What the cache remembers while the losses that its commit confirms are still here, and when they are gone."""


def publish(net: Net, chosen: Sequence[Chosen]) -> CommitId | None:
    """Commit that losses are confirmed in every repository; None if there is nothing to say.

    An object that lost the same content in another commit too, which is not confirmed, is not named.
    """
    if net.trouble is not None:
        raise Unreachable(
            f"a confirmation for every repository is a commit, and that cannot be written: {net.trouble}",
            hint="confirm something without --everywhere first, which makes room",
        )
    losses, number = _for_all(net, chosen)
    return _commit(net, losses, number) if losses else None


def finish(place: Place) -> None:
    """Let go of what the last commit confirms, which was killed before it did; the writers' lock is held."""
    with Net(place) as net:
        assert net.head is not None, "there is a confirmation"
        done = net.release(meant_by(net, [net.head]), (), dry_run=False, facts=DONE)
        parent = net.history.commit(net.head).parents[0]
        record(place, "confirm", f"{len(done.lost)} losses everywhere", (parent, net.head))


def _for_all(net: Net, chosen: Sequence[Chosen]) -> tuple[set[LossId], int]:
    """Return what the losses are called everywhere, and how many of them can be named so."""
    ids = LossIds(net.history)
    named = [ids(one.loss) for one in chosen]
    losses = {id for each in named for id in each}
    digests, numbers = {digest for _, digest in losses}, {one.number for one in chosen}
    for number, loss in net.losses.numbered():
        if number not in numbers and loss.digest in digests:
            losses.difference_update(ids(loss))
    return losses, sum(not losses.isdisjoint(each) for each in named)


def _commit(net: Net, losses: set[LossId], number: int) -> CommitId:
    """Write in the order of every commit: the pack, the cache, the head."""
    assert net.head is not None, "what is lost was committed"
    assert net.tree is not None, "a commit has a snapshot"
    place, history = net.place, net.history
    message = f"confirm {number} loss{'es' * (number != 1)}"
    pack = PackWriter(history.packs)
    try:
        blob = BlobId(pack.put(b"blob", encode_confirmed(losses)))
        tree = TreeId(pack.put(b"tree", with_confirmed(history.tree(net.tree), blob)))
        confirmation = Signing(tree, (net.head,), message, {CONFIRMS: number})
        commit = CommitId(pack.put(b"commit", signed(place, confirmation, author(place))).hex())
        pack.publish()
    except BaseException:
        pack.abandon()
        raise
    net.cache.begin()
    net.cache.finish({"commit": commit, **PENDING})
    history.refresh()
    history.move_head(commit, f"commit: {message}")
    return commit
