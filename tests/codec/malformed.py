"""Blobs that break one rule of docs/format.md each, as what msgpack packs."""

from __future__ import annotations

from annexish.model.node import FULL
from tests.codec.golden import digest, numbered

ID, DIGEST = numbered(1), digest(1)
OWNER = (1000, 100, b"ada", b"users")
FILE = (b"f", 0, 0o644, 0, 5, 6, 7)
DIRECTORY = (b"d", 1, 0o755, 0, 5, 6, None)
ROOT_ROW = ((b"", 1, 0o755, 0, 5, 6, None), bytes(16))


def blob(*rows: object, owners: object = (OWNER,), own: object = None, ids: object = None, digests: object = None,
         version: object = 1) -> list[object]:  # fmt: skip
    """The parts of a blob with these rows, well-formed but for what is given."""
    files = sum(isinstance(row, tuple) and row[1:2] == (0,) for row in rows)
    return [
        version, own, owners, rows,
        ID * len(rows) if ids is None else ids, DIGEST * files if digests is None else digests,
    ]  # fmt: skip


def changed(at: int, row: tuple[object, ...] = FILE, *, to: object) -> list[object]:
    """The parts of a blob with one row in which one field is another."""
    return blob((*row[:at], to, *row[at + 1 :]))


def extended(fields: object) -> list[object]:
    """The parts of a blob with one row that has extensions."""
    return blob((*FILE, fields))


