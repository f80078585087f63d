"""The last few nodes, held: who asks for one name of a directory soon asks for the next."""

from __future__ import annotations

from collections import OrderedDict

from annexish.model.ids import TreeId
from annexish.model.node import Load, Node, Save

HELD = 40_000
"""How many entries of nodes are held if nothing else is said, some 20 MiB."""


class Held:
    """Loads nodes, and the same ones again at once; of all nodes together `entries` are held."""

    def __init__(self, load: Load, entries: int = HELD) -> None:
        self._load = load
        self._most = entries
        self._nodes: OrderedDict[TreeId, Node] = OrderedDict()
        self._weight = 0

    def __call__(self, tree: TreeId) -> Node:
        """Return a node."""
        node = self._nodes.get(tree)
        if node is not None:
            self._nodes.move_to_end(tree)
            return node
        node = self._load(tree)
        self._hold(tree, node)
        return node

    def saving(self, save: Save) -> Save:
        """Return what saves nodes and holds them: what was just built is compared next."""

        def saved(node: Node) -> TreeId:
            tree = save(node)
            # of a node that another process finished only the name of its blob is here
            complete = node.entries or node.shards or not node.total
            if complete and tree not in self._nodes:
                self._hold(tree, node)
            return tree

        return saved

    def _hold(self, tree: TreeId, node: Node) -> None:
        self._nodes[tree] = node
        self._weight += len(node.entries) + 8
        while self._weight > self._most and len(self._nodes) > 1:
            self._weight -= len(self._nodes.popitem(last=False)[1].entries) + 8
