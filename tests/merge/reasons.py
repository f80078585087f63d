"""Why a merge by object and a merge of Git differ at a path: each difference has a row of the table, or is a bug."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from annexish.model.conflict import Conflict
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from tests.merge.git import Said, Tree
from tests.merge.known import Known, parent
from tests.pictures import object_id

FOLLOWED = "goes with its directory, which the other side moved; Git leaves it behind"
STAYS = "put into a directory that is gone, of which less than half went to one place: it stays; Git sends it there"
GUESSED = "Git takes another file for the one that was renamed: it asks only for those that the other side changed"
NO_MARKS = "edited on both sides: both versions, and no marks"
BOTH_ADDED = "two objects want one name: both, and no marks"
TOGETHER = (
    "at one path both sides have the same bytes, but other objects, one of them known: both; Git takes them for one"
)
TWO_PLACES = "moved to two places: one object, where the later side has it"
BOTH_MOVES = "renamed on one side, moved with its directory on the other: both"
DELETED = "deleted on one side and only moved on the other: deleted"
UNEXPLAINED = "unexplained"
DECIDED = {FOLLOWED, STAYS, TOGETHER}
"""Where Git may decide otherwise and asks nobody."""

SENT = "Path updated due to directory rename"


@dataclass(frozen=True)
class Reasons:
    """A merged snapshot (`ours`, with its `entries` and `conflicts`) beside what Git said."""

    base: Tree
    sides: Sequence[Tree]
    ours: Tree
    said: Said
    known: Sequence[Known]
    conflicts: Sequence[Conflict]
    entries: Mapping[str, Entry]

    def of_all(self) -> dict[str, str]:
        """Return the reason of each path that differs."""
        paths = [path for path in self.ours.keys() | self.said.there.keys() if self._differs(path)]
        if not paths:
            return {}
        linked, topics, shared = self._linked(), self._topics(), set(self._shared())
        decided = dict.fromkeys(self._staying(), STAYS) | dict.fromkeys(self._followed(paths), FOLLOWED)
        decided |= dict.fromkeys(self._guessed(), GUESSED)
        reasons = {}
        for path in sorted(paths):
            about = {path}.union(*(linked[id] for id in self._at(path)))
            asked = {topic for id in self._at(path) for topic in topics[id]}
            asked |= {"place"} if any("place" in topics[id] for id in self._above(path)) else set()
            words = {word for word, each in self.said.messages if "CONFLICT" in word and not each.isdisjoint(about)}
            together = not words and asked and not shared.isdisjoint(about)
            reason = TOGETHER if together else _reason(words, asked, there=path in self.ours)
            reasons[path] = decided.get(path) or reason
        return reasons

    def _differs(self, path: str) -> bool:
        return self.ours.get(path) != self.said.there.get(path)

    def _followed(self, paths: Iterable[str]) -> set[str]:
        """Files that are where their directory went, and where Git has them instead."""
        found = set()
        for path in paths:
            if path in self.said.there:
                homes = [home for home in self._homes(path) if self.ours.get(home) == self.said.there[path]]
                found |= {path, *homes} if homes else set()
        return found

    def _staying(self) -> Iterator[str]:
        """Yield the files that are where they were put, and where Git has them instead."""
        for word, paths in self.said.messages:
            for path in paths if word == SENT else ():
                above = parent(path)
                gone = any(above in self.known[0].homes and above not in side.homes for side in self.known[1:])
                if gone and any(self.ours.get(path) == self.said.there.get(to) for to in paths - {path}):
                    yield from paths

    def _shared(self) -> Iterator[str]:
        """Yield paths at which both sides have the same, which is not the same object."""
        first, later = self.sides
        for path, file in first.items():
            words = {each.files[path] for each in self.known[1:] if path in each.files}
            if file == later.get(path) and len(words) > 1 and any(word.startswith("f:") for word in words):
                yield path

    def _guessed(self) -> Iterator[str]:
        """Yield files of which Git says that they began as others than those that they are said to be here."""
        for path, blob in self.said.bases.items():
            for side in self.known[1:]:
                word = side.files.get(path, "f:")
                was = self.base.get(word.removeprefix("f:"))
                if path not in self.base and was is not None and was.blob != blob:
                    yield path
                    yield from (old for old, file in self.base.items() if file.blob == blob)

    def _homes(self, path: str) -> Iterator[str]:
        """Yield where a path is when the directories above it went where a side, or one after the other, put them."""
        for sides in ((1,), (2,), (1, 2), (2, 1)):
            to = path
            for side in sides:
                above = parent(to)
                while above and self.known[side].homes.get(above, above) == above:
                    above = parent(above)
                to = self.known[side].homes[above] + to[len(above) :] if above else to
            if to != path:
                yield to

    def _at(self, path: str) -> Iterator[ObjectId]:
        """Yield what is at a path in any of the snapshots."""
        yield from (object_id(each.files[path]) for each in self.known if path in each.files)
        if path in self.entries:
            yield from self.entries[path].ids

    def _above(self, path: str) -> Iterator[ObjectId]:
        """Yield the directories that a path is in, in any of the snapshots."""
        while path := parent(path):
            yield from (object_id(each.directories[path]) for each in self.known if path in each.directories)
            if path in self.entries:
                yield from self.entries[path].ids

    def _linked(self) -> dict[ObjectId, set[str]]:
        """All paths of each object, those of the objects that want its name among them."""
        linked: dict[ObjectId, set[str]] = defaultdict(set)
        for each in self.known:
            for path, word in each.files.items():
                linked[object_id(word)].add(path)
        for path, entry in self.entries.items():
            for id in entry.ids:
                linked[id].add(path)
        for conflict in self.conflicts:
            ids = ids_of(conflict)
            paths = {conflict.path.decode()}.union(*(linked[id] for id in ids))
            for id in ids:
                linked[id] |= paths
        return linked

    def _topics(self) -> dict[ObjectId, set[str]]:
        topics: dict[ObjectId, set[str]] = defaultdict(set)
        for conflict in self.conflicts:
            for id in ids_of(conflict):
                topics[id].add(conflict.about.value)
        return topics


def ids_of(conflict: Conflict) -> set[ObjectId]:
    """Every object that a conflict is about."""
    return {id for version in conflict.versions for id in (version.holder, *version.state.entry.ids)}


def _reason(words: Iterable[str], asked: Iterable[str], *, there: bool) -> str:
    words, asked = set(words), set(asked)
    if words and "content" in asked:
        return NO_MARKS
    if words and "name" in asked:
        return BOTH_ADDED
    if "place" in asked:
        return TWO_PLACES
    if "CONFLICT (rename/rename)" in words:
        return BOTH_MOVES
    if "CONFLICT (rename/delete)" in words and not there:
        return DELETED
    return f"{UNEXPLAINED}: {sorted(words)} {sorted(asked)}"