MALFORMED: dict[str, object] = {
    "no array": 1,
    "nothing": [],
    "nil": None,
    "a map": {1: 2},
    "a text": "1",
    "version is true": blob(FILE, version=True),
    "version is text": blob(FILE, version="1"),
    "version is a float": blob(FILE, version=1.0),
    "too few parts": [1, None, []],
    "too many parts": [*blob(FILE), 1],
    "rows are no array": [1, None, [], b"", b"", b""],
    "rows are a map": [1, None, [], {}, b"", b""],
    "rows are nil": [1, None, [], None, b"", b""],
    "rows are true": [1, None, [], True, b"", b""],
    "row is bytes": [1, None, [OWNER], [b"1234567"], ID, b""],
    "row is a map": [1, None, [OWNER], [{0: 1, 1: 0, 3: 0}], ID, DIGEST],
    "row is a number": [1, None, [OWNER], [5], ID, b""],
    "row is too short": blob(FILE[:6]),
    "row is too long": blob((*FILE, {4: 1}, 9)),
    "name is text": changed(0, to="f"),
    "name is empty": changed(0, to=b""),
    "name is nil": changed(0, to=None),
    "name is a path": changed(0, to=b"a/b"),
    "name is dot": changed(0, to=b"."),
    "name is dots": changed(0, to=b".."),
    "name has NUL": changed(0, to=b"a\0b"),
    "name is too long": changed(0, to=b"x" * 256),
    "kind is unknown": blob((b"f", 7, 0o644, 0, 5, 6, None)),
    "kind is negative": blob((b"f", -1, 0o644, 0, 5, 6, None)),
    "kind is false": [1, None, [OWNER], [(b"f", False, *FILE[2:])], ID, DIGEST],
    "kind is true": changed(1, DIRECTORY, to=True),
    "kind is a list": changed(1, to=(1,)),
    "mode is too large": changed(2, to=0o10000),
    "mode is negative": changed(2, to=-1),
    "mode is true": changed(2, to=True),
    "owner is not there": changed(3, to=1),
    "owner is negative": changed(3, to=-1),
    "owner is false": changed(3, to=False),
    "owner is a map": changed(3, to={}),
    "seconds are a float": changed(4, to=1.5),
    "seconds are nil": changed(4, to=None),
    "nanoseconds are too many": changed(5, to=10**9),
    "nanoseconds are negative": changed(5, to=-1),
    "size is negative": changed(6, to=-1),
    "size is nil": changed(6, to=None),
    "size is true": changed(6, to=True),
    "size of a directory": changed(6, DIRECTORY, to=5),
    "link without target": blob((b"l", 2, 0o777, 0, 5, 6, None)),
    "link to nothing": blob((b"l", 2, 0o777, 0, 5, 6, b"")),
    "link to text": blob((b"l", 2, 0o777, 0, 5, 6, "x")),
    "device without number": blob((b"d", 5, 0o600, 0, 5, 6, None)),
    "device of one number": blob((b"d", 5, 0o600, 0, 5, 6, (1,))),
    "device of texts": blob((b"d", 5, 0o600, 0, 5, 6, ("1", "2"))),
    "device of bytes": blob((b"d", 6, 0o600, 0, 5, 6, b"12")),
    "device below zero": blob((b"d", 6, 0o600, 0, 5, 6, (-1, 2))),
    "names not sorted": blob((b"g", *FILE[1:]), FILE),
    "a name twice": blob(FILE, FILE),
    "ids too short": blob(FILE, ids=ID[:15]),
    "ids too many": blob(FILE, ids=ID * 2),
    "ids are text": blob(FILE, ids="x" * 16),
    "digests too few": blob(FILE, digests=b""),
    "digests too many": blob(FILE, digests=DIGEST * 2),
    "digests cut": blob(FILE, digests=DIGEST[:31]),
    "digests are nil": [1, None, [OWNER], [DIRECTORY], ID, None],
    "owners are a map": blob(DIRECTORY, owners={OWNER: 1}),
    "owners are nil": blob(DIRECTORY, owners=None),
    "an owner is text": blob(FILE, owners=("abcd",)),
    "an owner is short": blob(FILE, owners=((1, 2, b""),)),
    "an owner is a map": blob(FILE, owners=({1: 1, 2: 2, b"a": 3, b"b": 4},)),
    "an owner has a text": blob(FILE, owners=((1, 2, "ada", b""),)),
    "an owner is negative": blob(FILE, owners=((-1, 2, b"", b""),)),
    "an owner is not used": blob(FILE, owners=(OWNER, (1001, 100, b"", b""))),
    "owners are not sorted": blob(FILE, (b"g", 0, 0, 1, 5, 6, 7), owners=(OWNER, (1, 2, b"", b""))),
    "an owner twice": blob(FILE, (b"g", 0, 0, 1, 5, 6, 7), owners=(OWNER, OWNER)),
    "root is no pair": blob(own=(ROOT_ROW[0],)),
    "root is a map": blob(own={0: 1, 1: 2}),
    "root is a number": blob(own=5),
    "root has a name": blob(own=(DIRECTORY, bytes(16))),
    "root has another id": blob(own=(ROOT_ROW[0], ID)),
    "root is a link": blob(own=((b"", 2, 0, 0, 5, 6, b"x"), bytes(16))),
    "root has a short id": blob(own=(ROOT_ROW[0], b"")),
    "root is a file": blob(own=((b"", *FILE[1:]), bytes(16))),
    "split of few": [1, None, [], FULL, b"", b""],
    "split of less than none": [1, None, [], -1, b"", b""],
    "split with ids": [1, None, [], 5000, ID, b""],
    "split with digests": [1, None, [], 5000, b"", DIGEST],
    "split with owners": [1, None, [OWNER], 5000, b"", b""],
    "extensions are empty": extended({}),
    "extensions are pairs": extended(((4, 1),)),
    "extensions are nil": extended(None),
    "extension key is text": extended({"4": 1}),
    "extension key is bytes": extended({b"4": 1}),
    "extension key is true": extended({True: 1}),
    "extension key is negative": extended({-1: 1}),
    "extension key is a float": extended({4.0: 1}),
    "extension keys are mixed": extended({4: 1, "5": 2}),
    "extensions are not sorted": extended({5: 1, 4: 1}),
    "more ids are none": extended({0: b""}),
    "more ids are cut": extended({0: b"\2" * 15}),
    "more ids are not sorted": extended({0: b"\3" * 16 + b"\2" * 16}),
    "an id twice": extended({0: ID}),
    "more ids are text": extended({0: "x"}),
    "more ids are an array": extended({0: [b"\2" * 16]}),
    "attributes are none": extended({1: []}),
    "attributes are a map": extended({1: {b"a": b"b"}}),
    "attribute is text": extended({1: [["a", b""]]}),
    "attribute is bytes": extended({1: [b"ab"]}),
    "attribute is short": extended({1: [[b"a"]]}),
    "attributes are not sorted": extended({1: [[b"b", b""], [b"a", b""]]}),
    "an attribute twice": extended({1: [[b"a", b""], [b"a", b""]]}),
    "attributes are a number": extended({1: 7}),
    "links are short": extended({2: b"x"}),
    "links are nil": extended({2: None}),
    "links are text": extended({2: "x" * 16}),
    "holes are false": extended({3: False}),
    "holes are a number": extended({3: 1}),
    "holes are zero": extended({3: 0}),
}
