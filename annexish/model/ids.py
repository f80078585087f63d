"""The names of things: objects, contents, trees, commits."""

from __future__ import annotations

from typing import NewType

ObjectId = NewType("ObjectId", bytes)
"""16 bytes: the identity of an object through time."""

Digest = NewType("Digest", bytes)
"""32 bytes: BLAKE3-256 of a content."""

TreeId = NewType("TreeId", bytes)
"""20 bytes: the Git object id of a node (a directory or a shard of one)."""

BlobId = NewType("BlobId", bytes)
"""20 bytes: the Git object id of a blob."""

CommitId = NewType("CommitId", str)
"""40 hexadecimal digits: the Git object id of a commit."""

LossId = tuple[ObjectId, Digest | None]
"""A loss as every repository knows it: which object, and of a file which bytes of it."""

ROOT = ObjectId(bytes(16))
"""The object id of every root directory."""
