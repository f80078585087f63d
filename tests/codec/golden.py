"""What the golden files of format 1 hold: the nouns beside the bytes."""

from __future__ import annotations

from pathlib import Path

from annexish.codec.trees import TreeParts
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.entry import Entry, Kind, Owner
from annexish.model.holdings import Checked, Disk, Holdings
from annexish.model.ids import ROOT, BlobId, CommitId, Digest, LossId, ObjectId, TreeId
from annexish.model.path import RepoPath
from annexish.model.scope import Anchor, Mark, Pattern, Scope
from annexish.model.state import Position, State

FOLDER = Path(__file__).parent.parent / "golden" / "v1"

ADA = Owner(1000, 100, b"ada", b"users")
NOBODY = Owner(65534, 65534, b"", b"")


def stored(name: str) -> bytes:
    """The bytes of a golden file."""
    return (FOLDER / name).read_bytes()


def numbered(number: int) -> ObjectId:
    """An object id of sixteen times the same byte."""
    return ObjectId(bytes([number]) * 16)


def digest(number: int) -> Digest:
    """A digest of 32 times the same byte."""
    return Digest(bytes([number]) * 32)


ROOT_ENTRY = Entry(b"", Kind.DIRECTORY, (ROOT,), 0o755, ADA, 1_700_000_000_000_000_000)

EXAMPLE = (
    Entry(
        b"beach.jpg", Kind.FILE, (numbered(0x11),), 0o644, ADA, 1_700_000_000_123_456_789,
        size=70_000, digest=digest(0xD1),
    ),
    Entry(b"trip", Kind.DIRECTORY, (numbered(0x22),), 0o755, ADA, 1_700_000_001_000_000_000),
)  # fmt: skip
"""The directory that docs/format.md spells out."""

ENTRIES = (
    Entry(b"\x01 odd\n", Kind.FIFO, (numbered(1),), 0o600, ADA, -1),
    Entry(b".git", Kind.FILE, (numbered(2),), 0, NOBODY, 0, size=0, digest=digest(2)),
    Entry(
        b"attributes", Kind.DIRECTORY, (numbered(3),), 0o2755, ADA, 10**18,
        attributes=((b"system.posix_acl_default", b"\x02\x00"), (b"user.note", b"hello")),
    ),
    Entry(b"disk", Kind.BLOCK, (numbered(4),), 0o660, ADA, 10**18, device=(8, 1)),
    Entry(b"future", Kind.FILE, (numbered(5),), 0o644, ADA, 10**18, size=1, digest=digest(5),
          extensions=((4, b"later"), (1000, (1, "text", None)))),
    Entry(b"joined", Kind.FILE, (numbered(6), numbered(7)), 0o644, ADA, 10**18, size=2**40, digest=digest(6)),
    Entry(b"link", Kind.SYMLINK, (numbered(8),), 0o777, ADA, 10**18, target=b"../there"),
    Entry(b"linked", Kind.FILE, (numbered(9),), 0o644, ADA, 10**18, size=5, digest=digest(9), links=b"g" * 16),
    Entry(b"socket", Kind.SOCKET, (numbered(10),), 0o755, ADA, 10**18),
    Entry(b"sparse", Kind.FILE, (numbered(11),), 0o7777, ADA, 10**18, size=2**20, digest=digest(11), holes=True),
    Entry(b"tty", Kind.CHARACTER, (numbered(12),), 0o620, ADA, 10**18, device=(4, 64)),
    Entry(b"\xff not text", Kind.FILE, (numbered(13),), 0o644, ADA, 10**18, size=1, digest=digest(13)),
)  # fmt: skip
"""Each kind and each field once."""

SPLIT_TOTAL = 5000

TREE = TreeParts(
    entries=BlobId(b"\xe1" * 20),
    subtrees={numbered(0x22): TreeId(b"\x22" * 20), numbered(0xEE): TreeId(b"\xee" * 20)},
    shards={},
    descriptive=BlobId(b"\xde" * 20),
)
SPLIT_TREE = TreeParts(
    entries=BlobId(b"\xe2" * 20),
    subtrees={},
    shards={0: TreeId(b"\x01" * 20), 9: TreeId(b"\x09" * 20), 14: TreeId(b"\x0e" * 20)},
    descriptive=None,
)

CONFIRMED: tuple[LossId, ...] = (
    (numbered(0x22), None),
    (numbered(0x33), digest(0xD3)),
    (numbered(0x11), digest(0xD1)),
)
CONFIRMED_BLOB = BlobId(b"\xcf" * 20)

_TRIP = EXAMPLE[1]
CONFLICT = Conflict(
    Disagreement.PLACE,
    RepoPath(b"Alps"),
    State(Position(ROOT, b"trip"), _TRIP),
    (
        Version(
            b"laptop", numbered(0xA1), RepoPath(b"Alps"), numbered(0x22),
            State(Position(ROOT, b"Alps"), _TRIP._replace(name=b"Alps")),
        ),
        Version(
            b"server", numbered(0xB2), RepoPath(b"Alps"), numbered(0x22),
            State(Position(numbered(0x33), b"trip"), _TRIP),
        ),
    ),
)  # fmt: skip
"""The conflict that docs/format.md spells out: a directory that one side renamed and the other one moved."""

SCOPE = Scope(
    only=(Pattern(b"*.txt"), Anchor(RepoPath(b"trip"), (numbered(0x22),))),
    without=(Pattern(b"drafts/"),),
    marks=(Mark(Anchor(RepoPath(b"trip/beach.jpg"), (numbered(0x11),)), wanted=False),),
)
"""The scope that docs/format.md spells out."""

LATER_SCOPE = Scope(
    only=(Anchor(RepoPath(b"\xff"), (numbered(6), numbered(7))),),
    marks=(Mark(Anchor(RepoPath(b""), (ROOT,)), wanted=True),),
    extensions=((0, b"later"), (1000, (1, "text", None))),
)
HOLDINGS = Holdings(
    "00112233445566778899aabbccddeeff", "laptop", 7, 1_700_000_000, CommitId("c0" * 20), b"",
    frozenset({numbered(0x11)}), frozenset({numbered(0x22), numbered(0x33)}),
    Disk("f00d", "desk:/home"), Checked(12, 1_690_000_000),
)  # fmt: skip
"""The holdings that docs/format.md spells out."""

MESSAGE = "photos of the trip\n\nall of them"
REPOSITORY = "00112233445566778899aabbccddeeff"
COUNTS = {"added": 3, "moved": 80_000, "modified": 0}
