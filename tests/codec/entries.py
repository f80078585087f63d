"""Any entry that can be recorded, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from annexish.model.entry import Entry, Extensions, Kind, Owner
from annexish.model.ids import ROOT, Digest, ObjectId

names = st.binary(min_size=1, max_size=255).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)
object_ids = st.binary(min_size=16, max_size=16).map(ObjectId)
numbers = st.integers(0, 2**32 - 1)
owners = st.builds(Owner, numbers, numbers, st.binary(max_size=8), st.binary(max_size=8))
times = st.integers(-(2**63) * 10**9, (2**63 - 1) * 10**9 + 999_999_999) | st.integers(-5, 2 * 10**18)
attributes = st.dictionaries(st.binary(max_size=20), st.binary(max_size=40), max_size=3).map(
    lambda found: tuple(sorted(found.items()))
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary() | st.text() | st.floats()
unknown = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
extensions: st.SearchStrategy[Extensions] = st.dictionaries(st.integers(4, 2**64 - 1), unknown, max_size=2).map(
    lambda found: tuple(sorted(found.items()))
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry of any kind with the fields that its kind has."""
    kind = draw(st.sampled_from(Kind))
    device = kind in {Kind.CHARACTER, Kind.BLOCK}
    return Entry(
        name=draw(names),
        kind=kind,
        ids=tuple(sorted(draw(st.sets(object_ids, min_size=1, max_size=3)))),
        mode=draw(st.integers(0, 0o7777)),
        owner=draw(owners),
        mtime_ns=draw(times),
        size=draw(st.integers(0, 2**64 - 1)) if kind is Kind.FILE else 0,
        digest=Digest(draw(st.binary(min_size=32, max_size=32))) if kind is Kind.FILE else None,
        target=draw(st.binary(min_size=1, max_size=300)) if kind is Kind.SYMLINK else None,
        device=draw(st.tuples(numbers, numbers)) if device else None,
        attributes=draw(attributes),
        links=draw(st.none() | st.binary(min_size=16, max_size=16)),
        holes=draw(st.booleans()),
        extensions=draw(extensions),
    )


roots = entries().map(
    lambda entry: entry._replace(
        name=b"", kind=Kind.DIRECTORY, ids=(ROOT,), size=0, digest=None, target=None, device=None, links=None
    )
)
directories = st.lists(entries(), max_size=8, unique_by=lambda entry: entry.name).map(
    lambda found: tuple(sorted(found, key=lambda entry: entry.name))
)
