"""What a commit would record: the same stages, into a store that is thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annexish.flows.changes import Changes
from annexish.flows.past import Past
from annexish.flows.place import Place
from annexish.flows.snapshot import Scan, look, scan_processes, take
from annexish.flows.state import State
from annexish.model.ids import TreeId
from annexish.model.path import RepoPath
from annexish.model.report import Difference, Progress, Status
from annexish.scan.ignore import Rules
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.scratch import Scratch


def scan_of(
    place: Place, *, thorough: bool, list_ignored: bool = False, progress: Progress | None = None
) -> Scan:
    """Return how this repository is scanned, by its settings."""
    settings = place.settings
    rules = Rules(settings.on("scan.one-file-system"), settings.on("scan.cachedir-tag"))
    processes = scan_processes(settings.get("scan.processes"))
    return Scan(place, rules, processes, thorough, list_ignored, progress)


def status(place: Place, paths: Iterable[RepoPath], *, ignored: bool, progress: Progress | None) -> Status:
    """Compare the working tree with the last commit."""
    state = State(place)
    return compare_with(state, state.tree, list(paths), ignored=ignored, progress=progress)


def compare_with(
    state: State, tree: TreeId | None, paths: Sequence[RepoPath], *, ignored: bool, progress: Progress | None
) -> Status:
    """Compare the working tree with any snapshot. The difference holds what it needs until it is forgotten."""
    cache: Cache = state.cache
    sink = Scratch()
    nodes = Nodes(state.history, sink)
    past = Past(cache, nodes)
    scan = scan_of(state.place, thorough=False, list_ignored=ignored, progress=progress)
    found = look(scan, cache, past)
    if len(found.survey) == 0:
        now, problems = state.tree, []
    else:
        taken = take(scan, found, past, nodes, lambda built: None)
        now, problems = taken.tree, taken.problems
    changes = Changes(nodes, tree, now, paths)
    return Status(
        head=state.base,
        difference=Difference(changes, changes.counts),
        problems=tuple(problems),
        ignored=tuple(RepoPath(path) for path in sorted(found.survey.ignored)),
        absent=int(cache.meta("absent") or 0) + found.survey.absent,
    )
