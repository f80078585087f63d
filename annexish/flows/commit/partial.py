"""A survey without what is not taken: there all is as the last commit has it, and is looked at again next time."""

from __future__ import annotations

from annexish.flows.commit.identity import Identity, Place
from annexish.flows.commit.selection import Selection
from annexish.flows.state.past import Past
from annexish.model.evidence import Displaced
from annexish.model.path import RepoPath, join
from annexish.scan.check import own_of
from annexish.scan.stat import concatenate, pick, repack
from annexish.scan.survey import LISTED, NEW, SAME, SKIPPED, Listing, Survey
from annexish.store.cache import MOUNT
from annexish.store.spool import Spool


def taken_only(survey: Survey, identity: Identity, past: Past, selection: Selection) -> tuple[Survey, Identity]:
    """Return what is left of a survey and of its identities."""
    return _Filter(survey, identity, past, selection).run()


class _Filter:
    """One pass over the listings, parents first."""

    def __init__(self, survey: Survey, identity: Identity, past: Past, selection: Selection) -> None:
        self._survey = survey
        self._identity = identity
        self._past = past
        self._selection = selection
        self._made = Survey(Spool())
        self._skipped: set[int] = set()
        self._left_out: set[tuple[int, bytes]] = set()
        self._gone: set[int] = set()
        self._nowhere = frozenset(survey.gone_rows)
        self._emptied: list[tuple[int, int, bytes, RepoPath]] = []
        self._elsewhere = {row: number for number, row in enumerate(survey.rows) if row}
        self._places: dict[Place, Place] = {}

    def run(self) -> tuple[Survey, Identity]:
        """Return the filtered survey and identities."""
        for number in range(len(self._survey)):
            listing = self._survey[number]
            self._made.reserve(listing.row)
            if listing.parent in self._skipped or (listing.parent, listing.name) in self._left_out:
                self._skipped.add(number)
            if number in self._skipped:
                self._made.add(listing._replace(state=SKIPPED, names=[], columns=b"", codes=b"", children=[]))
            else:
                self._made.add(self._filtered(listing) if listing.state == LISTED else self._unseen(listing))
        # those that are found in one of them come behind it
        for row, parent, name, path in self._emptied:
            self._add_emptied(row, parent, name, path)
        self._made.problems = self._survey.problems
        self._made.gone_rows = [row for row in self._survey.gone_rows if self._is_gone(row)]
        self._made.linked = {
            inode: [self._places[place] for place in places if place in self._places]
            for inode, places in self._survey.linked.items()
        }
        identity = self._identities()
        self._made.displaced = identity.displaced
        self._made.seal()
        return self._made, identity

    def _filtered(self, listing: Listing) -> Listing:
        names, columns, codes = self._names(listing)
        lost = [name for name in listing.lost if self._selection.loses(join(listing.path, name))]
        excused = [*listing.excused, *(name for name in listing.lost if name not in lost)]
        children = self._children(listing)
        same = (names, lost, children, codes) == (listing.names, listing.lost, listing.children, listing.codes)
        return listing._replace(
            names=names, columns=columns, codes=codes, lost=lost, excused=excused, children=children, partial=not same
        )

    def _add_emptied(self, row: int, parent: int, name: bytes, path: RepoPath) -> None:
        """Add a directory that is gone, of which only a part is taken: it stays, without what is taken of it."""
        known, entry = self._past.row(row), self._past.directory(row)
        assert entry is not None, "a known directory has an entry"
        lost = [each for each in self._past.names(row) if self._selection.takes(join(path, each))]
        listing = Listing(
            self._made.reserve(row), parent, name, path, row, LISTED, repack(own_of(known)),
            bool(known.flags & MOUNT), entry.attributes, [], b"", b"", [], lost, [], partial=True, sparse=True,
        )  # fmt: skip
        self._made.add(listing._replace(children=self._children(listing)))

    def _unseen(self, listing: Listing) -> Listing:
        """A directory that nobody listed lost what was found elsewhere, if that is taken there."""
        known = self._past.children(listing.row) if listing.lost else {}
        return listing._replace(lost=[name for name in listing.lost if self._is_taken_elsewhere(known[name])])

    def _is_taken_elsewhere(self, row: int) -> bool:
        return self._selection.takes(RepoPath(self._survey[self._elsewhere[row]].path))

    def _names(self, listing: Listing) -> tuple[list[bytes], bytes, bytes]:
        """Names that are new and not taken are left out, others not taken have their old record."""
        keep: list[bytes] = []
        codes, records = bytearray(), []
        for at, (name, code) in enumerate(zip(listing.names, listing.codes, strict=True)):
            taken = code == SAME or self._selection.takes(join(listing.path, name))
            if not taken and code == NEW:
                continue
            self._places[listing.number, at] = (listing.number, len(keep))
            keep.append(name)
            codes.append(code if taken else SAME)
            before = None if taken else self._past.stat(listing.row, name)
            records.append(repack(before) if before is not None else pick(listing.columns, (at,)))
        return keep, concatenate(records) if records else b"", bytes(codes)

    def _children(self, listing: Listing) -> list[tuple[bytes, int]]:
        children = []
        for name, row in listing.children:
            if row >= 0 and not self._keeps(listing, name, row):
                self._left_out.add((listing.number, name))
            else:
                children.append((name, row))
        here = dict(children)
        known = self._past.children(listing.row) if listing.row else {}
        for name, row in known.items():
            path = join(listing.path, name)
            if name in here:
                if here[name] >= 0 and row not in self._elsewhere:
                    self._gone.add(row)
            elif row in self._elsewhere:
                if not self._is_taken_elsewhere(row):
                    children.append((name, -row))
            elif row in self._nowhere and not self._selection.takes(path) and self._selection.enters(path):
                self._emptied.append((row, listing.number, name, path))
                children.append((name, row))
            elif self._selection.loses(path):
                self._gone.add(row)
            else:
                children.append((name, -row))
        return sorted(children)

    def _keeps(self, listing: Listing, name: bytes, row: int) -> bool:
        path = join(listing.path, name)
        known = self._past.row(row) if row and self._is_at(row, listing.number, name) else None
        if known is not None and (known.parent, known.name) == (listing.row, name):
            return True
        return self._selection.takes(path) or (known is None and self._selection.enters(path))

    def _is_at(self, row: int, parent: int, name: bytes) -> bool:
        """Whether the directory of a row is the one that has a name now; another one may have taken its name."""
        found = self._survey[self._elsewhere[row]] if row in self._elsewhere else None
        return found is not None and (found.parent, found.name) == (parent, name)

    def _is_gone(self, row: int) -> bool:
        while row > 1:
            if row in self._gone:
                return True
            row = self._past.row(row).parent
        return False

    def _is_taken(self, lost: Displaced) -> bool:
        if self._is_gone(lost.row):
            return True
        return self._selection.loses(join(self._past.path(lost.row), lost.name))

    def _identities(self) -> Identity:
        positions: dict[int, int] = {}
        displaced: list[Displaced] = []
        for position, lost in enumerate(self._identity.displaced):
            if self._is_taken(lost):
                positions[position] = len(displaced)
                displaced.append(lost)
        identity = Identity(displaced, back=self._identity.back.intersection(self._made.gone_rows))
        for place, position in self._identity.moved.items():
            if place in self._places and position in positions:
                identity.take(self._places[place], positions[position])
                over = self._identity.over.get(place)
                if over in positions:
                    identity.over[self._places[place]] = positions[over]
        self._claim(identity)
        return identity

    def _claim(self, identity: Identity) -> None:
        """Let what was brought back be what it was, unless that is a directory that stays at another path."""
        gone = filter(None, map(self._past.directory, self._identity.back - identity.back))
        staying = {id for entry in gone for id in entry.ids}
        for place, ids in self._identity.claimed.items():
            here = self._places.get(place)
            if place[1] < 0 and place[0] not in self._skipped:
                here = place
            if here is not None and staying.isdisjoint(ids):
                identity.claimed[here] = ids
